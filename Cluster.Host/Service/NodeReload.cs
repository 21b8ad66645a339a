using Akka.Event;
using Backup.Hocon;
using Backup.Host.Configuration;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.Service;

/// <summary>
/// Reads the configuration of a running node again. One with a mistake is refused as a whole and the one before stays.
/// What can change while the node runs does; for the rest it says which keys wait for the next start.
/// </summary>
/// <param name="started">With what the node was started.</param>
/// <param name="log">The node's log.</param>
internal sealed class NodeReload(BackupSettings started, ILoggingAdapter log)
{
    private readonly Lock _turn = new();
    private volatile BackupSettings? _taken;
    private (ReloadConfiguration Request, IReply Reply)? _last;
    private volatile BackupSettings? _inForce;

    /// <summary>Tells each part of the node what is in force from now on.</summary>
    public event Action<BackupSettings>? Changed;

    /// <summary>The settings of the start, with what has changed since of what may change.</summary>
    public BackupSettings InForce => _inForce ?? started;

    /// <summary>The last file that was taken, with what waits for the next start.</summary>
    public BackupSettings Read => _taken ?? started;

    /// <summary>Does it; blocks while it reads files.</summary>
    public IReply Reload(ReloadConfiguration request)
    {
        lock (_turn)
        {
            if (_last is { } last && last.Request == request) return last.Reply;
            var reply = Reload();
            _last = (request, reply);
            return reply;
        }
    }

    private IReply Reload()
    {
        if (started.Source?.File is not { } file)
            return new Refused(RefusalCode.Conflict, "The configuration of this node is in no file.");
        var (read, problems) = SettingsReader.Read(file);
        if (read is null)
        {
            foreach (var problem in problems)
                log.Error("The configuration is refused: {0}",
                    $"{problem.Place}: {problem.Key}: {problem.Found}; allowed: {problem.Allowed}");
            return new Refused(RefusalCode.BadRequest, SettingProblems.Render(problems).TrimEnd());
        }
        if (Misfit(read) is { } misfit)
        {
            log.Error("The configuration is refused: {0}", misfit);
            return new Refused(RefusalCode.Conflict, misfit + " Nothing was changed.");
        }
        return Apply(read);
    }

    /// <summary>Why what may change could not work with what may not.</summary>
    private string? Misfit(BackupSettings read)
    {
        if (read.Node.Name != started.Node.Name)
            return $"{Place(read, "node.name")}: the node \"{started.Node.Name}\" would become \"{read.Node.Name}\", "
                + "which is another client. Start it again for that.";
        var libraries = SettingsChange.OnlyLive(started, read).Libraries;
        foreach (var pool in read.Pools.Values)
            foreach (var library in pool.Libraries.Where(library => !libraries.ContainsKey(library)))
                return Place(
                    read,
                    $"pools.{HoconWriter.Key(pool.Name.Value)}."
                        + (library == pool.Library ? "library" : "other-libraries"))
                    + $": library \"{library}\" is opened when the node is started again.";
        return null;
    }

    private ConfigurationReloaded Apply(BackupSettings read)
    {
        var applied = SettingsChange.Between(_taken ?? started, read)
            .Where(key => SettingsChange.IsLive(key, started, read)).ToList();
        var waiting = SettingsChange.Between(started, read)
            .Where(key => !SettingsChange.IsLive(key, started, read)).ToList();
        _inForce = SettingsChange.OnlyLive(started, read);
        _taken = read;
        Changed?.Invoke(_inForce);
        log.Info("The configuration was read again. In force: {0}. After a restart: {1}.",
            Words(applied), Words(waiting));
        return new ConfigurationReloaded(applied, waiting);
    }

    /// <summary>Where the operator wrote it; what is not written stands nowhere but in the file as a whole.</summary>
    private static string Place(BackupSettings read, string key) =>
        read.Source?.Tree.Find(key)?.Place is { Source: not null } place && !ReferenceSettings.IsOf(place)
            ? $"{place}: backup.{key}"
            : $"{read.Source?.File}: backup.{key}";

    private static string Words(IReadOnlyList<string> keys) => keys.Count == 0 ? "nothing" : string.Join(", ", keys);
}

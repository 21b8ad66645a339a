using System.Globalization;
using System.Text;
using Backup.Media.Posix;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Copies a catalog with the configuration to where it can be had without a catalog. It holds nothing but what it finds
/// beside its copy: up to which job's end that goes. All calls block.
/// </summary>
/// <param name="store">The catalog.</param>
/// <param name="rule">How.</param>
public sealed class SelfBackup(CatalogStore store, SelfBackupRule rule)
{
    /// <summary>The file of the catalog in a copy.</summary>
    public const string CatalogFile = "catalog.db";

    /// <summary>The file of the configuration in a copy.</summary>
    public const string ConfigurationFile = "node.conf";

    private const string BootstrapFile = "bootstrap.txt";
    private const string CoversFile = ".covers";
    private const string Prefix = "catalog-";
    private const string Unfinished = ".new";
    private const int JobsLooked = 500;

    /// <summary>Jobs that change nothing for which a copy of the catalog would be missed.</summary>
    private static readonly IReadOnlyList<JobKind> Reading = [JobKind.Restore, JobKind.Verify, JobKind.Estimate];

    /// <summary>What lies further ahead is of a clock that was put back: nothing would be newer for as long.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(10);

    private const string Readme =
        """
        A copy of a backup system's catalog (catalog.db, a SQLite database), its configuration (node.conf) and where the
        newest backups lie on their volumes (bootstrap.txt). On an empty machine with the program:

            backup catalog restore DIRECTORY-OF-THIS-FILE --to DATA-DIRECTORY

        puts the catalog in place; docs/disaster-recovery.md tells the whole way. Keys, certificates and password files
        that the configuration names are not here.
        """;

    /// <summary>What became of the catalog.</summary>
    /// <param name="Covers">The end of the newest job that it has.</param>
    /// <param name="Busy">True when the policy's own job has not ended.</param>
    /// <param name="Saved">When the policy's own newest job ended; null: none has.</param>
    public readonly record struct Standing(DateTimeOffset? Covers, bool Busy, DateTimeOffset? Saved);

    /// <summary>Looks how the catalog stands.</summary>
    /// <param name="now">The moment.</param>
    public CatalogAnswer<Standing> Look(DateTimeOffset now)
    {
        if (!store.Jobs.Ends(rule.Policy, Reading, now + AheadMax, JobsLooked).Is(out var ends, out var failure))
            return failure;
        if (rule.Policy is null) return new Standing(ends.Others, Busy: false, null);
        if (!store.Jobs.List(new JobFilter(JobKind.Backup, Ended: false, Policy: rule.Policy), 1)
            .Is(out var own, out failure))
            return failure;
        return new Standing(ends.Others, own.Count > 0, ends.Own);
    }

    /// <summary>Up to which job's end the last copy goes; null: there is none.</summary>
    public DateTimeOffset? Covered()
    {
        var file = Path.Combine(rule.Folder, CoversFile);
        return File.Exists(file) && long.TryParse(
            File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }

    /// <summary>Whether a copy is due.</summary>
    /// <param name="standing">How the catalog stands.</param>
    /// <param name="now">The moment.</param>
    public bool IsDue(Standing standing, DateTimeOffset now) =>
        rule.Copies && !standing.Busy && standing.Covers is { } newest
        && (Covered() is not { } covered || covered > now + AheadMax
            || (newest > covered && (!rule.IsDaily || IsAnotherDay(now))));

    /// <summary>Copies to the folder and the directory.</summary>
    /// <param name="now">The moment.</param>
    /// <exception cref="PosixException">The copy cannot be written.</exception>
    /// <exception cref="IOException">The copy cannot be written; the directory is not there any more.</exception>
    public CatalogAnswer<Recorded> Copy(DateTimeOffset now)
    {
        if (Fill(rule.Folder, now).Failure is { } failure) return failure;
        if (rule.Directory is { } directory)
        {
            var name = string.Create(
                CultureInfo.InvariantCulture, $"{Prefix}{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}");
            var place = Path.Combine(directory, name);
            new CopiesDirectory(directory, rule.Folder).Open();
            if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
            // Each has a name of its own: those that were interrupted would fill the disk
            foreach (var rest in Directory.GetDirectories(directory, $"{Prefix}*{Unfinished}"))
                Directory.Delete(rest, recursive: true);
            var unfinished = place + Unfinished;
            if (Fill(unfinished, now).Failure is { } notCopied) return notCopied;
            Durable.Rename(unfinished, place);
            Durable.SyncDirectory(directory);
            Prune(directory);
        }
        return Recorded.Now;
    }

    /// <summary>The copy is where it should be, or a job brings it there.</summary>
    /// <param name="covers">The end of the newest job that it has.</param>
    /// <exception cref="PosixException">It cannot be noted.</exception>
    public void Cover(DateTimeOffset covers) =>
        Write(CoversFile, covers.UtcTicks.ToString(CultureInfo.InvariantCulture), rule.Folder);

    /// <summary>Writes where the newest images lie.</summary>
    /// <param name="now">The moment.</param>
    /// <exception cref="PosixException">It cannot be written.</exception>
    public CatalogAnswer<Recorded> WriteBootstrap(DateTimeOffset now)
    {
        if (rule.Bootstrap is not { } file) return Recorded.Before;
        if (!BootstrapText.Of(store, rule.Policy, now).Is(out var text, out var failure)) return failure;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Durable.WriteAtomically(file, Encoding.UTF8.GetBytes(text));
        return Recorded.Now;
    }

    private bool IsAnotherDay(DateTimeOffset now) =>
        File.GetLastWriteTimeUtc(Path.Combine(rule.Folder, CoversFile)).Date != now.UtcDateTime.Date;

    /// <summary>The catalog last and by a rename: where it is, all is.</summary>
    private CatalogAnswer<Recorded> Fill(string folder, DateTimeOffset now)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!BootstrapText.Of(store, rule.Policy, now).Is(out var bootstrap, out var failure)) return failure;
        Write("README.txt", Readme, folder);
        Write(ConfigurationFile, rule.Configuration, folder);
        Write(BootstrapFile, bootstrap, folder);
        var unfinished = Path.Combine(folder, $"{CatalogFile}.new");
        foreach (var rest in Directory.GetFiles(folder, $"{CatalogFile}.new*")) File.Delete(rest);
        if (store.CopyTo(unfinished).Failure is { } notCopied) return notCopied;
        Durable.Rename(unfinished, Path.Combine(folder, CatalogFile));
        Durable.SyncDirectory(folder);
        return Recorded.Now;
    }

    private static void Write(string name, string text, string folder) =>
        Durable.WriteAtomically(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));

    private void Prune(string directory)
    {
        var copies = Directory.GetDirectories(directory, $"{Prefix}*")
            .Where(copy => File.Exists(Path.Combine(copy, CatalogFile)))
            .Where(copy => !copy.EndsWith(Unfinished, StringComparison.Ordinal))
            .OrderDescending(StringComparer.Ordinal).Skip(rule.Keep);
        foreach (var old in copies) Directory.Delete(old, recursive: true);
    }
}

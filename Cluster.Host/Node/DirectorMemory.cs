using System.Text;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Backup.Actors.Node;
using Backup.Host.Configuration;

namespace Backup.Host.Node;

/// <summary>
/// Keeps in the data directory of a node that is no director where the directors of its cluster are. When it seeks them
/// it tries these behind the seeds of its file, and so finds a cluster whose directors are called otherwise by now. The
/// last ones stay when all are gone.
/// </summary>
internal sealed class DirectorMemory : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SortedDictionary<string, SeedNode> _directors = new(StringComparer.Ordinal);
    private readonly string _file;

    private DirectorMemory(string file)
    {
        _file = file;
        Receive<ClusterEvent.MemberUp>(up => Change(up.Member, isThere: true));
        Receive<ClusterEvent.MemberRemoved>(gone => Change(gone.Member, isThere: false));
    }

    public static Props Props(NodeSettings node)
    {
        var file = FileOf(node);
        return Akka.Actor.Props.Create(() => new DirectorMemory(file));
    }

    /// <summary>The file: a line for each, as in <c>backup.cluster.seeds</c>.</summary>
    public static string FileOf(NodeSettings node) => Path.Combine(node.DataDirectory, "cluster-directors");

    /// <summary>Where they were last. A file that cannot be read or understood is as good as none.</summary>
    public static IReadOnlyList<SeedNode> Known(NodeSettings node)
    {
        try
        {
            return File.Exists(FileOf(node))
                ? [.. File.ReadLines(FileOf(node)).Select(ClusterReader.SeedOf).OfType<SeedNode>()]
                : [];
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Change(Member member, bool isThere)
    {
        if (!member.HasRole(DirectorsLink.Role) || member.Address is not { Host: { } host, Port: { } port }) return;
        var director = new SeedNode(host, port);
        if (isThere) _directors[director.ToString()] = director;
        else _directors.Remove(director.ToString());
        if (_directors.Count == 0) return;
        var text = string.Concat(_directors.Keys.Select(each => each + "\n"));
        try
        {
            if (File.Exists(_file) && File.ReadAllText(_file) == text) return;
            Media.Posix.Durable.WriteAtomically(_file, Encoding.UTF8.GetBytes(text));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            _log.Warning("It cannot be remembered in {0} where the directors are: {1}", _file, refused.Message);
        }
    }
}

using System.Text;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Backup.Actors.Node;
using Backup.Host.Configuration;

namespace Backup.Host.Node;

/// <summary>
/// Remembers in the data directory that this director was in a cluster with another one. The first seed founds a
/// cluster where no other seed answers; one that remembers waits for more than half of the seeds first (<see
/// cref="SeedMajority"/>), since the others may have a cluster that it cannot reach.
/// </summary>
internal sealed class ClusterMemory : ReceiveActor
{
    private const string Text =
        """
        This node was in a cluster with other directors. When it starts as the first of the seeds, it waits for more
        than half of them, lest there be two clusters. See docs/cluster.md, "Starting again".

        """;

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly string _file;

    private ClusterMemory(string file)
    {
        _file = file;
        Receive<ClusterEvent.MemberUp>(up => Look(up.Member));
    }

    /// <summary>The file: its being there is what is remembered.</summary>
    public static string FileOf(NodeSettings node) => Path.Combine(node.DataDirectory, "cluster-joined");

    /// <summary>Whether there was a cluster with others.</summary>
    public static bool Remembers(NodeSettings node) => File.Exists(FileOf(node));

    public static Props Props(NodeSettings node)
    {
        var file = FileOf(node);
        return Akka.Actor.Props.Create(() => new ClusterMemory(file));
    }

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.MemberUp));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Look(Member member)
    {
        if (!member.HasRole(DirectorsLink.Role) || member.UniqueAddress == _cluster.SelfUniqueAddress
            || File.Exists(_file))
            return;
        try
        {
            Media.Posix.Durable.WriteAtomically(_file, Encoding.UTF8.GetBytes(Text));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            _log.Warning("It cannot be remembered in {0} that this node is in a cluster with others: {1}", _file,
                refused.Message);
        }
    }
}

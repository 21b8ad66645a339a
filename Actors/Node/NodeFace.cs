using Akka.Actor;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Node;

/// <summary>
/// What the cluster sees of a process's client and storage: announces them to the directors, takes commands for the
/// local actors, and gives their reports to the jobs and their questions to the catalog. Holds nothing, so that it may
/// be made anew with its actor system at any moment.
/// </summary>
public sealed class NodeFace : ReceiveActor, IWithTimers
{
    /// <summary>A drive does what was asked of it before, and then this.</summary>
    private static readonly TimeSpan ByHandWithin = TimeSpan.FromMinutes(2);

    /// <summary>It looks at what is in memory; longer only while a library is being opened.</summary>
    private static readonly TimeSpan LookWithin = TimeSpan.FromSeconds(2);

    /// <summary>A page comes within a second.</summary>
    private static readonly TimeSpan PreviewWithin = TimeSpan.FromSeconds(4);

    private readonly Func<NodeProtocol.Announce> _said;
    private readonly LocalActors _local;
    private readonly Directors _directors;

    /// <summary>For <see cref="Props(Func{NodeProtocol.Announce}, LocalActors, Directors)"/>.</summary>
    private NodeFace(Func<NodeProtocol.Announce> said, LocalActors local, Directors directors)
    {
        (_said, _local, _directors) = (said, local, directors);
        Receive<Announce>(_ => directors.Directory.Tell(said()));
        Receive<DirectorsPresence>(OnPresence);
        Receive<ClientProtocol.ICommand>(command => local.Client.Tell(command));
        Receive<StorageProtocol.ICommand>(command => local.Storage.Tell(command));
        Receive<NodeProtocol.ForGiver>(order => local.Storage.Tell(order.Command));
        Receive<NodeProtocol.ForLibrary>(ForOperator);
        Receive<NodeProtocol.ForVolume>(ForRetention);
        Receive<NodeProtocol.Look>(Look);
        Receive<NodeProtocol.Preview>(Preview);
        Receive<CatalogProtocol.IndexPiece>(piece => directors.Catalog.Forward(piece with { Node = said().Node }));
        Receive<CatalogProtocol.IRequest>(directors.Catalog.Forward);
        Receive<IAttemptMessage>(report =>
        {
            foreach (var part in ReportParts.Of(report)) directors.Jobs.Tell(part);
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The face of a process.</summary>
    /// <param name="said">What the process has.</param>
    /// <param name="local">Its local actors.</param>
    /// <param name="directors">The way to the directors.</param>
    public static Props Props(NodeProtocol.Announce said, LocalActors local, Directors directors) =>
        Props(() => said, local, directors);

    /// <summary>As the other, of a process in which what it has may change.</summary>
    /// <param name="said">What the process has now; from any thread.</param>
    /// <param name="local">Its local actors.</param>
    /// <param name="directors">The way to the directors.</param>
    public static Props Props(Func<NodeProtocol.Announce> said, LocalActors local, Directors directors) =>
        Akka.Actor.Props.Create(() => new NodeFace(said, local, directors));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (_directors.ComeAndGo) _directors.Directory.Tell(DirectorsLink.Follow.Instance);
        else _local.Uplink.Tell(new Uplink.Attach(Self));
        Timers.StartPeriodicTimer(nameof(Announce), Announce.Instance, TimeSpan.Zero, _said().Every);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _local.Uplink.Tell(new Uplink.Detach(Self));
        _directors.Directory.Tell(new NodeProtocol.Leaves(_said().Node));
    }

    /// <summary>The answer comes back through this system, since nobody elsewhere can reach the local one.</summary>
    private void ForOperator(NodeProtocol.ForLibrary order)
    {
        var self = Self;
        _local.Storage.Ask<IReply>(order, ByHandWithin).PipeTo(
            Sender, Self,
            success: answer =>
            {
                if (answer is DriveSet) self.Tell(Announce.Instance); // no job gets it from now on, or may again
                return answer;
            },
            failure: _ => new Refused(
                RefusalCode.Unavailable,
                $"Library {order.Library} did not answer within {ByHandWithin.TotalSeconds:0} s. It may still be "
                    + "done."));
    }

    private void ForRetention(NodeProtocol.ForVolume order) =>
        _local.Storage.Ask<VolumeProtocol.IAnswer>(order, ByHandWithin).PipeTo(
            Sender, Self, failure: _ => new VolumeProtocol.NotDone(
                order.Work.Volume, $"Library {order.Library} did not answer in time."));

    private void Preview(NodeProtocol.Preview asked) => _local.Client.Ask<IReply>(asked, PreviewWithin).PipeTo(
        Sender, Self, failure: _ => new Refused(
            RefusalCode.Unavailable,
            $"Client {asked.Client} did not answer within {PreviewWithin.TotalSeconds:0} s. Try again."));

    /// <summary>As the objects of the local system say it, under this node's name.</summary>
    private void Look(NodeProtocol.Look look)
    {
        var node = _said().Node;
        var lives = look.Kind == ObjectKind.Client ? _local.Client : _local.Storage;
        lives.Ask<NodeProtocol.Looked>(look, LookWithin).PipeTo(
            Sender, Self,
            success: looked => new NodeProtocol.Looked(looked.Shown is { } shown ? shown with { Node = node } : null),
            failure: _ => new NodeProtocol.Looked(ObjectLook.Away(look, node, "silent", null)));
    }

    /// <summary>Without a director, reports wait where they outlive this actor's system.</summary>
    private void OnPresence(DirectorsPresence directors)
    {
        if (directors.Any) _directors.Directory.Tell(_said());
        _local.Uplink.Tell(directors.Any ? new Uplink.Attach(Self) : new Uplink.Detach(Self));
    }

    private sealed record Announce : INoSerializationVerificationNeeded
    {
        public static readonly Announce Instance = new();
    }
}

/// <summary>The way from a node to the directors: in the same process, or wherever they are at the moment.</summary>
/// <param name="Directory">Takes what is for the directory of every director.</param>
/// <param name="Catalog">Takes what is for a catalog.</param>
/// <param name="Jobs">Takes what is for jobs.</param>
/// <param name="ComeAndGo">True when <paramref name="Directory"/> is a <see cref="DirectorsLink"/> and tells when there
/// are any; false: they are always there.</param>
public sealed record Directors(IActorRef Directory, IActorRef Catalog, IActorRef Jobs, bool ComeAndGo = false);

/// <summary>The actors of a process's local system.</summary>
/// <param name="Uplink">The way to the cluster.</param>
/// <param name="Client">The client; nobody where the role is missing.</param>
/// <param name="Storage">The storage; nobody where the role is missing.</param>
/// <param name="Drives">What is kept of its drives; null where the role is missing.</param>
public sealed record LocalActors(
    IActorRef Uplink, IActorRef Client, IActorRef Storage, Storage.DriveBooks? Drives = null);

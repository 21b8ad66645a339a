using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;

namespace Backup.Messages.Nodes;

/// <summary>What the faces of client and storage nodes and the directories of directors say to each other.</summary>
public static class NodeProtocol
{
    /// <summary>
    /// A node says what it has, to every director, again and again: a director that has just started knows nothing, and
    /// one that hears nothing for a while takes the node for absent.
    /// </summary>
    /// <param name="Node">The node's name.</param>
    /// <param name="Client">The client that it is; null where it has not that role.</param>
    /// <param name="Drives">Its drives; empty where it has not the role storage.</param>
    /// <param name="Every">The next announcement comes within this time.</param>
    /// <param name="Limits">How many jobs its drives take; null: as many as there are.</param>
    /// <param name="Shared">Of a director in a cluster: a digest of what all directors must have alike, policies above
    /// all; else null.</param>
    /// <param name="Disabled">Those of its drives that no job gets; null: none.</param>
    /// <param name="Libraries">Its libraries; null from an earlier version.</param>
    /// <param name="Notices">What its drives reported in the last day, a sentence each; null: nothing.</param>
    public sealed record Announce(
        NodeName Node, ClientName? Client, IReadOnlyList<DriveId> Drives, TimeSpan Every, StorageLimits? Limits = null,
        string? Shared = null, IReadOnlyList<DisabledDrive>? Disabled = null,
        IReadOnlyList<LibraryClaim>? Libraries = null, IReadOnlyList<string>? Notices = null)
        : IWireMessage;

    /// <summary>A node ends in good order: nothing of it is to be waited for.</summary>
    /// <param name="Node">The node's name.</param>
    public sealed record Leaves(NodeName Node) : IWireMessage;

    /// <summary>A job's command for a client, wherever that is. Not answered, or by <see cref="Absent"/>.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Command">The command.</param>
    public sealed record ForClient(ClientName Client, ClientProtocol.ICommand Command) : IWireMessage;

    /// <summary>A job's command for the node that owns a library. Not answered, or by <see cref="Absent"/>.</summary>
    /// <param name="Library">The library.</param>
    /// <param name="Command">The command.</param>
    public sealed record ForStorage(LibraryName Library, StorageProtocol.ICommand Command) : IWireMessage;

    /// <summary>
    /// A job's command for the node that owns a library and gives what another one copies. Not answered, or by <see
    /// cref="Absent"/>.
    /// </summary>
    /// <param name="Library">The library.</param>
    /// <param name="Command">The command.</param>
    public sealed record ForGiver(LibraryName Library, ClientProtocol.ICommand Command) : IWireMessage;

    /// <summary>
    /// An operator's command for the node that owns a library. Answered by the command's own answer, or by <see
    /// cref="Refused"/>.
    /// </summary>
    /// <param name="Library">The library.</param>
    /// <param name="Command">The command.</param>
    public sealed record ForLibrary(LibraryName Library, IMediaRequest Command) : IWireMessage;

    /// <summary>
    /// Work of retention for the node that owns a library. Answered by <see cref="VolumeProtocol.IAnswer"/>.
    /// </summary>
    /// <param name="Library">The library.</param>
    /// <param name="Work">The work.</param>
    public sealed record ForVolume(LibraryName Library, VolumeProtocol.IWork Work) : IWireMessage;

    /// <summary>
    /// A request that somebody made at a node, on its way to the gateway of a director. Answered by the request's own
    /// answer, or by <see cref="Refused"/>.
    /// </summary>
    /// <param name="By">Who asks.</param>
    /// <param name="Request">The request.</param>
    public sealed record Asked(Asker By, IRequest Request) : IWireMessage;

    /// <summary>
    /// The command could not be delivered: no node that is heard of is this client, or owns this library.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Client">The client; null when it is about a library.</param>
    /// <param name="Library">The library; null when it is about a client.</param>
    /// <param name="For">How long nothing was heard; since the director started when it never heard of it.</param>
    public sealed record Absent(JobId Job, Epoch Epoch, ClientName? Client, LibraryName? Library, TimeSpan For)
        : IAttemptMessage;

    /// <summary>
    /// Asks a drive, a library or a client how it is, where it lives. Answered by <see cref="Looked"/>.
    /// </summary>
    /// <param name="Kind">One of these three.</param>
    /// <param name="Name">Its name, as in <see cref="ShowObject"/>.</param>
    /// <param name="EventsMax">Most events in the answer.</param>
    public sealed record Look(ObjectKind Kind, string Name, int EventsMax) : IWireMessage;

    /// <summary>How it is.</summary>
    /// <param name="Shown">As its node says, or its directory of a node that is away; null: there is no such
    /// object on the node that would have it.</param>
    public sealed record Looked(ObjectShown? Shown) : IWireMessage;

    /// <summary>
    /// Asks a client for a page of a walk that shows what a backup would save (<see cref="PreviewRun"/>). Answered by
    /// <see cref="RunPreview"/>, or by <see cref="Refused"/>.
    /// </summary>
    /// <param name="Client">The client.</param>
    /// <param name="Walk">The walk's name.</param>
    /// <param name="Page">The page.</param>
    /// <param name="Limit">Most items in it.</param>
    /// <param name="Spec">The backup, with its level; null but for page 0.</param>
    public sealed record Preview(ClientName Client, string Walk, int Page, int Limit, BackupSpec? Spec)
        : IWireMessage;

    /// <summary>Asks who is there. Answered by <see cref="Nodes"/>.</summary>
    public sealed record List : IWireMessage
    {
        /// <summary>The only one.</summary>
        public static readonly List Instance = new();
    }

    /// <summary>The nodes that a director has heard of since it started.</summary>
    /// <param name="All">By name.</param>
    public sealed record Nodes(IReadOnlyList<NodeSeen> All) : IWireMessage;
}

/// <summary>What a director knows of a node.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Client">The client that it is, or null.</param>
/// <param name="Drives">Its drives, but for those of libraries that another node has.</param>
/// <param name="Present">False when nothing was heard for a while.</param>
/// <param name="Silence">How long ago it was heard last.</param>
/// <param name="Shared">As it announced it.</param>
/// <param name="Claims">The libraries that it says are its own, also those that another node has; null from an earlier
/// version.</param>
/// <param name="Notices">As it announced it.</param>
public sealed record NodeSeen(
    NodeName Node, string Address, ClientName? Client, IReadOnlyList<DriveId> Drives, bool Present, TimeSpan Silence,
    string? Shared = null, IReadOnlyList<LibraryClaim>? Claims = null, IReadOnlyList<string>? Notices = null);

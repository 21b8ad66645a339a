using Backup.Messages.Volumes;

namespace Backup.Messages.Operations;

/// <summary>What can be asked how it is.</summary>
public enum ObjectKind
{
    /// <summary>A job, by its number.</summary>
    Job,

    /// <summary>A drive, as `tapes/0`.</summary>
    Drive,

    /// <summary>A library.</summary>
    Library,

    /// <summary>A client.</summary>
    Client,

    /// <summary>A file set.</summary>
    FileSet,

    /// <summary>A policy.</summary>
    Policy,
}

/// <summary>Asks an object how it is and what happened to it (acceptance NW-06). It is asked where it lives.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name; of a job its number, of a drive `LIBRARY/NUMBER`.</param>
/// <param name="EventsMax">Most events in the answer, 0 to 100.</param>
/// <param name="Client">Of a policy or a file set: only what is of this client; null: of all.</param>
public sealed record ShowObject(ObjectKind Kind, string Name, int EventsMax = 100, ClientName? Client = null)
    : IRequest;

/// <summary>How an object is.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Node">The node that says so, or that it was on; null where no node is known.</param>
/// <param name="State">One word. Of a job as in <see cref="JobSummary"/>; of a drive `idle`, `held`, `mounted`,
/// `waiting`, `disabled` or `closed`; of a library `open` or `closed`; of a client, policy or file set `idle` or
/// `working`; of what lives on a node that is away `absent`, on one that does not answer in time `silent`.</param>
/// <param name="Since">Since when it is in this state; null where that is not known.</param>
/// <param name="WaitsFor">What it waits for, a sentence each; empty when it does not wait.</param>
/// <param name="Timeline">The states before, oldest first, up to 100; the last one, open at its end, is that of now; of
/// a policy with a schedule its next run follows.</param>
/// <param name="Events">What happened to it last, oldest first.</param>
/// <param name="Spool">Of a library that has one; else null.</param>
/// <param name="Disabled">Of a drive that no further job gets: since when, by whom and why; else null.</param>
public sealed record ObjectShown(
    ObjectKind Kind,
    string Name,
    NodeName? Node,
    string State,
    DateTimeOffset? Since,
    IReadOnlyList<string> WaitsFor,
    IReadOnlyList<ObjectSpan> Timeline,
    IReadOnlyList<ObjectEvent> Events,
    SpoolState? Spool = null,
    DisabledDrive? Disabled = null) : IReply;

/// <summary>A time in which an object did one thing.</summary>
/// <param name="What">What it did, safe to print.</param>
/// <param name="From">From when on.</param>
/// <param name="To">Until when; null: not at an end.</param>
public sealed record ObjectSpan(string What, DateTimeOffset From, DateTimeOffset? To);

/// <summary>Something that happened to an object.</summary>
/// <param name="Number">Counts up from 1: of a job in its log, of a policy or file set in this answer, of anything else
/// since its node's program started.</param>
/// <param name="At">When, by the clock of the node that saw it.</param>
/// <param name="Code">A stable code, as `mounted`.</param>
/// <param name="Text">The sentence, safe to print.</param>
public sealed record ObjectEvent(long Number, DateTimeOffset At, string Code, string Text);

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
/// <param name="History">Of a drive or a library what its node has counted since it first had it; else null.</param>
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
    DisabledDrive? Disabled = null,
    DeviceHistory? History = null) : IReply;

/// <summary>What a storage node has counted of a drive, or of a library.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Days">By days with use, the last 400, oldest first; of a library empty.</param>
/// <param name="Alerts">What the drives reported last, up to 50 each, oldest first.</param>
/// <param name="Volumes">Of a library: by volume; of a drive null.</param>
public sealed record DeviceHistory(
    DeviceWear Total, IReadOnlyList<DeviceDay> Days, IReadOnlyList<DriveAlert> Alerts,
    IReadOnlyList<VolumeWear>? Volumes = null);

/// <summary>Numbers of use.</summary>
/// <param name="Mounts">Times that a job had a volume in the drive.</param>
/// <param name="BytesWritten">Bytes that the volumes grew by.</param>
/// <param name="BytesRead">Bytes that the drive read, where the kernel counts them.</param>
/// <param name="Hours">Hours with a volume of a job in the drive.</param>
/// <param name="Errors">Times that a volume was taken out of use for an error.</param>
/// <param name="SoftErrors">Errors that the drive mended itself, where it counts them.</param>
public sealed record DeviceWear(
    int Mounts = 0, long BytesWritten = 0, long BytesRead = 0, double Hours = 0, int Errors = 0, int SoftErrors = 0)
{
    /// <summary>Both together.</summary>
    /// <param name="other">The other.</param>
    public DeviceWear With(DeviceWear other) => new(
        Mounts + other.Mounts, BytesWritten + other.BytesWritten, BytesRead + other.BytesRead, Hours + other.Hours,
        Errors + other.Errors, SoftErrors + other.SoftErrors);
}

/// <summary>The use of a day.</summary>
/// <param name="Day">The day in UTC, as `2026-03-04`.</param>
/// <param name="Wear">Its numbers.</param>
public sealed record DeviceDay(string Day, DeviceWear Wear);

/// <summary>The use of a volume.</summary>
/// <param name="Volume">Its name.</param>
/// <param name="Wear">Its numbers.</param>
public sealed record VolumeWear(VolumeName Volume, DeviceWear Wear);

/// <summary>Something that a drive reported of itself or of the cartridge in it.</summary>
/// <param name="At">When it was asked.</param>
/// <param name="Drive">The drive.</param>
/// <param name="Number">The number of the TapeAlert flag, 1 to 64.</param>
/// <param name="Name">Its name.</param>
/// <param name="Level">`information`, `warning` or `critical`.</param>
/// <param name="Volume">The volume in the drive.</param>
public sealed record DriveAlert(
    DateTimeOffset At, DriveId Drive, int Number, string Name, string Level, VolumeName Volume)
{
    /// <summary>For the operator, without a full stop.</summary>
    public string Sentence() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"drive {Drive} reported TapeAlert {Number} ({Name.ToLowerInvariant()}, {Level}) with volume {Volume} at "
            + $"{At.UtcDateTime:yyyy-MM-dd HH:mm}Z");
}

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

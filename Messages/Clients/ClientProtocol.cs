using System.Text.Json.Serialization;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Messages.Clients;

/// <summary>
/// What is said to a client about one job, and what it reports. Every message carries the attempt's epoch.
/// </summary>
public static class ClientProtocol
{
    /// <summary>A command to a client.</summary>
    public interface ICommand : IAttemptMessage;

    /// <summary>A report of a client to the job.</summary>
    public interface IReport : IAttemptMessage;

    /// <summary>Marching orders of a backup: all that the client needs, it needs no director from then on.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">What to save; its level says how, and why.</param>
    /// <param name="Storage">Where to send it.</param>
    /// <param name="Since">The moment of the first attempt.</param>
    /// <param name="Resume">Where to begin; all fragments before are sealed and in the catalog.</param>
    public sealed record Save(JobId Job, Epoch Epoch, BackupSpec Spec, DataAddress Storage, DateTimeOffset Since,
        ResumePoint Resume) : ICommand;

    /// <summary>Marching orders of a restore.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">Where to and how.</param>
    /// <param name="Storage">Where to take it from.</param>
    /// <param name="Attempt">Counts from 1: what an earlier attempt restored is not an item that existed
    /// before.</param>
    /// <param name="Lanes">Sequences in which the data comes, several at once: one for each drive that reads. 0:
    /// one.</param>
    public sealed record Restore(
        JobId Job, Epoch Epoch, RestoreSpec Spec, DataAddress Storage, int Attempt, int Lanes = 0) : ICommand;

    /// <summary>
    /// Compares the disk with the image's manifest, which the client reads from the catalog in pages.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">What to compare.</param>
    public sealed record Compare(JobId Job, Epoch Epoch, VerifySpec Spec) : ICommand;

    /// <summary>Walks the disk once for each level, and says what a backup would hold; reads no content.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">What to walk, and which levels.</param>
    public sealed record Estimate(JobId Job, Epoch Epoch, EstimateSpec Spec) : ICommand;

    /// <summary>
    /// Gives the fragments of an image, as they lie on their media, to the node that copies them: what a client does in
    /// a backup, done by the node that owns the library where the image is.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Spec">Of what.</param>
    /// <param name="Drive">The drive that was granted, which reads.</param>
    /// <param name="Target">Where to connect.</param>
    /// <param name="Next">How many of the fragments are copied already.</param>
    public sealed record Give(
        JobId Job, Epoch Epoch, CopySpec Spec, DriveId Drive, DataAddress Target, int Next) : ICommand;

    /// <summary>
    /// Ends the attempt; also all older ones of the job. Answered by <see cref="Stopped"/> even when nothing runs.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Stop(JobId Job, Epoch Epoch) : ICommand;

    /// <summary>
    /// Asks whether the attempt runs. Answered by <see cref="Begun"/>, <see cref="Finished"/> or <see cref="Unknown"/>.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="ItemsFrom">From this number on, exceptions are told again before the answer; null: none.</param>
    public sealed record Query(JobId Job, Epoch Epoch, long? ItemsFrom = null) : ICommand;

    /// <summary>
    /// Runs scripts, one after the other, once for an attempt; repeated until <see cref="ScriptsEnded"/> is heard,
    /// which answers it also when they ran long ago.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="When">Before the work, or after it.</param>
    /// <param name="Scripts">In order; at least one.</param>
    /// <param name="Environment">What they are told by their environment, by name.</param>
    public sealed record RunScripts(
        JobId Job, Epoch Epoch, ScriptMoment When, IReadOnlyList<JobScript> Scripts,
        IReadOnlyDictionary<string, string> Environment) : ICommand;

    /// <summary>Scripts have ended; none of them runs any more.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="When">Which.</param>
    /// <param name="Failure">The first failure that counts; null: there was none.</param>
    public sealed record ScriptsEnded(JobId Job, Epoch Epoch, ScriptMoment When, JobFailure? Failure) : IReport;

    /// <summary>A line for the job's log, as of a script's output.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Severity">How bad.</param>
    /// <param name="Code">A stable code, as `script-output`.</param>
    /// <param name="Text">The sentence, safe to print.</param>
    public sealed record Said(JobId Job, Epoch Epoch, LogSeverity Severity, string Code, string Text) : IReport;

    /// <summary>The client has all that it needs and works.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Begun(JobId Job, Epoch Epoch) : IReport;

    /// <summary>The client knows no such attempt.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Unknown(JobId Job, Epoch Epoch) : IReport;

    /// <summary>How far it is; at most some a second, may be lost.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Progress">Without drive and volume.</param>
    public sealed record Advanced(JobId Job, Epoch Epoch, JobProgress Progress) : IReport;

    /// <summary>Items that could not be treated as asked, told at once.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Exceptions">In order.</param>
    /// <param name="First">The number of the first of them within the attempt, from 0; null from a node that does not
    /// count them.</param>
    public sealed record Excepted(
        JobId Job, Epoch Epoch, IReadOnlyList<FileException> Exceptions, long? First = null) : IReport;

    /// <summary>The client has done its part; repeated until the job forgets it by <see cref="Stop"/>.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Result">What it did.</param>
    public sealed record Finished(JobId Job, Epoch Epoch, ClientResult Result) : IReport;

    /// <summary>The attempt has failed on the client.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(JobId Job, Epoch Epoch, JobFailure Failure) : IReport;

    /// <summary>Nothing of the attempt runs any more.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt.</param>
    public sealed record Stopped(JobId Job, Epoch Epoch) : IReport;
}

/// <summary>What a client did in a job.</summary>
/// <param name="Files">Items by kind.</param>
/// <param name="Bytes">Bytes of content.</param>
/// <param name="Exceptions">Number of exceptions.</param>
/// <param name="ExceptionsByKind">Their number by kind.</param>
/// <param name="Excluded">Items left out by each rule.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Sizes">Of an estimate: the sizes, in the order of the levels asked for; null for other jobs.</param>
/// <param name="LongLists">Of an incremental: directories whose names were too many for the archive; null:
/// none.</param>
public sealed record ClientResult(
    IReadOnlyDictionary<string, long> Files,
    long Bytes,
    long Exceptions,
    IReadOnlyDictionary<string, long> ExceptionsByKind,
    IReadOnlyDictionary<string, long> Excluded,
    double Seconds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LevelSize>? Sizes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LongLists? LongLists = null);

/// <summary>Directories of an incremental whose lists of names are not in its archive (docs/levels.md).</summary>
/// <param name="Count">How many, 1 or more.</param>
/// <param name="First">The first of them, as for people.</param>
public sealed record LongLists(long Count, string First);

/// <summary>A message about one attempt of a job.</summary>
public interface IAttemptMessage : IJobMessage
{
    /// <summary>The attempt; a receiver that has seen a newer one refuses it.</summary>
    Epoch Epoch { get; }
}

/// <summary>Where an attempt of a backup begins.</summary>
/// <param name="NextFragment">The fragment to begin with, from 0.</param>
/// <param name="Cut">The member that the fragment before cuts; null when it ends between members.</param>
public sealed record ResumePoint(int NextFragment, CutMember? Cut)
{
    /// <summary>From the beginning.</summary>
    public static readonly ResumePoint Beginning = new(0, null);
}

/// <summary>A member that a sealed fragment cuts.</summary>
/// <param name="Entry">Its entry as announced: an entry block of one (docs/formats/index.md).</param>
/// <param name="MemberBytes">Archive bytes of it, headers included, that are sealed.</param>
/// <param name="HashState">State of its content's digest there.</param>
public sealed record CutMember(byte[] Entry, long MemberBytes, byte[] HashState);

/// <summary>Where a data connection goes.</summary>
/// <param name="Node">The storage node, as its certificate names it; empty: this process.</param>
/// <param name="Token">One-time token of the session.</param>
/// <param name="Endpoint">Its data port; null: it has none, only this process can connect.</param>
public sealed record DataAddress(
    string Node,
    string Token,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DataEndpoint? Endpoint = null);

/// <summary>A data port (docs/formats/data-plane.md).</summary>
/// <param name="Host">Host name or IP address, as the storage node advertises it.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="Process">Identity of the process, new at each start: who is that process connects without a
/// socket.</param>
/// <param name="Secure">
/// True: TLS with both certificates; the storage node's is of the client's own authority, for
/// <see cref="DataAddress.Node"/> and the storage role.
/// </param>
/// <param name="Calls">True: the storage node connects to the client, at this host and port, which are the client's
/// then; the client waits for it.</param>
public sealed record DataEndpoint(
    string Host, int Port, string Process, bool Secure,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Calls = false);

using System.Text.Json.Serialization;

namespace Backup.Messages.Jobs;

/// <summary>
/// Why a job, or one attempt of it, ended without success. The family only grows: the names on the attributes are what
/// journal and catalog hold, so they never change. <see cref="FailureText"/> makes the sentence.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "failure")]
[JsonDerivedType(typeof(NoVolume), "no-volume")]
[JsonDerivedType(typeof(NoDrive), "no-drive")]
[JsonDerivedType(typeof(VolumeError), "volume-error")]
[JsonDerivedType(typeof(VolumeInUse), "volume-in-use")]
[JsonDerivedType(typeof(LibraryError), "library-error")]
[JsonDerivedType(typeof(StorageLost), "storage-lost")]
[JsonDerivedType(typeof(ClientLost), "client-lost")]
[JsonDerivedType(typeof(ClientError), "client-error")]
[JsonDerivedType(typeof(SourceMissing), "source-missing")]
[JsonDerivedType(typeof(SourceEmpty), "source-empty")]
[JsonDerivedType(typeof(SourceUnmounted), "source-unmounted")]
[JsonDerivedType(typeof(BaseNotUsable), "base-not-usable")]
[JsonDerivedType(typeof(NothingToSave), "nothing-to-save")]
[JsonDerivedType(typeof(ImageMissing), "image-missing")]
[JsonDerivedType(typeof(ImageNotUsable), "image-not-usable")]
[JsonDerivedType(typeof(MediumDamaged), "medium-damaged")]
[JsonDerivedType(typeof(TargetError), "target-error")]
[JsonDerivedType(typeof(NothingSelected), "nothing-selected")]
[JsonDerivedType(typeof(CatalogError), "catalog-error")]
[JsonDerivedType(typeof(Fenced), "fenced")]
[JsonDerivedType(typeof(NodeStopped), "node-stopped")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
[JsonDerivedType(typeof(TooManyAttempts), "too-many-attempts")]
[JsonDerivedType(typeof(NodeStoppedTooOften), "node-stopped-too-often")]
[JsonDerivedType(typeof(NotStartedInTime), "not-started-in-time")]
[JsonDerivedType(typeof(WaitedTooLong), "waited-too-long")]
[JsonDerivedType(typeof(Internal), "internal")]
[JsonDerivedType(typeof(ScriptFailed), "script-failed")]
[JsonDerivedType(typeof(NothingChanged), "nothing-changed")]
[JsonDerivedType(typeof(NotAllowed), "not-allowed")]
[JsonDerivedType(typeof(NodeShort), "node-short")]
public abstract record JobFailure
{
    private JobFailure()
    {
    }

    /// <summary>No volume of the pool can take more data.</summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="Library">The library in which one was sought.</param>
    /// <param name="RunVolumes">The run of its plan writes so many volumes, and has; 0: nothing limits it.</param>
    public sealed record NoVolume(
        PoolName Pool, LibraryName Library,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int RunVolumes = 0) : JobFailure;

    /// <summary>The library has no drive that can be used.</summary>
    /// <param name="Library">The library.</param>
    public sealed record NoDrive(LibraryName Library) : JobFailure;

    /// <summary>A volume could not be loaded, read or written, and no other could take its place.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Operation">What was tried, as `write`.</param>
    /// <param name="Detail">What the system said.</param>
    public sealed record VolumeError(VolumeName Volume, string Operation, string Detail) : JobFailure;

    /// <summary>A volume that is to be read is in another drive, where a job writes or reads it.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Drive">Where it is.</param>
    public sealed record VolumeInUse(VolumeName Volume, DriveId Drive) : JobFailure;

    /// <summary>The library itself does not answer or cannot be used.</summary>
    /// <param name="Library">The library.</param>
    /// <param name="Detail">What the system said.</param>
    public sealed record LibraryError(LibraryName Library, string Detail) : JobFailure;

    /// <summary>The storage node went away.</summary>
    /// <param name="Library">The library that it owns.</param>
    /// <param name="Detail">What was seen of it.</param>
    public sealed record StorageLost(LibraryName Library, string Detail) : JobFailure;

    /// <summary>The client went away.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Detail">What was seen of it.</param>
    public sealed record ClientLost(ClientName Client, string Detail) : JobFailure;

    /// <summary>The client could not go on.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Operation">What it was doing, as `walk`.</param>
    /// <param name="Detail">What the system said.</param>
    public sealed record ClientError(ClientName Client, string Operation, string Detail) : JobFailure;

    /// <summary>No root of the file set exists on the client.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Roots">The roots, as configured.</param>
    public sealed record SourceMissing(ClientName Client, IReadOnlyList<string> Roots) : JobFailure;

    /// <summary>A root is empty or missing below which the base has items: it may not be mounted.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Roots">The roots.</param>
    public sealed record SourceEmpty(ClientName Client, IReadOnlyList<string> Roots) : JobFailure;

    /// <summary>A root is a directory of the file system around it that was one of its own by the base.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Roots">The roots.</param>
    public sealed record SourceUnmounted(ClientName Client, IReadOnlyList<string> Roots) : JobFailure;

    /// <summary>An incremental cannot be used with what would be its base.</summary>
    /// <param name="Image">The incremental.</param>
    /// <param name="Base">What it names as its base.</param>
    /// <param name="Detail">What was found instead.</param>
    public sealed record BaseNotUsable(ImageId Image, ImageId Base, string Detail) : JobFailure;

    /// <summary>The roots exist, and the rules leave nothing of them.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="FileSet">The file set.</param>
    public sealed record NothingToSave(ClientName Client, FileSetName FileSet) : JobFailure;

    /// <summary>The catalog does not know the image.</summary>
    /// <param name="Image">The image.</param>
    public sealed record ImageMissing(ImageId Image) : JobFailure;

    /// <summary>The image is there and must not be used for this.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Detail">Why not, as `it was never sealed`.</param>
    public sealed record ImageNotUsable(ImageId Image, string Detail) : JobFailure;

    /// <summary>What the medium holds is not what was written.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Fragment">The fragment, from 0.</param>
    /// <param name="Volume">The volume on which the damage lies.</param>
    /// <param name="Detail">What was expected and found.</param>
    public sealed record MediumDamaged(ImageId Image, int Fragment, VolumeName Volume, string Detail) : JobFailure;

    /// <summary>The target of a restore cannot be written.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Target">The target directory.</param>
    /// <param name="Detail">What the system said.</param>
    public sealed record TargetError(ClientName Client, string Target, string Detail) : JobFailure;

    /// <summary>None of the paths asked for is in the image.</summary>
    /// <param name="Image">The image.</param>
    public sealed record NothingSelected(ImageId Image) : JobFailure;

    /// <summary>The catalog refused or could not be reached.</summary>
    /// <param name="Detail">The catalog's sentence.</param>
    /// <param name="Contradicts">True: the catalog has it otherwise, and keeps that.</param>
    public sealed record CatalogError(
        string Detail,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Contradicts = false)
        : JobFailure;

    /// <summary>A newer attempt of the same job took over.</summary>
    /// <param name="Held">The epoch of this attempt.</param>
    /// <param name="Current">The newer one.</param>
    public sealed record Fenced(Epoch Held, Epoch Current) : JobFailure;

    /// <summary>The node stopped in the middle; the job goes on when it is back.</summary>
    public sealed record NodeStopped : JobFailure;

    /// <summary>Somebody cancelled the job.</summary>
    /// <param name="By">Who.</param>
    public sealed record Cancelled(string By) : JobFailure;

    /// <summary>Every attempt that the policy allows was lost.</summary>
    /// <param name="Attempts">How many, 1 or more.</param>
    /// <param name="Last">Why the last one was lost.</param>
    public sealed record TooManyAttempts(int Attempts, JobFailure Last) : JobFailure;

    /// <summary>The node stopped again and again while the job worked, and no fragment was sealed in between.</summary>
    /// <param name="Times">How often in a row, 1 or more.</param>
    public sealed record NodeStoppedTooOften(int Times) : JobFailure;

    /// <summary>The first attempt had not begun in the time that the policy leaves.</summary>
    /// <param name="Limit">That time.</param>
    /// <param name="WaitedFor">Why it waited, without a full stop; empty: it is not known.</param>
    public sealed record NotStartedInTime(TimeSpan Limit, string WaitedFor) : JobFailure;

    /// <summary>The job waited longer for drives, slots and limits than the policy lets it.</summary>
    /// <param name="Limit">How long it may.</param>
    /// <param name="WaitedFor">Why it waited, without a full stop; empty: it is not known.</param>
    public sealed record WaitedTooLong(TimeSpan Limit, string WaitedFor) : JobFailure;

    /// <summary>A script that runs before or after the work of a job failed, or may not be run.</summary>
    /// <param name="Place">Where, as `client web1`.</param>
    /// <param name="Script">The path of the program.</param>
    /// <param name="ExitCode">Its exit code; null when it has none: it was not run, or was killed.</param>
    /// <param name="Detail">What is the matter, and its last line of output; a sentence.</param>
    public sealed record ScriptFailed(string Place, string Script, int? ExitCode, string Detail) : JobFailure;

    /// <summary>Nothing is other than in the base, and no image is made: the end of a job that is complete.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Base">The image on which it would have built.</param>
    public sealed record NothingChanged(ClientName Client, ImageId Base) : JobFailure;

    /// <summary>The client's own configuration does not let directors have this done there.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Command">What was to be done: `backup`, `restore`, `verify`, `estimate`.</param>
    public sealed record NotAllowed(ClientName Client, string Command) : JobFailure;

    /// <summary>
    /// A process has not enough file descriptors or memory left for more work; what runs in it goes on.
    /// </summary>
    /// <param name="Detail">Where, and what is short; a sentence.</param>
    public sealed record NodeShort(string Detail) : JobFailure;

    /// <summary>A mistake in this program: something happened that should not be possible.</summary>
    /// <param name="Detail">What, for the people who mend it.</param>
    public sealed record Internal(string Detail) : JobFailure;
}

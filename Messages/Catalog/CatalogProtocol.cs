using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Messages.Catalog;

/// <summary>
/// What storage nodes and clients say to the catalog, and what it answers. Delivered twice is normal.
/// </summary>
public static class CatalogProtocol
{
    /// <summary>A command or query of a storage node or client.</summary>
    public interface IRequest : IWireMessage;

    /// <summary>An answer.</summary>
    public interface IAnswer : IWireMessage;

    /// <summary>
    /// A piece of the index file of a sealed fragment, from an outbox. The last piece closes the fragment: all that the
    /// catalog records of a fragment is read from its index, so that a scan of the media records the same.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt that wrote it.</param>
    /// <param name="Image">The image.</param>
    /// <param name="Fragment">The fragment, from 0.</param>
    /// <param name="Root">Its root.</param>
    /// <param name="Index">Where its index file is.</param>
    /// <param name="Offset">Offset of the piece in the index, header not counted.</param>
    /// <param name="Total">Bytes of the index.</param>
    /// <param name="Bytes">The piece, at most <see cref="PieceBytesMax"/>.</param>
    /// <param name="FromMedium">True when a scan found it: the medium's word counts, whoever wrote it.</param>
    /// <param name="Node">The storage node through which it comes; its face in the cluster says so. Null: not
    /// said.</param>
    public sealed record IndexPiece(
        JobId Job,
        Epoch Epoch,
        ImageId Image,
        int Fragment,
        Sha256Digest Root,
        TapeFile Index,
        long Offset,
        long Total,
        byte[] Bytes,
        bool FromMedium = false,
        NodeName? Node = null) : IRequest, IAttemptMessage;

    /// <summary>
    /// Most bytes in an <see cref="IndexPiece"/>; below the remoting's default frame of 128,000 bytes.
    /// </summary>
    public const int PieceBytesMax = 96 * 1024;

    /// <summary>The catalog has the index up to this offset.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Fragment">The fragment.</param>
    /// <param name="Root">Its root.</param>
    /// <param name="Next">Offset of the piece that it expects next.</param>
    public sealed record PieceTaken(ImageId Image, int Fragment, Sha256Digest Root, long Next) : IAnswer;

    /// <summary>The fragment is recorded, now or before.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Fragment">The fragment.</param>
    /// <param name="Root">Its root.</param>
    /// <param name="WasKnown">True when the catalog had it before, with its seal where it has one.</param>
    public sealed record Closed(ImageId Image, int Fragment, Sha256Digest Root, bool WasKnown = false) : IAnswer;

    /// <summary>
    /// A scan found an image that was never sealed, or of which it found only some fragments. Answered by
    /// <see cref="Abandoned"/>; refused while its job is at work. One that the catalog has whole stays so.
    /// </summary>
    /// <param name="Image">Its id.</param>
    /// <param name="Job">The job that wrote it.</param>
    /// <param name="Policy">Its policy.</param>
    /// <param name="FileSet">Its file set.</param>
    /// <param name="Client">Its client.</param>
    /// <param name="Level">0 to 9.</param>
    /// <param name="Since">The moment that it protects from.</param>
    /// <param name="Base">The image that it builds on; null: none.</param>
    /// <param name="BaseRoot">Its root.</param>
    /// <param name="Recorded">False: it is never a base.</param>
    /// <param name="Rules">Digest of what its file set selects; null: not known.</param>
    /// <param name="MergedFrom">Of a merged full: the newest image of its chain; null: it is none.</param>
    /// <param name="Lacks">What was not found, that may lie on another volume; null: it was never sealed.</param>
    public sealed record RecordAbandoned(
        ImageId Image, JobId Job, PolicyName Policy, FileSetName FileSet, ClientName Client, int Level,
        DateTimeOffset Since, ImageId? Base = null, Sha256Digest? BaseRoot = null, bool Recorded = true,
        Sha256Digest? Rules = null, ImageId? MergedFrom = null, string? Lacks = null) : IRequest;

    /// <summary>The image is listed as abandoned, or as lacking something.</summary>
    /// <param name="Image">Its id.</param>
    /// <param name="IsWhole">True: the catalog has it whole, and nothing was changed.</param>
    /// <param name="IsRemoved">True: no rule kept it, and it stays removed.</param>
    public sealed record Abandoned(ImageId Image, bool IsWhole = false, bool IsRemoved = false) : IAnswer;

    /// <summary>What a storage node knows of a volume.</summary>
    /// <param name="Volume">The volume.</param>
    public sealed record RecordVolume(VolumeReport Volume) : IRequest;

    /// <summary>The volume is recorded.</summary>
    /// <param name="Volume">Its name.</param>
    public sealed record VolumeRecorded(VolumeName Volume) : IAnswer;

    /// <summary>Asks for some blocks of an image's manifest.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="From">Ordinal of the first block wanted.</param>
    /// <param name="Paths">Only blocks that may hold one of these paths or something below it; empty: all.</param>
    public sealed record ReadManifest(ImageId Image, long From, IReadOnlyList<byte[]> Paths) : IRequest;

    /// <summary>Blocks of a manifest, together at most <see cref="PieceBytesMax"/> unless it is one.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Blocks">In order; entry blocks as docs/formats/index.md says.</param>
    /// <param name="Next">Ordinal to go on with; null at the end.</param>
    /// <param name="At">The director's clock when it answered; null from an earlier version.</param>
    public sealed record ManifestPage(
        ImageId Image, IReadOnlyList<byte[]> Blocks, long? Next, DateTimeOffset? At = null) : IAnswer;

    /// <summary>Asks for what is recorded of an image and its fragments from one on.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="From">The first fragment wanted.</param>
    /// <param name="Near">The library in which they are to be read: what is there comes first. Null: any.</param>
    public sealed record ReadFragments(ImageId Image, int From, LibraryName? Near = null) : IRequest;

    /// <summary>An image's fragments.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Sealed">True when the image is sealed.</param>
    /// <param name="Fragments">In order; as many as fit a message.</param>
    /// <param name="Next">Fragment to go on with; null at the end.</param>
    public sealed record FragmentPage(
        ImageId Image, bool Sealed, IReadOnlyList<FragmentPlaces> Fragments, int? Next) : IAnswer;

    /// <summary>
    /// A copy of a whole image is durable and recorded: the others in a pool are taken out of use. Answered by
    /// <see cref="CopiesRetired"/>; refused where one fragment has no good copy of the number.
    /// </summary>
    /// <param name="Job">The job that made it.</param>
    /// <param name="Epoch">Its attempt.</param>
    /// <param name="Image">The image.</param>
    /// <param name="Keep">The number of the copy that stays.</param>
    /// <param name="Pool">The pool whose copies go.</param>
    public sealed record RetireCopies(JobId Job, Epoch Epoch, ImageId Image, int Keep, PoolName Pool) : IRequest;

    /// <summary>They are out of use; or were left, and nothing was changed.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="ReadBy">Left, since this job reads the image; null: none does.</param>
    /// <param name="Torn">Left, since one restore reads this image together with the other, and it lies in another
    /// library; null: there is none.</param>
    public sealed record CopiesRetired(ImageId Image, JobId? ReadBy = null, ImageId? Torn = null) : IAnswer;

    /// <summary>A copy of a fragment was read, and is damaged or not. Answered by <see cref="CopyMarked"/>.</summary>
    /// <param name="Job">The job that read it.</param>
    /// <param name="Epoch">Its attempt.</param>
    /// <param name="Index">Its index file, by which it is known.</param>
    /// <param name="Damage">What is wrong; null: nothing.</param>
    public sealed record MarkCopy(JobId Job, Epoch Epoch, TapeFile Index, string? Damage) : IRequest;

    /// <summary>It is recorded, where the catalog knows such a copy.</summary>
    /// <param name="Index">Its index file.</param>
    public sealed record CopyMarked(TapeFile Index) : IAnswer;

    /// <summary>
    /// A piece of the state of a client's disk, which a verification records. Pieces come in order, from number 0; the
    /// last one makes the state the newest of its client and file set.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Epoch">The attempt: what an older one recorded is dropped.</param>
    /// <param name="State">The state's id.</param>
    /// <param name="Number">Counts from 0.</param>
    /// <param name="Entries">Entries in the block; 0 of a last piece without one.</param>
    /// <param name="Block">An entry block (docs/formats/entry-block.md); empty of a last piece without one.</param>
    /// <param name="Last">No piece comes behind it.</param>
    public sealed record RecordState(
        JobId Job, Epoch Epoch, ImageId State, int Number, int Entries, byte[] Block, bool Last)
        : IRequest, IAttemptMessage;

    /// <summary>The piece is recorded, now or before.</summary>
    /// <param name="State">The state.</param>
    /// <param name="Number">The piece.</param>
    public sealed record StateRecorded(ImageId State, int Number) : IAnswer;

    /// <summary>Asks for some blocks of a recorded state. Answered by <see cref="ManifestPage"/>.</summary>
    /// <param name="State">The state.</param>
    /// <param name="From">Number of the first block wanted.</param>
    public sealed record ReadState(ImageId State, long From) : IRequest;

    /// <summary>A storage node keeps something of these jobs: which of them have ended?</summary>
    /// <param name="Jobs">At most <see cref="JobsMax"/>.</param>
    public sealed record ReadJobEnds(IReadOnlyList<JobId> Jobs) : IRequest;

    /// <summary>Most jobs in a <see cref="ReadJobEnds"/>.</summary>
    public const int JobsMax = 1000;

    /// <summary>Which of the jobs asked for are over; those in neither list are not.</summary>
    /// <param name="Ended">Over.</param>
    /// <param name="Unknown">The catalog knows nothing of them.</param>
    public sealed record JobEnds(IReadOnlyList<JobId> Ended, IReadOnlyList<JobId> Unknown) : IAnswer;

    /// <summary>Not possible, or not now.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="TryAgain">True when the same request may succeed later.</param>
    public sealed record Failed(JobFailure Failure, bool TryAgain) : IAnswer;
}

/// <summary>A tape file on a volume.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Number">Counts from 0, the label.</param>
public readonly record struct TapeFile(VolumeName Volume, int Number);

/// <summary>Where a fragment lies.</summary>
/// <param name="Fragment">Its number, from 0.</param>
/// <param name="Root">Its root.</param>
/// <param name="ArchiveBytes">Bytes of archive in it.</param>
/// <param name="ChunkTable">Its chunks, as docs/formats/index.md says.</param>
/// <param name="Parts">Its parts in order.</param>
/// <param name="Index">Its index file.</param>
/// <param name="Copy">The copy that parts and index are of: the one to be read first.</param>
/// <param name="Others">Its other copies, in the order in which they are to be tried; null: none.</param>
public sealed record FragmentPlaces(
    int Fragment, Sha256Digest Root, long ArchiveBytes, byte[] ChunkTable, IReadOnlyList<PartPlace> Parts,
    TapeFile Index, int Copy = 1, IReadOnlyList<CopyPlaces>? Others = null);

/// <summary>Where another copy of a fragment lies.</summary>
/// <param name="Copy">Its number.</param>
/// <param name="Parts">Its parts in order.</param>
/// <param name="Index">Its index file.</param>
/// <param name="Library">The library of its volumes; null: of several, or it is not known.</param>
/// <param name="Damaged">Something of it is known to be damaged.</param>
public sealed record CopyPlaces(
    int Copy, IReadOnlyList<PartPlace> Parts, TapeFile Index, LibraryName? Library, bool Damaged);

/// <summary>Where a part lies.</summary>
/// <param name="File">Its tape file.</param>
/// <param name="Offset">Offset of its first byte in the fragment's data.</param>
/// <param name="Bytes">Bytes of data, header not counted.</param>
public sealed record PartPlace(TapeFile File, long Offset, long Bytes);

/// <summary>What a storage node knows of a volume.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uuid">The identity on its label.</param>
/// <param name="Library">Where it is.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="State">What it may be used for.</param>
/// <param name="LabelledAt">When it was labelled.</param>
/// <param name="Bytes">Bytes on it.</param>
/// <param name="TapeFiles">Tape files on it.</param>
/// <param name="Capacity">Bytes that it can hold; null: unknown.</param>
/// <param name="Error">What went wrong; null: nothing.</param>
/// <param name="At">When this was so.</param>
/// <param name="Replaces">The identity that the volume had before it was labelled anew; null: none is known.</param>
public sealed record VolumeReport(
    VolumeName Name,
    VolumeUuid Uuid,
    LibraryName Library,
    PoolName Pool,
    VolumeState State,
    DateTimeOffset LabelledAt,
    long Bytes,
    int TapeFiles,
    long? Capacity,
    string? Error,
    DateTimeOffset At,
    VolumeUuid? Replaces = null);

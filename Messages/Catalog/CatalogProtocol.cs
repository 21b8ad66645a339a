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
        bool FromMedium = false) : IRequest, IAttemptMessage;

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
    public sealed record Closed(ImageId Image, int Fragment, Sha256Digest Root) : IAnswer;

    /// <summary>
    /// A scan found an image that was never sealed. Answered by <see cref="Abandoned"/>; refused while its job is at
    /// work.
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
    public sealed record RecordAbandoned(
        ImageId Image, JobId Job, PolicyName Policy, FileSetName FileSet, ClientName Client, int Level,
        DateTimeOffset Since, ImageId? Base = null, Sha256Digest? BaseRoot = null, bool Recorded = true,
        Sha256Digest? Rules = null, ImageId? MergedFrom = null) : IRequest;

    /// <summary>The image is listed as abandoned.</summary>
    /// <param name="Image">Its id.</param>
    public sealed record Abandoned(ImageId Image) : IAnswer;

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
    public sealed record ReadFragments(ImageId Image, int From) : IRequest;

    /// <summary>An image's fragments.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Sealed">True when the image is sealed.</param>
    /// <param name="Fragments">In order; as many as fit a message.</param>
    /// <param name="Next">Fragment to go on with; null at the end.</param>
    public sealed record FragmentPage(
        ImageId Image, bool Sealed, IReadOnlyList<FragmentPlaces> Fragments, int? Next) : IAnswer;

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
public sealed record FragmentPlaces(
    int Fragment, Sha256Digest Root, long ArchiveBytes, byte[] ChunkTable, IReadOnlyList<PartPlace> Parts,
    TapeFile Index);

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

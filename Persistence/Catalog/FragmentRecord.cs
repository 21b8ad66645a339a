using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Persistence.Catalog;

/// <summary>
/// One writing of a fragment. A fragment that an attempt did not seal is written again under a newer epoch: then it is
/// another one.
/// </summary>
/// <param name="Image">The image.</param>
/// <param name="Fragment">The fragment's number, from 0.</param>
/// <param name="Epoch">The epoch in its headers.</param>
public readonly record struct FragmentKey(ImageId Image, int Fragment, Epoch Epoch);

/// <summary>A fragment that is sealed on its medium.</summary>
public sealed record FragmentRecord
{
    /// <summary>Which.</summary>
    public required FragmentKey Key { get; init; }

    /// <summary>The root over its index.</summary>
    public required Sha256Digest Root { get; init; }

    /// <summary>The root of the fragment before it in the image; none for fragment 0.</summary>
    public required Sha256Digest PreviousRoot { get; init; }

    /// <summary>What it begins with: 0 members, 1 head, 2 middle, 3 tail of a member (docs/formats.md).</summary>
    public required int StartKind { get; init; }

    /// <summary>
    /// The path of the member that is cut at its beginning, bytes with `/`; null for a start with members.
    /// </summary>
    public byte[]? StartMember { get; init; }

    /// <summary>Archive bytes before its first member boundary.</summary>
    public long BytesToFirstMember { get; init; }

    /// <summary>Members that end in it, directories and links too.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes of archive.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>Bytes of its data files, headers not counted.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Where each chunk begins, in the form of the medium's index (docs/formats.md).</summary>
    public required byte[] ChunkTable { get; init; }

    /// <summary>The tape file of its index.</summary>
    public required TapePosition Index { get; init; }

    /// <summary>When it was sealed, by the storage node's clock.</summary>
    public required DateTimeOffset SealedAt { get; init; }

    /// <summary>Its parts in order, at least one.</summary>
    public required IReadOnlyList<PartRecord> Parts { get; init; }
}

/// <summary>A tape file.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="TapeFile">Counts from 0, the label.</param>
public readonly record struct TapePosition(VolumeName Volume, int TapeFile);

/// <summary>What of a fragment lies on one volume.</summary>
/// <param name="Part">Counts from 0.</param>
/// <param name="Position">Its tape file.</param>
/// <param name="Offset">Offset of its first byte in the fragment's stored bytes.</param>
/// <param name="Bytes">Bytes of data, header not counted.</param>
public readonly record struct PartRecord(int Part, TapePosition Position, long Offset, long Bytes);

/// <summary>All that closing a fragment records in one transaction.</summary>
/// <param name="Fragment">The fragment.</param>
/// <param name="Blocks">How many blocks of the manifest it adds; all must be staged under its key, numbered from
/// 0.</param>
/// <param name="Exceptions">The exceptions of items that came with it, in order.</param>
public sealed record FragmentClosing(FragmentRecord Fragment, int Blocks, IReadOnlyList<FileException> Exceptions);

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

    /// <summary>
    /// The tape file of its index: of the copy that is recorded; of a record that was read, of the best one.
    /// </summary>
    public required TapePosition Index { get; init; }

    /// <summary>Which copy <see cref="Index"/> and <see cref="Parts"/> are of: 1 as its job wrote it.</summary>
    public int Copy { get; init; } = 1;

    /// <summary>When a copy was sealed, by the storage node's clock; null for what the image's job wrote.</summary>
    public DateTimeOffset? CopiedAt { get; init; }

    /// <summary>When it was sealed, by the storage node's clock.</summary>
    public required DateTimeOffset SealedAt { get; init; }

    /// <summary>Its parts in order, at least one; none where no copy is left.</summary>
    public required IReadOnlyList<PartRecord> Parts { get; init; }

    /// <summary>
    /// Through whom it came to the catalog (acceptance S1-09): `manager NODE`, the job's session on the storage node
    /// that wrote it, or `scan NODE`, one that read its medium. Null where that was not said.
    /// </summary>
    public string? Origin { get; init; }

    /// <summary>Of a record that was read: all its copies, by number.</summary>
    public IReadOnlyList<CopyRecord> Copies { get; init; } = [];
}

/// <summary>Where a copy of a fragment lies.</summary>
/// <param name="Copy">Its number; 1 is what its job wrote.</param>
/// <param name="Index">The tape file of its index.</param>
/// <param name="Parts">Its parts in order.</param>
/// <param name="State">What is known of it.</param>
/// <param name="WrittenAt">When it was sealed on its medium.</param>
/// <param name="Note">Why it is damaged; null: it is not.</param>
public sealed record CopyRecord(
    int Copy, TapePosition Index, IReadOnlyList<PartRecord> Parts, CopyState State, DateTimeOffset WrittenAt,
    string? Note = null)
{
    /// <summary>The volumes that it needs, each once.</summary>
    public IReadOnlyList<VolumeName> Volumes =>
        [.. Parts.Select(part => part.Position.Volume).Append(Index.Volume).Distinct()];
}

/// <summary>What is known of a copy of a fragment.</summary>
public enum CopyState
{
    /// <summary>Nothing is wrong with it.</summary>
    Good = 1,

    /// <summary>Something on its medium is not as it was written: it is read after all others.</summary>
    Damaged = 2,
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

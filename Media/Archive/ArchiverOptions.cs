using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;

namespace Backup.Media.Archive;

/// <summary>How a walk is cut into fragments and chunks.</summary>
public sealed record ArchiverOptions
{
    /// <summary>The image that the members belong to.</summary>
    public required ImageId Image { get; init; }

    /// <summary>
    /// Archive bytes after which a fragment ends at the next member's end, and at which a larger member is cut; a
    /// multiple of 512, 4096 or more.
    /// </summary>
    public long FragmentBytes { get; init; } = 4L << 30;

    /// <summary>Members after which a fragment ends; 1 or more.</summary>
    public int FragmentMembersMax { get; init; } = 131_072;

    /// <summary>How often a file that changed while it was read is read again, while that is possible.</summary>
    public int RereadLimit { get; init; } = 3;

    /// <summary>Where an earlier attempt got to; null for a new image.</summary>
    public ArchiveResume? Resume { get; init; }

    internal void Check()
    {
        if (FragmentBytes < 4096 || FragmentBytes % UstarField.BlockBytes != 0)
            throw new ArgumentException(
                $"Expected {nameof(FragmentBytes)} as a multiple of 512 from 4096 on, found {FragmentBytes}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(FragmentMembersMax, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(RereadLimit);
    }
}

/// <summary>
/// Where an attempt goes on that an earlier one left. The walk must begin behind <paramref name="LastMember"/>.
/// </summary>
/// <param name="Fragment">The fragment to write next: one more than the last that is sealed.</param>
/// <param name="LastMember">The last member that is sealed wholly; null when there is none.</param>
/// <param name="Cut">The member that the last sealed fragment ends inside of; null when it ends between
/// members.</param>
/// <param name="Links">Of the sealed members those whose <see cref="FileEntry.LinkCount"/> is 2 or more, in walk
/// order.</param>
public sealed record ArchiveResume(
    int Fragment, FilePath? LastMember, MemberCut? Cut, IReadOnlyCollection<FileEntry> Links);

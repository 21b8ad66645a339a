using Backup.Media.Archive;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Says whether a file is what a restore would make of an entry: size, mtime, mode, owner, every extended attribute and
/// flag, and the content by its digest. What cannot be told so is none: files with several names, with holes, with
/// set-id bits, or without a digest.
/// </summary>
internal sealed class RestoredCopy
{
    private const uint ModeBits = 0xfff;
    private readonly AttributeReader _attributes = new();
    private readonly ContentHash _hash = new();
    private readonly byte[] _buffer = new byte[256 * 1024];

    /// <summary>Reads a file that looks like it.</summary>
    /// <param name="entry">Of a regular file.</param>
    /// <param name="found">What has its name, open by O_PATH.</param>
    /// <param name="status">Of that.</param>
    internal bool Is(FileEntry entry, int found, in FileStatus status)
    {
        if (!MayBeTold(entry) || status.Type != NodeType.Regular || status.LinkCount != 1
            || status.Size != entry.Size || status.Modified != entry.Modified
            || (status.Mode & ModeBits) != entry.Mode) return false;
        if (SystemCall.EffectiveUser == 0 && (status.UserId, status.GroupId) != (entry.UserId, entry.GroupId))
            return false;
        var descriptor = SystemCall.OpenByProc(
            found, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.CloseOnExec);
        if (descriptor < 0) return false;
        var isCopy = HasAttributes(entry, descriptor, status) && HasContent(entry, descriptor);
        SystemCall.Close(descriptor);
        return isCopy;
    }

    private static bool MayBeTold(FileEntry entry) =>
        entry is { Sparse: false, LinkCount: 1, LinkTarget: null, Size: > 0 }
        && (entry.Mode & ~MetadataWriter.PermissionBits) == 0 && entry.Digest.Algorithm != DigestAlgorithm.None;

    private bool HasAttributes(FileEntry entry, int descriptor, in FileStatus status)
    {
        var isRead = true;
        var found = _attributes.Read(descriptor, status, byProc: false, (_, _, _) => isRead = false);
        var expected = AccessTime.Without(entry.Attributes);
        if (!isRead || found.Count != expected.Count) return false;
        for (var at = 0; at < found.Count; at++)
            if (!found[at].Name.AsSpan().SequenceEqual(expected[at].Name)
                || !found[at].Value.AsSpan().SequenceEqual(expected[at].Value)) return false;
        return true;
    }

    private bool HasContent(FileEntry entry, int descriptor)
    {
        _hash.Begin(entry.Digest.Algorithm);
        var at = 0L;
        while (at <= entry.Size && SystemCall.ReadAt(descriptor, _buffer, at) is var count && count != 0)
        {
            if (count < 0) return false;
            _hash.Append(_buffer.AsSpan(0, count));
            at += count;
        }
        return _hash.End().Equals(entry.Digest) && at == entry.Size;
    }
}

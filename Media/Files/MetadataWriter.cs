using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Sets owner, attributes, mode, time and flags of what a descriptor is open on; in that order, as each of them may
/// undo a later one.
/// </summary>
internal sealed class MetadataWriter(RestoreOptions options, Action<FileException> onException)
{
    internal const uint PermissionBits = 0x1ff;
    private const uint SetIdBits = 0xc00;
    private readonly List<(FileEntry Entry, ulong Device, ulong Inode)> _last = [];
    private readonly bool _setsOwner = options.Owner ?? SystemCall.EffectiveUser == 0;

    /// <summary>Sets what an entry says.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="descriptor">The item, opened by this restore.</param>
    /// <param name="byProc">True for one that is open by O_PATH.</param>
    /// <param name="made">What a new item has already, which need not be set; null when nothing is known.</param>
    internal void Set(FileEntry entry, int descriptor, bool byProc, Creation? made = null)
    {
        var isOwned = _setsOwner
            && ((made?.UserId == entry.UserId && made?.GroupId == entry.GroupId)
                || Done(entry, "fchownat", "owner", SystemCall.ChangeOwner(descriptor, entry.UserId, entry.GroupId)));
        foreach (var attribute in entry.Attributes)
        {
            if (!options.SetId && attribute.Name.AsSpan().SequenceEqual("security.capability"u8)) continue;
            if (InodeFlags.IsIn(attribute) || AccessTime.IsIn(attribute)) continue;
            var result = SystemCall.SetAttribute(descriptor, attribute.Name, attribute.Value, byProc);
            if (result < 0) Done(entry, "setxattr", $"attribute {PathText.Escape(attribute.Name)}", result);
        }
        var mode = ModeOf(entry, isOwned);
        // An ACL is an attribute
        var hasMode = entry.Kind == FileKind.Symlink || (made?.Mode == mode && entry.Attributes.Count == 0);
        if (!hasMode) Done(entry, "fchmod", "mode", ChangeMode(descriptor, mode, byProc));
        Done(entry, "utimensat", "time", SystemCall.SetTimes(
            descriptor, entry.Modified, AccessTime.Of(entry), byProc));
        var done = entry.Kind == FileKind.Regular ? InodeFlags.First : 0;
        if (!byProc) SetFlags(entry, descriptor, ~InodeFlags.Last & ~done);
    }

    /// <summary>Sets those of an entry's inode flags that are wanted now.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="descriptor">A file or directory, open for reading.</param>
    /// <param name="among">Which may be set.</param>
    internal void SetFlags(FileEntry entry, int descriptor, uint among)
    {
        var wanted = InodeFlags.Of(entry) & among;
        if (wanted == 0) return;
        var refused = InodeFlags.Add(descriptor, wanted, out var result);
        if (refused != 0) Done(entry, "ioctl", $"inode flags ({InodeFlags.Format(refused)})", result);
    }

    /// <summary>
    /// Notes an entry that is in place and whose last flags are to be set when nothing more is made: a file that is
    /// immutable takes no further name, and such a directory nothing at all.
    /// </summary>
    internal void NoteLast(FileEntry entry, int descriptor)
    {
        if ((InodeFlags.Of(entry) & InodeFlags.Last) == 0) return;
        var result = SystemCall.Status(descriptor, out var status);
        if (Done(entry, "statx", "inode flags", result)) _last.Add((entry, status.Device, status.Inode));
    }

    /// <summary>The same of an item that is left as it is.</summary>
    internal void NoteLast(FileEntry entry, ulong device, ulong inode)
    {
        if ((InodeFlags.Of(entry) & InodeFlags.Last) != 0) _last.Add((entry, device, inode));
    }

    /// <summary>Sets the last flags of all that were noted.</summary>
    /// <param name="open">Opens (O_PATH) what is still the same; else a negative errno.</param>
    internal void SetLast(Func<FilePath, ulong, ulong, int> open)
    {
        foreach (var (entry, device, inode) in _last)
        {
            var found = open(entry.Path, device, inode);
            if (!Done(entry, "openat2", "inode flags", found)) continue;
            var descriptor = SystemCall.OpenByProc(
                found, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.CloseOnExec);
            SystemCall.Close(found);
            if (!Done(entry, "openat", "inode flags", descriptor)) continue;
            SetFlags(entry, descriptor, InodeFlags.Last);
            SystemCall.Close(descriptor);
        }
        _last.Clear();
    }

    internal static bool HasDefaultAcl(int descriptor) =>
        SystemCall.GetAttribute(descriptor, "system.posix_acl_default"u8, [], byProc: false) >= 0;

    /// <summary>Drops the ACLs that a new item got from its directory; where it has none, that is no error.</summary>
    internal static void DropInheritedAcl(int descriptor, bool byProc = false)
    {
        SystemCall.RemoveAttribute(descriptor, "system.posix_acl_access"u8, byProc);
        SystemCall.RemoveAttribute(descriptor, "system.posix_acl_default"u8, byProc);
    }

    // A set-id bit without the owner that it was for would lend the rights of whoever restores.
    private uint ModeOf(FileEntry entry, bool isOwned)
    {
        if (!options.SetId) return entry.Mode & PermissionBits;
        return isOwned || _setsOwner is false && entry.UserId == SystemCall.EffectiveUser
            ? entry.Mode : entry.Mode & ~SetIdBits;
    }

    private static int ChangeMode(int descriptor, uint mode, bool byProc) =>
        byProc ? SystemCall.ChangeModeByProc(descriptor, mode) : SystemCall.ChangeMode(descriptor, mode);

    private bool Done(FileEntry entry, string operation, string what, int result)
    {
        if (result >= 0) return true;
        var detail = $"Its {what} could not be set: {Errno.Describe(-result)}.";
        onException(new FileException(
            entry.Path.ToArray(), FileExceptionKind.AttributesNotSet, operation, -result, detail));
        return false;
    }
}

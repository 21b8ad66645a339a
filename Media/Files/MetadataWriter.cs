using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Sets owner, attributes, mode and time of what a descriptor is open on; in that order, as each of them may undo a
/// later one.
/// </summary>
internal sealed class MetadataWriter(RestoreOptions options, Action<FileException> onException)
{
    private const uint PermissionBits = 0x1ff;
    private const uint SetIdBits = 0xc00;
    private readonly bool _setsOwner = options.Owner ?? SystemCall.EffectiveUser == 0;

    /// <summary>Sets what an entry says.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="descriptor">The item, opened by this restore.</param>
    /// <param name="byProc">True for one that is open by O_PATH.</param>
    internal void Set(FileEntry entry, int descriptor, bool byProc)
    {
        var isOwned = _setsOwner
            && Done(entry, "fchownat", "owner", SystemCall.ChangeOwner(descriptor, entry.UserId, entry.GroupId));
        foreach (var attribute in entry.Attributes)
        {
            if (!options.SetId && attribute.Name.AsSpan().SequenceEqual("security.capability"u8)) continue;
            var result = SystemCall.SetAttribute(descriptor, attribute.Name, attribute.Value, byProc);
            if (result < 0) Done(entry, "setxattr", $"attribute {PathText.Escape(attribute.Name)}", result);
        }
        if (entry.Kind != FileKind.Symlink)
            Done(entry, "fchmod", "mode", ChangeMode(descriptor, ModeOf(entry, isOwned), byProc));
        Done(entry, "utimensat", "time", SystemCall.SetModified(
            descriptor, entry.Modified.Seconds, entry.Modified.Nanoseconds, byProc));
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

using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Makes files that have no name until they are whole (O_TMPFILE of open(2)): nobody sees anything of them before, a
/// kill leaves nothing of them, and a link never replaces what is there. Not every file system can do that; each that a
/// restore meets is tried once.
/// </summary>
internal sealed class UnnamedFiles
{
    private enum Linking
    {
        Not,
        ByDescriptor,
        ByProc,
    }

    // The mask is what the kernel takes from the mode of a new file; all bits where it was not found out.
    private readonly record struct Ability(Linking Linking, uint Mask);

    private readonly Dictionary<ulong, Ability> _abilities = [];

    /// <summary>Makes a file for reading and writing.</summary>
    /// <param name="level">The directory that it will get its name in.</param>
    /// <param name="mode">Permission bits that it is to have in the end.</param>
    /// <param name="made">What it has already; null where nothing is known.</param>
    /// <returns>The descriptor, or a negative errno: then a temporary name must do.</returns>
    internal int Open(TargetLevel level, uint mode, out Creation? made)
    {
        made = null;
        var ability = AbilityOf(level);
        if (ability.Linking == Linking.Not) return -Errno.NotSupported;
        var descriptor = OpenIn(level, mode);
        if (descriptor >= 0 && OwnerIn(level, descriptor) is { } owner)
            made = new Creation(owner.User, owner.Group, mode & ~ability.Mask);
        return descriptor;
    }

    /// <summary>Gives a file that <see cref="Open"/> made its name.</summary>
    /// <returns>0, or a negative errno: EEXIST when something has that name.</returns>
    internal int Link(int descriptor, TargetLevel level, ReadOnlySpan<byte> name) =>
        Link(AbilityOf(level).Linking, descriptor, level, name);

    private static int Link(
        Linking linking, int descriptor, TargetLevel level, ReadOnlySpan<byte> name) => linking == Linking.ByDescriptor
        ? SystemCall.LinkDescriptor(descriptor, level.Descriptor, name)
        : SystemCall.LinkByProc(descriptor, level.Descriptor, name);

    private Ability AbilityOf(TargetLevel level)
    {
        if (_abilities.TryGetValue(level.Device, out var ability)) return ability;
        return _abilities[level.Device] = Try(level);
    }

    /// <summary>
    /// Links a file under a temporary name, since some file systems make one without a name and then cannot name it.
    /// </summary>
    private static Ability Try(TargetLevel level)
    {
        var descriptor = OpenIn(level, MetadataWriter.PermissionBits);
        if (descriptor < 0) return default;
        var name = TargetLevel.TemporaryName();
        // By the descriptor alone only root may, and since Linux 6.10 who opened it.
        var linking = Array.Find(
            [Linking.ByDescriptor, Linking.ByProc], way => Link(way, descriptor, level, name) >= 0);
        if (linking != Linking.Not) TargetLevel.Remove(level, name);
        var result = SystemCall.Status(descriptor, out var status);
        var mask = result < 0 || level.HasDefaultAcl
            ? MetadataWriter.PermissionBits : MetadataWriter.PermissionBits & ~status.Mode;
        SystemCall.Close(descriptor);
        return new Ability(linking, mask);
    }

    /// <summary>
    /// Owner and group of what this process makes in a directory: the group may be the directory's. Asked for the first
    /// file, and only believed where nobody else can change the directory meanwhile.
    /// </summary>
    private static (uint User, uint Group)? OwnerIn(TargetLevel level, int descriptor)
    {
        if (!level.IsNew) return null;
        if (level.OwnerOfNew is null && SystemCall.Status(descriptor, out var status) >= 0)
            level.OwnerOfNew = (status.UserId, status.GroupId);
        return level.OwnerOfNew;
    }

    private static int OpenIn(TargetLevel level, uint mode) => SystemCall.OpenAt2(
        level.Descriptor, "."u8, OpenFlags.ReadWrite | OpenFlags.Unnamed | OpenFlags.CloseOnExec, mode,
        OpenFlags.ResolveBeneath);
}

/// <summary>What a new file has before anything is set.</summary>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group.</param>
/// <param name="Mode">Permission bits.</param>
internal readonly record struct Creation(uint UserId, uint GroupId, uint Mode);

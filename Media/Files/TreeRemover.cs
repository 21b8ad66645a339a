using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Removes a whole tree, whatever its names, depth and permissions: by descriptors, following no link. Directories are
/// moved up beside the tree's first level before they are emptied, so that no path gets long and no more than two
/// descriptors are open.
/// </summary>
public static class TreeRemover
{
    private const int BufferBytes = 32 * 1024;
    private const uint OwnerAll = 0x1c0; // 0700

    /// <summary>Removes a directory with all below.</summary>
    /// <param name="directory">The directory; one that does not exist is removed already.</param>
    /// <exception cref="PosixException">Something cannot be removed.</exception>
    public static void Remove(string directory)
    {
        if (!Directory.Exists(directory)) return;
        using (var root = Descriptor.OpenDirectory(directory))
        {
            var top = root.Number;
            SystemCall.ChangeMode(top, OwnerAll);
            var buffer = new byte[BufferBytes];
            var moved = 0L;
            while (NamesIn(directory, buffer) is { Count: > 0 } names)
                foreach (var name in names) Empty(top, name, buffer, ref moved);
        }
        Directory.Delete(directory);
    }

    /// <summary>
    /// Removes one name of the first level; what its subdirectories hold is moved up and comes later.
    /// </summary>
    private static void Empty(int top, byte[] name, byte[] buffer, ref long moved)
    {
        if (SystemCall.UnlinkAt(top, name) >= 0) return;
        var opened = SystemCall.OpenAt(
            top, name, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.CloseOnExec);
        if (opened == -Errno.AccessDenied)
        {
            var path = SystemCall.OpenAt(top, name, OpenFlags.PathOnly | OpenFlags.NoFollow | OpenFlags.CloseOnExec);
            if (path >= 0)
            {
                SystemCall.ChangeModeByProc(path, OwnerAll);
                SystemCall.Close(path);
            }
            opened = SystemCall.OpenAt(
                top, name, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.CloseOnExec);
        }
        var descriptor = (int)PosixException.Check(opened, "openat", name);
        try
        {
            SystemCall.ChangeMode(descriptor, OwnerAll);
            foreach (var child in Names(descriptor, buffer))
            {
                if (SystemCall.UnlinkAt(descriptor, child) >= 0) continue;
                var place = System.Text.Encoding.ASCII.GetBytes($".removing-{Guid.NewGuid():N}-{moved++}");
                PosixException.Check(
                    SystemCall.RenameAt(descriptor, child, top, place, noReplace: false), "renameat", child);
            }
        }
        finally
        {
            SystemCall.Close(descriptor);
        }
        PosixException.Check(SystemCall.RemoveDirectoryAt(top, name), "unlinkat", name);
    }

    private static List<byte[]> NamesIn(string directory, byte[] buffer)
    {
        using var opened = Descriptor.OpenDirectory(directory);
        return Names(opened.Number, buffer);
    }

    /// <summary>All names in an open directory.</summary>
    internal static List<byte[]> Names(int descriptor, byte[] buffer)
    {
        var found = new List<byte[]>();
        using var names = DirectoryNames.Read(
            descriptor, [], new WalkOptions { NamesInMemoryMax = int.MaxValue }, buffer, out var errno);
        PosixException.Check(-errno, "getdents64");
        while (names.Next(out var name, out _)) found.Add(name.ToArray());
        return found;
    }
}

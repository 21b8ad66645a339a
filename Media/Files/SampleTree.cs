using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Makes a small tree of everything that is hard to save, for demonstrations and tests. The same seed makes the same
/// content.
/// </summary>
public sealed class SampleTree
{
    private const uint FileMode = 0x1a4;      // 0644
    private const uint DirectoryMode = 0x1ed; // 0755
    private const int MiB = 1 << 20;
    private readonly List<string> _leftOut = [];
    private readonly Random _random;
    private readonly long _sparseBytesMax;

    private SampleTree(int seed, long sparseBytesMax) =>
        (_random, _sparseBytesMax) = (new Random(seed), sparseBytesMax);

    /// <summary>Makes the tree.</summary>
    /// <param name="directory">Is made when it is not there; should be empty.</param>
    /// <param name="seed">Decides random content.</param>
    /// <param name="sparseBytesMax">Size of the largest sparse file; smaller where the file system does not take
    /// it.</param>
    /// <returns>What could not be made here and why, one sentence each.</returns>
    /// <exception cref="PosixException">An ordinary file or directory cannot be made.</exception>
    public static IReadOnlyList<string> Create(string directory, int seed = 1, long sparseBytesMax = 8L << 40)
    {
        Directory.CreateDirectory(directory);
        using var root = Descriptor.OpenDirectory(directory);
        var tree = new SampleTree(seed, sparseBytesMax);
        tree.Contents(tree.Enter(root.Number, "contents"u8));
        tree.Sparse(tree.Enter(root.Number, "sparse"u8));
        tree.Links(tree.Enter(root.Number, "links"u8));
        tree.Names(tree.Enter(root.Number, "names"u8));
        tree.Deep(tree.Enter(root.Number, "deep"u8));
        tree.Times(tree.Enter(root.Number, "times"u8));
        tree.Attributes(tree.Enter(root.Number, "attributes"u8));
        tree.Modes(tree.Enter(root.Number, "modes"u8));
        tree.Specials(tree.Enter(root.Number, "specials"u8));
        return tree._leftOut;
    }

    private void Contents(int directory)
    {
        File(directory, "empty"u8, []);
        File(directory, "one-byte"u8, [0x5a]);
        foreach (var size in (int[])[MiB - 1, MiB, MiB + 1, 3 * MiB + 17])
            File(directory, Encoding.ASCII.GetBytes($"random-{size}"), Random(size));
        File(directory, "zeros"u8, new byte[2 * MiB]);
        var line = "The quick brown fox jumps over the lazy dog.\n"u8.ToArray();
        File(directory, "text"u8, [.. Enumerable.Repeat(line, 40_000).SelectMany(bytes => bytes)]);
        File(directory, "archive.tar"u8, Archive());
        SystemCall.Close(directory);
    }

    private void Sparse(int directory)
    {
        File(directory, "hole-at-end"u8, Random(4096), size: 16 * MiB);
        File(directory, "only-hole"u8, [], size: 5 * MiB + 1);
        File(directory, "data-after-hole"u8, Random(10_000), offset: 3 * MiB + 5);
        for (var size = _sparseBytesMax; ; size >>= 1)
        {
            var name = Encoding.ASCII.GetBytes($"hole-of-{size}");
            var descriptor = Make(directory, name);
            var result = SystemCall.Truncate(descriptor, size);
            if (result >= 0) result = SystemCall.WriteAt(descriptor, Random(4096), size / 2);
            if (result >= 0) result = SystemCall.WriteAt(descriptor, "end"u8, size - 3);
            SystemCall.Close(descriptor);
            if (result >= 0) break;
            SystemCall.UnlinkAt(directory, name);
            _leftOut.Add($"A sparse file of {size} bytes: {Errno.Describe(-result)}.");
            if (size < MiB) break;
        }
        SystemCall.Close(directory);
    }

    private void Links(int directory)
    {
        File(directory, "first"u8, Random(100_000));
        var other = Enter(directory, "other"u8);
        Try("A hard link", SystemCall.LinkAt(directory, "first"u8, directory, "second"u8));
        Try("A hard link in another directory", SystemCall.LinkAt(directory, "first"u8, other, "third"u8));
        Try("A symbolic link", SystemCall.SymlinkAt("first"u8, directory, "symlink"u8));
        Try("A second name of a symbolic link", SystemCall.LinkAt(directory, "symlink"u8, other, "symlink-too"u8));
        Try("A dangling link", SystemCall.SymlinkAt("no/such/file"u8, directory, "dangling"u8));
        Try("An absolute link", SystemCall.SymlinkAt("/etc/passwd"u8, directory, "absolute"u8));
        Try("A link upwards", SystemCall.SymlinkAt("../.."u8, directory, "upwards"u8));
        Try("A loop of links", SystemCall.SymlinkAt("loop-b"u8, directory, "loop-a"u8));
        Try("A loop of links", SystemCall.SymlinkAt("loop-a"u8, directory, "loop-b"u8));
        Try("A link to itself", SystemCall.SymlinkAt("self"u8, directory, "self"u8));
        Try("A long link", SystemCall.SymlinkAt(Encoding.ASCII.GetBytes(new string('t', 1000)), directory, "long"u8));
        Try("A link with odd bytes", SystemCall.SymlinkAt("a\nb\u00ff\\ "u8, directory, "odd"u8));
        SystemCall.Close(other);
        SystemCall.Close(directory);
    }

    private void Names(int directory)
    {
        byte[][] names =
        [
            [.. "new\nline"u8], [.. "tab\there"u8], [.. "escape\u001b[31m"u8], [.. "bidi\u202etxt.exe"u8],
            [0xff, 0xfe, 0x80],
            [.. "-rf"u8], [.. "trailing space "u8], [.. " leading space"u8], [.. "dot."u8], [.. "..."u8],
            [.. "back\\slash"u8],
            [.. "quote'\"`$(id)"u8], [.. "*?[a]"u8], [.. "percent%s%n"u8], [.. "e\u0301"u8], [.. "\u00e9"u8],
            [.. "a"u8], [.. "a-b"u8],
            [.. "a.b"u8], [.. "\u65e5\u672c\u8a9e"u8], [0x01], [0x7f],
        ];
        foreach (var name in names) File(directory, name, name);
        File(directory, Encoding.ASCII.GetBytes(new string('n', 255)), [1]);
        File(directory, [.. Enumerable.Repeat((byte)0xff, 255)], [2]);
        var inner = Enter(directory, "a "u8);
        File(inner, "sorted between"u8, [3]);
        SystemCall.Close(inner);
        SystemCall.Close(directory);
    }

    private void Deep(int directory)
    {
        for (var depth = 0; depth < 25; depth++)
        {
            var below = Enter(directory, Encoding.ASCII.GetBytes(new string((char)('a' + depth), 200)));
            SystemCall.Close(directory);
            directory = below;
        }
        File(directory, "bottom"u8, "more than 4096 bytes of path\n"u8);
        SystemCall.Close(directory);
    }

    private void Times(int directory)
    {
        (string Name, long Seconds, int Nanoseconds)[] times =
        [
            ("nanoseconds", 1_000_000_000, 123_456_789), ("before-1970", -86_401, 999_999_999), ("second-0", 0, 0),
            ("after-2038", 1L << 31, 1), ("after-2106", (1L << 32) + 5, 7), ("far-future", 15_000_000_000, 0),
        ];
        foreach (var (name, seconds, nanoseconds) in times)
        {
            var bytes = Encoding.ASCII.GetBytes(name);
            File(directory, bytes, bytes);
            Try($"The time {seconds}", SystemCall.SetModifiedAt(directory, bytes, seconds, nanoseconds));
        }
        Try("A time on a link", SystemCall.SymlinkAt("nanoseconds"u8, directory, "link"u8));
        Try("A time on a link", SystemCall.SetModifiedAt(directory, "link"u8, 1_100_000_000, 5));
        Try("A time on a directory", SystemCall.SetTimes(
            directory, new UnixTime(1_200_000_000, 42), accessed: null, byProc: false));
        SystemCall.Close(directory);
    }

    private void Attributes(int directory)
    {
        var file = Make(directory, "extended"u8);
        Set(file, "user.comment"u8, "a comment"u8);
        Set(file, "user.empty"u8, []);
        Set(file, "user.binary"u8, [0, 1, 2, 10, 61, 255]);
        Set(file, "user.large"u8, Random(2000));
        if (SystemCall.EffectiveUser == 0)
        {
            Set(file, "trusted.note"u8, "root's"u8);
            // VFS_CAP_REVISION_2, permitted: CAP_NET_BIND_SERVICE.
            Set(file, "security.capability"u8, [0, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        else _leftOut.Add("Attributes trusted.* and file capabilities: need root.");
        SystemCall.Close(file);
        var acl = Make(directory, "acl"u8);
        Set(acl, "system.posix_acl_access"u8, Acl(6));
        SystemCall.Close(acl);
        var inner = Enter(directory, "acl-directory"u8);
        Set(inner, "system.posix_acl_access"u8, Acl(7, owner: 7)); // without x not even its owner could enter it
        Set(inner, "system.posix_acl_default"u8, Acl(5));
        File(inner, "inherits"u8, [1]);
        SystemCall.Close(inner);
        SystemCall.Close(directory);
    }

    private void Modes(int directory)
    {
        uint[] modes = [0x100, 0x1ff, 0x9ed, 0x5ed, 0xded, 0x1a0];
        foreach (var mode in modes)
        {
            var file = Make(directory, Encoding.ASCII.GetBytes($"mode-{Convert.ToString(mode, 8)}"));
            Try($"Mode {Convert.ToString(mode, 8)}", SystemCall.ChangeMode(file, mode));
            SystemCall.Close(file);
        }
        var sticky = Enter(directory, "sticky"u8);
        Try("A sticky directory", SystemCall.ChangeMode(sticky, 0x3ff));
        SystemCall.Close(sticky);
        var closed = Enter(directory, "read-only"u8);
        File(closed, "inside"u8, [1]);
        Try("A directory that cannot be written", SystemCall.ChangeMode(closed, 0x16d));
        SystemCall.Close(closed);
        SystemCall.Close(directory);
    }

    private void Specials(int directory)
    {
        Try("A FIFO", SystemCall.MakeNodeAt(directory, "fifo"u8, NodeType.Fifo, FileMode, 0, 0));
        if (SystemCall.EffectiveUser == 0)
        {
            Try("A character device", SystemCall.MakeNodeAt(
                directory, "null"u8, NodeType.CharacterDevice, FileMode, 1, 3));
            Try("A block device", SystemCall.MakeNodeAt(
                directory, "block"u8, NodeType.BlockDevice, FileMode, 4000, 70_000));
            foreach (var user in (uint[])[12_345, uint.MaxValue - 1])
            {
                var file = Make(directory, Encoding.ASCII.GetBytes($"owner-{user}"));
                Try($"Owner {user}", SystemCall.ChangeOwner(file, user, user - 1));
                SystemCall.Close(file);
            }
            File(directory, "no-permission"u8, [1]);
            var none = SystemCall.OpenAt(directory, "no-permission"u8, OpenFlags.ReadOnly | OpenFlags.CloseOnExec);
            Try("Mode 0", SystemCall.ChangeMode(none, 0));
            SystemCall.Close(none);
        }
        else _leftOut.Add("Devices, foreign owners and a file without any permission: need root.");
        SystemCall.Close(directory);
    }

    private void Set(int descriptor, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Try($"Attribute {PathText.Escape(name)}", SystemCall.SetAttribute(descriptor, name, value, byProc: false));

    private void Try(string what, int result)
    {
        if (result < 0) _leftOut.Add($"{what}: {Errno.Describe(-result)}.");
    }

    private byte[] Random(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    // Version 2, then tag, permission and id of owner, user 12345, group, mask and others (linux/posix_acl_xattr.h).
    private static byte[] Acl(ushort permission, ushort owner = 6)
    {
        (ushort Tag, ushort Permission, uint Id)[] entries =
            [(1, owner, uint.MaxValue), (2, permission, 12_345), (4, 4, uint.MaxValue), (16, permission, uint.MaxValue),
                (32, 0, uint.MaxValue)];
        var bytes = new byte[4 + entries.Length * 8];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 2);
        for (var index = 0; index < entries.Length; index++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4 + index * 8), entries[index].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6 + index * 8), entries[index].Permission);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8 + index * 8), entries[index].Id);
        }
        return bytes;
    }

    private static byte[] Archive()
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var name in (string[])["planted", "../planted-above", "/tmp/planted-absolute"])
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name)
                {
                    ModificationTime = DateTimeOffset.UnixEpoch,
                    DataStream = new MemoryStream("Never restored by itself.\n"u8.ToArray()),
                });
        return bytes.ToArray();
    }

    private static void File(
        int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content, long offset = 0, long size = 0)
    {
        var descriptor = Make(directory, name);
        PosixException.Check(SystemCall.WriteAt(descriptor, content, offset), "pwrite", name);
        if (size > 0) PosixException.Check(SystemCall.Truncate(descriptor, size), "ftruncate", name);
        SystemCall.Close(descriptor);
    }

    private static int Make(int directory, ReadOnlySpan<byte> name) => (int)PosixException.Check(
        SystemCall.OpenAt(directory, name,
            OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow
                | OpenFlags.CloseOnExec, FileMode),
        "openat", name);

    private int Enter(int directory, ReadOnlySpan<byte> name)
    {
        PosixException.Check(SystemCall.MakeDirectoryAt(directory, name, DirectoryMode), "mkdirat", name);
        return (int)PosixException.Check(
            SystemCall.OpenAt(
                directory, name, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.CloseOnExec),
            "openat", name);
    }
}

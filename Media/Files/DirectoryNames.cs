using System.Buffers;
using System.Buffers.Binary;
using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// The names in one directory, read at once and handed out in byte order. Up to a limit they are sorted in memory,
/// beyond it in runs in a temporary file that are merged.
/// </summary>
internal sealed class DirectoryNames : IDisposable
{
    private readonly int _namesMax;
    private readonly string _temporaryDirectory;
    private byte[] _arena = ArrayPool<byte>.Shared.Rent(1024);
    private NameRef[] _names = ArrayPool<NameRef>.Shared.Rent(32);
    private int _arenaLength;
    private int _count;
    private int _next;
    private NameRuns? _runs;

    private DirectoryNames(int namesMax, string temporaryDirectory) =>
        (_namesMax, _temporaryDirectory) = (namesMax, temporaryDirectory);

    /// <summary>A name in the arena; the first eight bytes decide most comparisons.</summary>
    private readonly record struct NameRef(ulong Prefix, int Offset, ushort Length, NodeType Type);

    /// <summary>True when the directory holds CACHEDIR.TAG.</summary>
    internal bool HasCacheTag { get; private set; }

    /// <summary>True when the directory holds the marker.</summary>
    internal bool HasMarker { get; private set; }

    /// <summary>Set to hand out CACHEDIR.TAG alone.</summary>
    internal bool CacheTagOnly { get; set; }

    /// <summary>Reads all names; on failure those up to it.</summary>
    /// <param name="descriptor">Open directory at its beginning.</param>
    /// <param name="marker">A name to look for; empty for none.</param>
    /// <param name="options">Limits.</param>
    /// <param name="buffer">Scratch, some tens of KiB.</param>
    /// <param name="errno">0, or why the list is not whole.</param>
    internal static DirectoryNames Read(
        int descriptor, byte[] marker, WalkOptions options, byte[] buffer, out int errno)
    {
        var names = new DirectoryNames(options.NamesInMemoryMax, options.TemporaryDirectory);
        while (true)
        {
            var length = SystemCall.ReadDirectory(descriptor, buffer);
            errno = length < 0 ? -length : 0;
            if (length <= 0) break;
            names.Add(buffer.AsSpan(0, length), marker);
        }
        names.Sort();
        if (names._runs is null) return names;
        names.Spill();
        names._runs.StartMerge();
        return names;
    }

    /// <summary>The list of a directory that cannot be read.</summary>
    internal static DirectoryNames Empty() => new(0, "");

    /// <summary>The next name, valid until the call after; false at the end.</summary>
    internal bool Next(out ReadOnlySpan<byte> name, out NodeType type)
    {
        while (_runs is null ? NextInMemory(out name, out type) : _runs.Next(out name, out type))
            if (!CacheTagOnly || name.SequenceEqual(CacheTag.Name)) return true;
        return false;
    }

    /// <summary>Looks at one name.</summary>
    internal delegate void Look(ReadOnlySpan<byte> name, NodeType type);

    /// <summary>Looks at all names without handing them out, before the first is.</summary>
    internal void LookAtAll(Look look)
    {
        if (_runs is not null)
        {
            while (_runs.Next(out var name, out var type)) look(name, type);
            _runs.StartMerge();
            return;
        }
        for (var at = 0; at < _count; at++)
            if (at == 0 || !NameOf(_names[at]).SequenceEqual(NameOf(_names[at - 1])))
                look(NameOf(_names[at]), _names[at].Type);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_arena);
        ArrayPool<NameRef>.Shared.Return(_names);
        (_arena, _names, _count) = ([], [], 0);
        _runs?.Dispose();
    }

    private bool NextInMemory(out ReadOnlySpan<byte> name, out NodeType type)
    {
        name = default;
        type = default;
        // A directory that changes while it is listed may tell a name twice.
        while (_next > 0 && _next < _count && NameOf(_names[_next]).SequenceEqual(NameOf(_names[_next - 1]))) _next++;
        if (_next >= _count) return false;
        name = NameOf(_names[_next]);
        type = _names[_next++].Type;
        return true;
    }

    // struct linux_dirent64: inode (8), offset (8), record length (2), type (1), name with NUL.
    private void Add(ReadOnlySpan<byte> records, byte[] marker)
    {
        while (!records.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            var type = (NodeType)records[18];
            var name = records[19..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) Add(name, type, marker);
            records = records[length..];
        }
    }

    private void Add(ReadOnlySpan<byte> name, NodeType type, byte[] marker)
    {
        if (_count == _namesMax)
        {
            Sort();
            Spill();
        }
        if (_arenaLength + name.Length > _arena.Length) _arena = Grown(_arena, _arenaLength);
        if (_count == _names.Length) _names = Grown(_names, _count);
        name.CopyTo(_arena.AsSpan(_arenaLength));
        _names[_count++] = new NameRef(PrefixOf(name), _arenaLength, (ushort)name.Length, type);
        _arenaLength += name.Length;
        HasCacheTag |= name.SequenceEqual(CacheTag.Name);
        HasMarker |= marker.Length > 0 && name.SequenceEqual(marker);
    }

    private void Spill()
    {
        _runs ??= new NameRuns(_temporaryDirectory);
        _runs.BeginRun();
        foreach (ref readonly var name in _names.AsSpan(0, _count)) _runs.Add(NameOf(name), name.Type);
        _runs.EndRun();
        (_count, _arenaLength) = (0, 0);
    }

    private void Sort()
    {
        var arena = _arena;
        _names.AsSpan(0, _count).Sort((left, right) =>
            left.Prefix != right.Prefix
                ? left.Prefix.CompareTo(right.Prefix)
                : arena.AsSpan(left.Offset, left.Length).SequenceCompareTo(arena.AsSpan(right.Offset, right.Length)));
    }

    private ReadOnlySpan<byte> NameOf(in NameRef name) => _arena.AsSpan(name.Offset, name.Length);

    private static ulong PrefixOf(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 8) return BinaryPrimitives.ReadUInt64BigEndian(name);
        ulong prefix = 0;
        for (var at = 0; at < 8; at++) prefix = (prefix << 8) | (at < name.Length ? name[at] : 0u);
        return prefix;
    }

    private static T[] Grown<T>(T[] full, int used)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(full.Length * 2, 1024));
        full.AsSpan(0, used).CopyTo(larger);
        ArrayPool<T>.Shared.Return(full);
        return larger;
    }
}

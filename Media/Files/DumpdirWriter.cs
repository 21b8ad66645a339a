using System.Buffers;

namespace Backup.Media.Files;

/// <summary>
/// Writes the list of a directory's names that GNU tar calls a dumpdir (GNU tar's manual, "Dumpdir"): a letter, the
/// name, NUL; one more NUL at the end. The letters used are Y (of another kind than a directory), D (a directory) and N
/// (there, and none of the archive's business).
/// </summary>
/// <param name="bytesMax">A longer list is none.</param>
internal sealed class DumpdirWriter(int bytesMax)
{
    private readonly ArrayBufferWriter<byte> _list = new(1024);

    internal void Add(char letter, ReadOnlySpan<byte> name)
    {
        if (_list.WrittenCount > bytesMax) return;
        _list.Write((ReadOnlySpan<byte>)[(byte)letter]);
        _list.Write(name);
        _list.Write((ReadOnlySpan<byte>)[0]);
    }

    /// <summary>The list; null when it is too long for an archive.</summary>
    internal byte[]? ToArray()
    {
        if (_list.WrittenCount > bytesMax) return null;
        _list.Write((ReadOnlySpan<byte>)[0]);
        return _list.WrittenSpan.ToArray();
    }
}

using Backup.Media.Files;

namespace Backup.Media.Fragments;

/// <summary>Whether an entry is wanted.</summary>
/// <param name="path">The bytes of its path; only for the time of the call.</param>
public delegate bool EntryChoice(ReadOnlySpan<byte> path);

/// <summary>The entries of a block, of which only some were made.</summary>
public sealed class EntryLines
{
    /// <summary>No entries.</summary>
    public static readonly EntryLines None = new([], []);

    private readonly byte[] _paths;
    private readonly EntryLine[] _lines;

    internal EntryLines(byte[] paths, EntryLine[] lines) => (_paths, _lines) = (paths, lines);

    /// <summary>How many there are, wanted or not.</summary>
    public int Count => _lines.Length;

    /// <summary>One of them.</summary>
    /// <param name="at">From 0, in walk order.</param>
    public EntryLine this[int at] => _lines[at];

    /// <summary>The path of one of them.</summary>
    /// <param name="at">From 0, in walk order.</param>
    public ReadOnlySpan<byte> PathOf(int at) => _paths.AsSpan(_lines[at].PathAt, _lines[at].PathLength);

    /// <summary>Those that were wanted.</summary>
    public IReadOnlyList<FileEntry> Entries()
    {
        if (Array.TrueForAll(_lines, line => line.Entry is not null))
            return Array.ConvertAll(_lines, line => line.Entry!);
        return [.. _lines.Where(line => line.Entry is not null).Select(line => line.Entry!)];
    }
}

/// <summary>An entry of a block.</summary>
/// <param name="PathAt">Where its path begins among those of the block.</param>
/// <param name="PathLength">Bytes of its path.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes of its content.</param>
/// <param name="Entry">All that is known of it; null: it was not wanted.</param>
public readonly record struct EntryLine(int PathAt, int PathLength, FileKind Kind, long Size, FileEntry? Entry)
{
    /// <summary>Bytes of its content; of a hard-linked file by its first name alone.</summary>
    public long ContentBytes => Kind == FileKind.Regular ? Size : 0;
}

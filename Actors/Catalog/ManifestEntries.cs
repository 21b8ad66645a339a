using Backup.Media.Files;
using Backup.Media.Fragments;

namespace Backup.Actors.Catalog;

/// <summary>The entries of a manifest's block whose digest is right.</summary>
internal static class ManifestEntries
{
    /// <exception cref="InvalidDataException">What was written is no block.</exception>
    public static IReadOnlyList<FileEntry> Of(ReadOnlySpan<byte> block) =>
        EntryBlockReader.Read(block, out var entries) == EntryBlockDefect.None
            ? entries
            : throw WrittenWrong();

    /// <summary>All entries of a block, of which only those are made that are wanted.</summary>
    /// <exception cref="InvalidDataException">What was written is no block.</exception>
    public static EntryLines Of(ReadOnlySpan<byte> block, EntryChoice choice) =>
        EntryBlockReader.Read(block, choice, out var lines) == EntryBlockDefect.None ? lines : throw WrittenWrong();

    private static InvalidDataException WrittenWrong() => new(
        "A block of a manifest cannot be read although its digest is right: it was written wrong.");

    /// <summary>Bytes of the files among entries, each hard-linked one counted once.</summary>
    public static long Bytes(IEnumerable<FileEntry> entries) =>
        entries.Sum(entry => entry.Kind == FileKind.Regular ? entry.Size : 0);
}

using System.Globalization;
using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>What tape file 0 of a volume says. Layout: docs/formats/label.md.</summary>
/// <param name="Volume">Name and identity.</param>
/// <param name="Library">The library that it was labelled in.</param>
/// <param name="Pool">The pool that it belongs to.</param>
/// <param name="Labelled">When, by the writer's clock.</param>
public sealed record VolumeLabel(VolumeIdentity Volume, LibraryId Library, PoolName Pool, DateTimeOffset Labelled)
{
    private const string Prose =
        """
        This is the label of a backup volume. The tape files behind it are data and index files of backup images;
        each begins with 32768 bytes of text like this one, which say what it is and how to restore from it with
        standard tools (tail or dd, zstd, tar). The formats are described in docs/formats.md.

        """;

    /// <summary>The label's block.</summary>
    public byte[] Format() => HeaderBlock.Format(
        TapeFileKind.Label,
        [
            new("volume", Volume.Name.Value), new("volume-id", Volume.Id.ToString()),
            new("library-id", Library.ToString()),
            new("pool", Pool.Value),
            new("labelled", Labelled.ToUniversalTime().ToString("o", CultureInfo.InvariantCulture)),
        ],
        Prose);

    /// <summary>Reads a label's block.</summary>
    /// <param name="block">32 KiB from a medium, not trusted.</param>
    /// <param name="label">What it says, when there is no defect.</param>
    public static HeaderDefect Read(ReadOnlySpan<byte> block, out VolumeLabel? label)
    {
        label = null;
        var defect = HeaderBlock.Read(block, out var kind, out var fields);
        if (defect != HeaderDefect.None) return defect;
        if (kind != TapeFileKind.Label) return HeaderDefect.OtherKind;
        var read = new VolumeLabel(
            new VolumeIdentity(
                new VolumeName(fields.Text("volume")), fields.Parsed<VolumeId>("volume-id", VolumeId.TryParse)),
            fields.Parsed<LibraryId>("library-id", LibraryId.TryParse),
            new PoolName(fields.Text("pool")),
            fields.Moment("labelled"));
        if (!fields.IsWhole) return HeaderDefect.Malformed;
        label = read;
        return HeaderDefect.None;
    }
}

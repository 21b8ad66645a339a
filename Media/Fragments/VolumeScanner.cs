using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>What a scan found in one tape file.</summary>
/// <param name="File">The tape file, from 0.</param>
public abstract record ScannedFile(int File)
{
    /// <summary>The volume's label.</summary>
    /// <param name="File">0.</param>
    /// <param name="Content">What it says.</param>
    public sealed record Label(int File, VolumeLabel Content) : ScannedFile(File);

    /// <summary>A part of a fragment; its data was spaced over.</summary>
    /// <param name="File">From 1.</param>
    /// <param name="Header">What its header says.</param>
    /// <param name="HeaderDigest">SHA-256 of the header block.</param>
    public sealed record Data(int File, FragmentHeader Header, Sha256Digest HeaderDigest) : ScannedFile(File);

    /// <summary>A fragment's index, whole.</summary>
    /// <param name="File">From 1.</param>
    /// <param name="Fragment">The fragment.</param>
    public sealed record Index(int File, SealedFragment Fragment) : ScannedFile(File);

    /// <summary>A tape file whose space was given back, since nothing that it held is kept.</summary>
    /// <param name="File">From 1.</param>
    public sealed record Released(int File) : ScannedFile(File);

    /// <summary>A tape file that is torn, damaged, misplaced or not ours.</summary>
    /// <param name="File">From 0.</param>
    /// <param name="Detail">One sentence for the operator.</param>
    public sealed record Damaged(int File, string Detail) : ScannedFile(File);

    /// <summary>A tape file that the drive cannot read.</summary>
    /// <param name="File">From 0.</param>
    /// <param name="Result">The drive's answer.</param>
    public sealed record Unreadable(int File, TapeResult Result) : ScannedFile(File);
}

/// <summary>Reads what a volume says about itself, spacing over the data.</summary>
public static class VolumeScanner
{
    /// <summary>Most bytes of an index that is taken into memory.</summary>
    public const int IndexBytesMax = 1 << 30;

    /// <summary>Scans a volume from its beginning, one tape file at a time.</summary>
    /// <param name="drive">Loaded.</param>
    public static IEnumerable<ScannedFile> Scan(ITapeDrive drive)
    {
        VolumeIdentity? volume = null;
        var spaced = drive.Rewind();
        while (spaced.IsGood)
        {
            var found = ScanFile(drive, volume);
            if (found is null) yield break;
            if (found is ScannedFile.Label label) volume = label.Content.Volume;
            yield return found;
            spaced = drive.Locate(new TapePosition(found.File + 1, 0));
        }
    }

    /// <summary>
    /// What the tape files behind the label are of, by their headers alone: nothing else of them is read.
    /// </summary>
    /// <param name="drive">Loaded.</param>
    /// <returns>Headers, <see cref="ScannedFile.Released"/>, <see cref="ScannedFile.Damaged"/> and <see
    /// cref="ScannedFile.Unreadable"/>; of an index its header as <see cref="ScannedFile.Data"/> too.</returns>
    public static IEnumerable<ScannedFile> Headers(ITapeDrive drive)
    {
        var block = new byte[TapeFormat.BlockBytesMax];
        for (var file = 1; drive.Locate(new TapePosition(file, 0)).IsGood; file++)
        {
            var read = drive.Read(block);
            if (read.Status == TapeStatus.EndOfData) yield break;
            yield return read.Status switch
            {
                TapeStatus.FileMark => new ScannedFile.Damaged(file, "the tape file is empty"),
                not TapeStatus.Block => new ScannedFile.Unreadable(file, read),
                _ => HeaderOf(file, block.AsSpan(0, read.Length)),
            };
            // A file mark has been passed; the next one is found from the beginning
            if (read.Status == TapeStatus.FileMark) drive.Rewind();
        }
    }

    private static ScannedFile HeaderOf(int file, ReadOnlySpan<byte> header)
    {
        if (ReleasedMarker.Is(header)) return new ScannedFile.Released(file);
        var defect = FragmentHeader.Read(header, out var found);
        return defect == HeaderDefect.None
            ? new ScannedFile.Data(file, found!, Sha256Digest.Of(header))
            : new ScannedFile.Damaged(file, $"its header is not whole ({defect})");
    }

    /// <summary>Scans one tape file of a volume whose label is known to be right; null at the end of data.</summary>
    /// <param name="drive">Loaded.</param>
    /// <param name="file">The tape file, from 0.</param>
    public static ScannedFile? ScanFile(ITapeDrive drive, int file)
    {
        var located = drive.Locate(new TapePosition(file, 0));
        return located.IsGood ? ScanFile(drive, volume: null) : new ScannedFile.Unreadable(file, located);
    }

    /// <summary>Scans the tape file at which the drive stands; null at the end of data.</summary>
    /// <param name="drive">At block 0 of a tape file.</param>
    /// <param name="volume">The volume it is; null when its label could not be read: then headers are believed.</param>
    public static ScannedFile? ScanFile(ITapeDrive drive, VolumeIdentity? volume)
    {
        var file = drive.Position.File;
        var block = new byte[TapeFormat.BlockBytesMax];
        var read = drive.Read(block);
        if (read.Status == TapeStatus.EndOfData) return null;
        if (read.Status == TapeStatus.FileMark) return new ScannedFile.Damaged(file, "the tape file is empty");
        if (read.Status != TapeStatus.Block) return new ScannedFile.Unreadable(file, read);
        var header = block.AsSpan(0, read.Length);
        if (file > 0 && ReleasedMarker.Is(header)) return new ScannedFile.Released(file);
        if (VolumeLabel.Read(header, out var label) == HeaderDefect.None)
            return file == 0 ? new ScannedFile.Label(0, label!)
                : new ScannedFile.Damaged(file, "a label where a data or index file should be");
        var defect = FragmentHeader.Read(header, out var found);
        if (defect != HeaderDefect.None) return new ScannedFile.Damaged(file, $"its header is not whole ({defect})");
        if (found!.Location.File != file || (volume is not null && found.Location.Volume != volume))
            return new ScannedFile.Damaged(file,
                $"its header is of {found.Location}, volume {found.Location.Volume.Id}: it was moved or copied here");
        return found.Kind == TapeFileKind.Index
            ? ScanIndex(drive, found)
            : new ScannedFile.Data(file, found, Sha256Digest.Of(header));
    }

    private static ScannedFile ScanIndex(ITapeDrive drive, FragmentHeader header)
    {
        using var bytes = new MemoryStream();
        var block = new byte[TapeFormat.BlockBytesMax];
        for (var read = drive.Read(block); read.Status != TapeStatus.FileMark; read = drive.Read(block))
        {
            if (read.Status != TapeStatus.Block) return new ScannedFile.Unreadable(header.Location.File, read);
            if (bytes.Length + read.Length > IndexBytesMax)
                return new ScannedFile.Damaged(header.Location.File, $"an index of more than {IndexBytesMax} bytes");
            bytes.Write(block, 0, read.Length);
        }
        var defect = SealedFragment.FromIndex(bytes.ToArray(), header.Location, out var fragment);
        if (fragment is not null && !IsOf(header, fragment)) defect = IndexDefect.HeaderMismatch;
        return defect == IndexDefect.None
            ? new ScannedFile.Index(header.Location.File, fragment!)
            : new ScannedFile.Damaged(header.Location.File, $"the index is not whole ({defect})");
    }

    private static bool IsOf(FragmentHeader header, SealedFragment fragment) =>
        header.Root == fragment.Root && header.BelongsTo(fragment.Index) && header.SealsImage == fragment.SealsImage
        && header.Copy == fragment.Copy && header.Part == fragment.Index.Parts.Count
        && header.Offset == fragment.Index.Chunks.StoredBytes;
}

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// What scans of a library have read and the catalog does not have yet, on the storage node's own disk: indexes as
/// files, so that each volume is read once, in any order, and what one volume holds of an image waits for the other
/// volumes, over any number of scans. All of it can be read again: nothing here has to be durable, and what is torn is
/// dropped. All calls block.
/// </summary>
internal sealed class ScanShelf
{
    private readonly string _directory;
    private readonly Dictionary<(Sha256Digest Root, TapeLocation Index), ImageId> _kept = []; // each copy by its place
    private readonly Dictionary<VolumeId, IReadOnlyList<ScannedFile>> _read = [];
    private readonly List<(VolumeId Volume, int File)> _released = [];

    private ScanShelf(string directory) => _directory = directory;

    /// <summary>Volumes that an earlier attempt of the same job read to their ends.</summary>
    public IReadOnlyCollection<VolumeId> Read => _read.Keys;

    /// <summary>Tape files of theirs whose space was given back.</summary>
    public IReadOnlyCollection<(VolumeId Volume, int File)> Released => _released;

    /// <summary>Opens what is kept of a library.</summary>
    /// <param name="directory">The library's own directory.</param>
    /// <param name="job">The scan: what an earlier attempt of it has read is not read again.</param>
    /// <param name="volumes">The volumes that the library has, or had: what lay on one that was labelled anew is
    /// gone.</param>
    public static ScanShelf Open(string directory, JobId job, IReadOnlyCollection<VolumeIdentity> volumes)
    {
        Directory.CreateDirectory(directory);
        var shelf = new ScanShelf(directory);
        foreach (var torn in Directory.EnumerateFiles(directory, "*.new")) File.Delete(torn);
        foreach (var file in Directory.EnumerateFiles(directory, "*.index").Order(StringComparer.Ordinal))
        {
            // Only its identity stays in memory
            if (Load(file) is { } fragment && shelf.FileOf(fragment.Root, fragment.IndexLocation) == file
                && !IsGone(fragment.IndexLocation.Volume)
                && !fragment.Index.Parts.Any(part => IsGone(part.Location.Volume)))
                shelf._kept[(fragment.Root, fragment.IndexLocation)] = fragment.Image;
            else File.Delete(file);
        }
        foreach (var file in Directory.EnumerateFiles(directory, "*.volume"))
        {
            if (Parse(File.ReadAllBytes(file), ScanJson.Default.KeptScan) is { } kept && kept.Job == job.Value
                && VolumeId.TryParse(kept.Volume, out var volume)
                && volumes.Any(known => known.Id == volume))
            {
                shelf._read[volume] = [.. kept.Data.Select(DataOf).OfType<ScannedFile>()];
                shelf._released.AddRange((kept.Released ?? []).Select(gone => (volume, gone)));
            }
            else File.Delete(file);
        }
        return shelf;

        // One that was never seen may come yet
        bool IsGone(VolumeIdentity volume) => volumes.Any(known => known.Name == volume.Name && known.Id != volume.Id);
    }

    /// <summary>All that is kept, one index at a time.</summary>
    public IEnumerable<ScannedFile> Files()
    {
        foreach (var (root, index) in _kept.Keys.ToList())
            if (Find(root, index) is { } fragment)
                yield return new ScannedFile.Index(fragment.IndexLocation.File, fragment);
        foreach (var found in _read.Values.SelectMany(files => files)) yield return found;
    }

    /// <summary>Keeps an index.</summary>
    public void Keep(SealedFragment fragment)
    {
        if (!_kept.TryAdd((fragment.Root, fragment.IndexLocation), fragment.Image)) return;
        var place = JsonSerializer.SerializeToUtf8Bytes(
            KeptLocation.Of(fragment.IndexLocation), ScanJson.Default.KeptLocation);
        Write(FileOf(fragment.Root, fragment.IndexLocation), [.. place, (byte)'\n'], fragment.IndexBytes);
    }

    /// <summary>A volume was read to its end.</summary>
    /// <param name="job">By this scan.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="data">The headers of its data files.</param>
    /// <param name="released">Its tape files whose space was given back.</param>
    public void Complete(
        JobId job, VolumeId volume, IReadOnlyList<ScannedFile.Data> data, IReadOnlyList<int> released)
    {
        var kept = new KeptScan(job.Value, volume.ToString(), [.. data.Select(file => new KeptData(
            file.File, file.HeaderDigest.ToArray(), HeaderOf(file.Header)))], released.Count > 0 ? released : null);
        Write(
            Path.Combine(_directory, $"{volume}.volume"),
            JsonSerializer.SerializeToUtf8Bytes(kept, ScanJson.Default.KeptScan), default);
    }

    /// <summary>An index that is kept; null when it is not, or no longer whole.</summary>
    /// <param name="root">Its root.</param>
    /// <param name="index">Where it was read: copies of a fragment have the same root.</param>
    public SealedFragment? Find(Sha256Digest root, TapeLocation index) =>
        _kept.ContainsKey((root, index)) && Load(FileOf(root, index)) is { } fragment && fragment.Root == root
            ? fragment : null;

    /// <summary>The catalog has an index with all its copies, or will never take it.</summary>
    public void Drop(Sha256Digest root) => Drop(_kept.Where(kept => kept.Key.Root == root));

    /// <summary>The catalog has all of an image.</summary>
    public void Drop(ImageId image) => Drop(_kept.Where(kept => kept.Value == image));

    /// <summary>The scan is over: another one reads the volumes anew.</summary>
    public void Finish()
    {
        foreach (var file in Directory.EnumerateFiles(_directory, "*.volume")) File.Delete(file);
        _read.Clear();
    }

    private void Drop(IEnumerable<KeyValuePair<(Sha256Digest Root, TapeLocation Index), ImageId>> gone)
    {
        foreach (var (key, _) in gone.ToList())
            if (_kept.Remove(key)) File.Delete(FileOf(key.Root, key.Index));
    }

    private string FileOf(Sha256Digest root, TapeLocation index) =>
        Path.Combine(_directory, $"{root}-{index.Volume.Id}-{index.File}.index");

    private static void Write(string file, ReadOnlySpan<byte> head, ReadOnlyMemory<byte> body)
    {
        using (var stream = new FileStream($"{file}.new", FileMode.Create, FileAccess.Write))
        {
            stream.Write(head);
            stream.Write(body.Span);
        }
        File.Move($"{file}.new", file, overwrite: true);
    }

    private static SealedFragment? Load(string file)
    {
        var bytes = File.ReadAllBytes(file).AsMemory();
        var end = bytes.Span.IndexOf((byte)'\n');
        if (end < 0 || Parse(bytes[..end], ScanJson.Default.KeptLocation) is not { } place) return null;
        SealedFragment.FromIndex(bytes[(end + 1)..], place.ToLocation(), out var fragment);
        return fragment;
    }

    private static T? Parse<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, type);
        }
        catch (JsonException)
        {
            return null; // torn: read again from the medium
        }
    }

    /// <summary>The header block without the NULs behind it.</summary>
    private static byte[] HeaderOf(FragmentHeader header) =>
        header.Format([header.Location]).AsSpan().TrimEnd((byte)0).ToArray();

    private static ScannedFile.Data? DataOf(KeptData kept)
    {
        var block = new byte[TapeFormat.HeaderBytes];
        kept.Header.CopyTo(block, 0);
        FragmentHeader.Read(block, out var header);
        return header is null ? null : new ScannedFile.Data(kept.File, header, new Sha256Digest(kept.Digest));
    }
}

internal sealed record KeptScan(
    long Job, string Volume, IReadOnlyList<KeptData> Data, IReadOnlyList<int>? Released = null);

internal sealed record KeptData(int File, byte[] Digest, byte[] Header);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KeptScan))]
[JsonSerializable(typeof(KeptLocation))]
internal sealed partial class ScanJson : JsonSerializerContext;

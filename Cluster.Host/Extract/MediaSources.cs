using Backup.Host.CommandLine;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>
/// Volumes of virtual tapes in directories, read without catalog and node: what images they hold, by their indexes
/// alone, and the blocks of these. For one thread at a time.
/// </summary>
internal sealed class MediaSources : IDisposable
{
    private readonly VirtualTapeDrive _drive = new(VirtualTapeOptions.Of(0));
    private readonly Dictionary<VolumeId, string> _volumes = [];
    private readonly ILookup<Sha256Digest, ScannedFragment> _copies;
    private readonly List<string> _remarks = [];
    private VolumeId? _loaded;

    private MediaSources(IEnumerable<string> paths, CancellationToken cancellation)
    {
        var assembler = new ImageAssembler();
        foreach (var path in paths.SelectMany(VolumesIn)) Scan(path, assembler, cancellation);
        Found = assembler.Assemble();
        _copies = Found.Images.SelectMany(image => image.Fragments).Concat(Found.Copies)
            .ToLookup(fragment => fragment.Root);
    }

    /// <summary>What the volumes amount to.</summary>
    public Assembly Found { get; }

    /// <summary>What cannot be used, a sentence each.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Reads the labels, headers and indexes of all volumes.</summary>
    /// <param name="paths">Directories of volumes, or of libraries of them.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandFailure">A path is no such directory.</exception>
    public static MediaSources Open(IEnumerable<string> paths, CancellationToken cancellation) =>
        new(paths, cancellation);

    /// <summary>Where a fragment of a whole image lies, the place that was found first at the beginning.</summary>
    /// <param name="root">Its root.</param>
    public IEnumerable<ScannedFragment> CopiesOf(Sha256Digest root) => _copies[root];

    /// <summary>The highest number under which something of an image lies; 1 or more.</summary>
    /// <param name="image">Whole.</param>
    public int HighestCopyOf(AssembledImage image) =>
        image.Fragments.SelectMany(fragment => CopiesOf(fragment.Root)).Max(fragment => fragment.Copy);

    /// <summary>A fragment with its whole index, read again; null: it cannot be read, or is another by now.</summary>
    /// <param name="place">Where it lies.</param>
    public SealedFragment? IndexOf(ScannedFragment place) =>
        Load(place.IndexLocation.Volume.Id)
        && VolumeScanner.ScanFile(_drive, place.IndexLocation.File) is ScannedFile.Index { Fragment: var fragment }
        && fragment.Root == place.Root ? fragment : null;

    /// <summary>Reads a block and compares it with its digest.</summary>
    /// <param name="fragment">Where it lies.</param>
    /// <param name="block">From 0, over all parts.</param>
    /// <param name="buffer">At least 1 MiB.</param>
    /// <param name="length">Bytes that were read.</param>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public string? Read(BlockReader fragment, int block, Span<byte> buffer, out int length)
    {
        length = 0;
        var (name, id) = fragment.IdentityOf(block);
        if (!Load(id)) return $"volume {name} was not given";
        var wrong = fragment.Read(_drive, block, buffer, out length) ?? fragment.Check(block, buffer[..length]);
        return wrong?.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _drive.Dispose();

    private static IEnumerable<string> VolumesIn(string path)
    {
        if (!Directory.Exists(path))
            throw new CommandFailure(new Refused(RefusalCode.NotFound, $"There is no directory {path}."));
        return IsVolume(path) ? [path]
            : Directory.EnumerateDirectories(path).Where(IsVolume).Order(StringComparer.Ordinal).ToList() switch
            {
                [] => throw new CommandFailure(new Refused(
                    RefusalCode.NotFound,
                    $"Expected {path} to be a volume of virtual tapes, or a library of them, found no label in it.")),
                var volumes => volumes,
            };
    }

    private static bool IsVolume(string path) =>
        Directory.EnumerateFiles(path, "*.label").Any();

    private void Scan(string path, ImageAssembler assembler, CancellationToken cancellation)
    {
        _drive.Eject();
        _loaded = null;
        _drive.Insert(path, readOnly: true);
        if (TapeLabels.LoadAndRead(_drive) is not LabelReading.Labelled { Label: var label })
        {
            _remarks.Add($"{path} is left out: its label cannot be used.");
            return;
        }
        if (!_volumes.TryAdd(label.Volume.Id, path))
        {
            _remarks.Add(
                $"{path} is left out: it is volume {label.Volume.Name} once more, as {_volumes[label.Volume.Id]}.");
            return;
        }
        _loaded = label.Volume.Id;
        foreach (var file in VolumeScanner.Scan(_drive))
        {
            cancellation.ThrowIfCancellationRequested();
            assembler.Add(file);
            if (file is ScannedFile.Damaged damaged)
                _remarks.Add($"{path}, tape file {damaged.File}: {damaged.Detail}");
            if (file is ScannedFile.Unreadable unread)
                _remarks.Add($"{path}, tape file {unread.File} cannot be read: {unread.Result}");
        }
    }

    private bool Load(VolumeId volume)
    {
        if (_loaded == volume) return true;
        if (!_volumes.TryGetValue(volume, out var path)) return false;
        _drive.Eject();
        _loaded = null;
        _drive.Insert(path, readOnly: true);
        if (!_drive.Load().IsGood) return false;
        _loaded = volume;
        return true;
    }
}

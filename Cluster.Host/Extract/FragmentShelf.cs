using Backup.Host.CommandLine;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>A data file with its header.</summary>
/// <param name="File">Its path as given or found.</param>
/// <param name="Header">What its header says.</param>
/// <param name="DataBytes">Bytes behind the header.</param>
internal sealed record DataPart(string File, FragmentHeader Header, long DataBytes)
{
    public FragmentListed Listed => new(
        Media.Files.PathText.Escape(System.Text.Encoding.UTF8.GetBytes(File)), Header.Image.Image.ToString(),
        Header.Image.Client.Value,
        Header.Image.Policy.Value, Header.Image.Since, Header.Start.Fragment, Header.Part, Header.Epoch.Value,
        Header.Start.Kind.ToString().ToLowerInvariant(), DataBytes,
        1 + ((DataBytes + TapeFormat.BlockBytesMax - 1) / TapeFormat.BlockBytesMax),
        Header.Image.Job.ToString(), Header.Location.Volume.Name.Value);
}

/// <summary>A fragment of which all given parts follow each other.</summary>
/// <param name="Start">What it begins with.</param>
/// <param name="Parts">In order, from part 0.</param>
internal sealed record DataFragment(FragmentStart Start, IReadOnlyList<DataPart> Parts);

/// <summary>The fragments of one image, by number.</summary>
/// <param name="Image">The image.</param>
/// <param name="Fragments">By number; some may be missing.</param>
/// <param name="Remarks">What was left out, and why.</param>
internal sealed record ImageParts(
    ImageHeader Image, IReadOnlyList<DataFragment> Fragments, IReadOnlyList<string> Remarks);

/// <summary>Tape files that were given by name or by directory, told apart by their headers alone.</summary>
internal sealed class FragmentShelf
{
    private const int DirectoryDepth = 2;
    private readonly List<DataPart> _parts = [];
    private readonly List<FragmentHeader> _indexes = [];
    private readonly Dictionary<FragmentHeader, string> _files = new(ReferenceEqualityComparer.Instance);
    private readonly List<LabelListed> _labels = [];
    private readonly List<string> _remarks = [];
    private readonly Dictionary<FragmentHeader, IReadOnlyList<string>> _named = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly Bootstrap? _meant;

    /// <summary>By image, fragment, epoch, time and part.</summary>
    public IReadOnlyList<DataPart> Parts => _parts;

    /// <summary>By the volumes' names.</summary>
    public IReadOnlyList<LabelListed> Labels => [.. _labels.OrderBy(label => label.Volume, StringComparer.Ordinal)];

    /// <summary>Every image of which there is a data file.</summary>
    public IReadOnlyList<ImageId> Images => [.. _parts.Select(part => part.Header.Image.Image).Distinct()];

    /// <summary>Files that cannot be used, and why.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    private FragmentShelf(Bootstrap? meant) => _meant = meant;

    /// <param name="paths">Files and directories.</param>
    /// <param name="meant">Which tape files are meant; null: all.</param>
    /// <exception cref="CommandFailure">A path does not exist.</exception>
    public static FragmentShelf Open(IEnumerable<string> paths, Bootstrap? meant = null)
    {
        var shelf = new FragmentShelf(meant);
        foreach (var path in paths) shelf.Take(path);
        return shelf;
    }

    /// <summary>Takes in one more file or directory.</summary>
    /// <param name="path">What is there already is not taken twice.</param>
    /// <exception cref="CommandFailure">It does not exist.</exception>
    public void Take(string path)
    {
        if (Directory.Exists(path)) AddDirectory(path, DirectoryDepth);
        else if (File.Exists(path)) Add(path);
        else throw new CommandFailure(new Refused(RefusalCode.NotFound, $"There is no file or directory {path}."));
        _parts.Sort((left, right) => Order(left).CompareTo(Order(right)));
    }

    /// <summary>
    /// The volumes that are still needed: those that are named, and those that the index of a fragment or the seal of
    /// an image tells of.
    /// </summary>
    /// <param name="meant">Which tape files are meant; null: all.</param>
    public IReadOnlyList<string> Missing(Bootstrap? meant)
    {
        var here = _parts.Select(part => part.Header.Location.Volume.Name.Value)
            .Concat(_indexes.Select(index => index.Location.Volume.Name.Value))
            .Concat(_labels.Select(label => label.Volume)).ToHashSet(StringComparer.Ordinal);
        return [.. (meant?.Volumes ?? []).Concat(_indexes.SelectMany(VolumesOf)).Distinct(StringComparer.Ordinal)
            .Where(volume => !here.Contains(volume))];
    }

    /// <summary>Read once: an index may be long.</summary>
    private IEnumerable<string> VolumesOf(FragmentHeader index)
    {
        if (_named.TryGetValue(index, out var volumes)) return volumes;
        volumes = [];
        try
        {
            SealedFragment.FromIndex(
                File.ReadAllBytes(_files[index]).AsMemory(TapeFormat.HeaderBytes), index.Location, out var fragment);
            if (fragment is not null)
                volumes = [.. fragment.Index.Parts.Select(part => part.Location.Volume.Name)
                    .Concat(RestoreCommand.VolumesOf(fragment.Index.Seal?.Command ?? ""))
                    .Select(name => name.Value)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _remarks.Add($"{_files[index]} cannot be read: {failure.Message}");
        }
        return _named[index] = volumes;
    }

    /// <summary>The image that is meant.</summary>
    /// <param name="prefix">The beginning of its id; null where there is only one.</param>
    /// <exception cref="CommandFailure">None, or more than one.</exception>
    public ImageParts Choose(string? prefix)
    {
        var images = _parts.Select(part => part.Header.Image.Image).Distinct()
            .Where(image => prefix is null || image.ToString().StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .ToList();
        if (images.Count == 0)
            throw new CommandFailure(new Refused(
                RefusalCode.NotFound, "There is no data file of such an image. `--list` says what the files hold."));
        if (images.Count > 1)
            throw CommandFailure.Usage(
                $"The files hold {images.Count} images: "
                    + $"{string.Join(", ", images.Select(image => image.ToString()[..12]))}. Choose one with --image.");
        var parts = _parts.Where(part => part.Header.Image.Image == images[0]).ToList();
        var remarks = new List<string>();
        var fragments = parts.GroupBy(part => part.Header.Start.Fragment).OrderBy(group => group.Key)
            .Select(group => Whole([.. group], remarks)).OfType<DataFragment>().ToList();
        return new ImageParts(parts[0].Header.Image, fragments, remarks);
    }

    /// <summary>An image with those that it builds on, oldest first, each the very one that the next names.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="CommandFailure">One is missing, or is another.</exception>
    public IReadOnlyList<ImageParts> ChainOf(ImageParts image)
    {
        var chain = new List<ImageParts> { image };
        while (chain[0].Image.Base is { } from)
        {
            var seal = _indexes.Find(index => index.Image.Image == from.Image && index.SealsImage);
            if (seal is null || !Images.Contains(from.Image))
                throw new CommandFailure(new Refused(
                    RefusalCode.NotFound,
                    $"Image {chain[0].Image.Image} builds on image {from.Image}, which the files do not hold whole, "
                        + "with its index. Give the volumes that hold it, too."));
            if (seal.Root != from.Root)
                throw new CommandFailure(new Refused(
                    RefusalCode.Conflict,
                    $"Image {chain[0].Image.Image} builds on image {from.Image} with the root {from.Root}; the one "
                        + $"in the files has the root {seal.Root}."));
            chain.Insert(0, Choose(from.Image.ToString()));
        }
        return chain;
    }

    /// <summary>The indexes of an image's fragments, in order.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="CommandFailure">One is missing or damaged.</exception>
    public IReadOnlyList<FragmentIndex> IndexesOf(ImageParts image)
    {
        var found = new List<FragmentIndex>();
        while (found is not [.., { Seal: not null }])
        {
            var header = _indexes.Where(index => index.Image.Image == image.Image.Image
                && index.Start.Fragment == found.Count).MaxBy(index => index.Epoch);
            var defect = IndexDefect.NotAnIndex;
            SealedFragment? fragment = null;
            if (header is not null)
                defect = SealedFragment.FromIndex(
                    File.ReadAllBytes(_files[header]).AsMemory(TapeFormat.HeaderBytes), header.Location, out fragment);
            if (fragment is null)
                throw new CommandFailure(new Refused(
                    RefusalCode.NotFound,
                    $"The index of fragment {found.Count} of image {image.Image.Image} "
                        + (header is null ? "was not given" : $"is not whole ({defect})")
                        + ": without it nothing says what was deleted. Leave --merge out to extract each image by "
                        + "itself."));
            found.Add(fragment.Index);
        }
        return found;
    }

    private static (string, int, long, DateTimeOffset, int) Order(DataPart part) => (
        part.Header.Image.Image.ToString(), part.Header.Start.Fragment, part.Header.Epoch.Value, part.Header.Written,
        part.Header.Part);

    private void AddDirectory(string directory, int depth)
    {
        foreach (var file in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
            if (Path.GetExtension(file) is ".data" or ".index" or ".label") Add(file);
        if (depth == 0) return;
        foreach (var inner in Directory.EnumerateDirectories(directory).Order(StringComparer.Ordinal))
            AddDirectory(inner, depth - 1);
    }

    private void Add(string path)
    {
        if (!_taken.Add(Path.GetFullPath(path))) return;
        var block = new byte[TapeFormat.HeaderBytes];
        int length;
        long size;
        try
        {
            using var file = File.OpenRead(path);
            length = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
            size = file.Length;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _remarks.Add($"{path} cannot be read: {failure.Message}");
            return;
        }
        if (VolumeLabel.Read(block.AsSpan(0, length), out var label) == HeaderDefect.None)
        {
            _labels.Add(Listed(path, label!));
            return;
        }
        var defect = FragmentHeader.Read(block.AsSpan(0, length), out var header);
        if (header is null) _remarks.Add($"{path} is left out: its header cannot be used ({defect}).");
        else if (_meant?.Means(header) == false) return;
        else if (header.Kind == TapeFileKind.Index)
        {
            _indexes.Add(header);
            _files[header] = path;
        }
        else if (size > TapeFormat.HeaderBytes) _parts.Add(new DataPart(path, header, size - TapeFormat.HeaderBytes));
    }

    private static LabelListed Listed(string path, VolumeLabel label) => new(
        Media.Files.PathText.Escape(System.Text.Encoding.UTF8.GetBytes(path)), label.Volume.Name.Value,
        label.Volume.Id.ToString(), label.Library.ToString(), label.Pool.Value, label.Labelled);

    /// <summary>
    /// Of all that was written of a fragment, what counts: the newest writing, and where indexes are at hand, one that
    /// an index follows, since a fragment without an index was never finished.
    /// </summary>
    private DataFragment? Whole(List<DataPart> parts, List<string> remarks)
    {
        var number = parts[0].Header.Start.Fragment;
        var image = parts[0].Header.Image.Image;
        var indexes = _indexes.Where(index => index.Image.Image == image).ToList();
        var epochs = parts.Select(part => part.Header.Epoch).Distinct().OrderDescending().ToList();
        if (indexes.Count > 0)
        {
            epochs = [.. epochs.Where(epoch =>
                indexes.Exists(index => index.Start.Fragment == number && index.Epoch == epoch))];
            if (epochs.Count == 0)
            {
                remarks.Add($"Fragment {number} is left out: no index is behind it, so it was never finished.");
                return null;
            }
        }
        var bytes = indexes.Find(index => index.Start.Fragment == number && index.Epoch == epochs[0])?.Offset;
        // Any copy does that is whole
        var (chosen, offset) = parts.Where(part => part.Header.Epoch == epochs[0])
            .GroupBy(part => part.Header.Copy).OrderBy(copy => copy.Key).Select(Written)
            .OrderByDescending(copy => bytes is null || copy.Bytes == bytes).ThenByDescending(copy => copy.Bytes)
            .First();
        if (chosen.Count == 0) remarks.Add($"Fragment {number} is left out: its part 0 was not given.");
        else if (bytes is { } whole && whole != offset)
            remarks.Add($"Fragment {number} is not whole: expected {whole} bytes of data, found {offset}.");
        return chosen.Count == 0 ? null : new DataFragment(chosen[0].Header.Start, chosen);
    }

    private static (List<DataPart> Parts, long Bytes) Written(IEnumerable<DataPart> parts)
    {
        var chosen = new List<DataPart>();
        long offset = 0;
        foreach (var part in parts)
        {
            // A writing begun again starts with another part 0 later; what was written before is void.
            if (part.Header.Part == 0) (chosen, offset) = ([], 0);
            if (part.Header.Part != chosen.Count || part.Header.Offset != offset) continue;
            chosen.Add(part);
            offset += part.DataBytes;
        }
        return (chosen, offset);
    }
}

using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Actors.Storage;

/// <summary>
/// Compares what the catalog says of an image's own items with the indexes on the medium: a merge of two sequences in
/// walk order, fragment by fragment, each difference named by attribute.
/// </summary>
/// <param name="image">The image.</param>
/// <param name="manifest">Its complete manifest, in walk order; items of other images in it are passed over.</param>
/// <param name="onDifference">Told of each item that differs.</param>
internal sealed class ManifestCheck(
    ImageId image, IAsyncEnumerable<FileEntry> manifest, Action<FileException> onDifference) : IAsyncDisposable
{
    private int _unreadable = -1;
    private IAsyncEnumerator<FileEntry>? _entries;
    private FileEntry? _next;

    /// <summary>The members of a fragment, as its index has them.</summary>
    public static IEnumerable<FileEntry> MembersOf(FragmentIndex index) =>
        index.EntryBlocks.SelectMany(block => EntriesOf(block.Bytes.Span));

    /// <summary>Takes the next fragment.</summary>
    /// <param name="members">Those that end in it, in walk order.</param>
    public async Task Fragment(IEnumerable<FileEntry> members)
    {
        foreach (var member in members)
        {
            await PassTo(member.Path).ConfigureAwait(false);
            if (_next is not { } known || known.Path != member.Path)
            {
                Differ(member, "The medium has it, and the catalog does not.");
                continue;
            }
            foreach (var (what, catalog, medium) in Differences(known, member))
                Differ(member, $"Its {what} is {catalog} in the catalog, and {medium} on the medium.");
            await Step().ConfigureAwait(false);
        }
    }

    /// <summary>The index of a fragment cannot be read: nothing is known of the items that end in it.</summary>
    public void Unreadable(int fragment) => _unreadable = fragment;

    /// <summary>Behind the last fragment.</summary>
    public async Task End() => await PassTo(null).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_entries is not null) await _entries.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What differs between two entries of one path; nothing when they are alike.</summary>
    internal static IEnumerable<(string What, string One, string Other)> Differences(FileEntry one, FileEntry other)
    {
        if (Pair("type", one.Kind, other.Kind) is { } kind) yield return kind;
        if (Pair("mode", Octal(one.Mode), Octal(other.Mode)) is { } mode) yield return mode;
        if (Pair("owner", (one.UserId, one.GroupId), (other.UserId, other.GroupId)) is { } owner) yield return owner;
        if (Pair("size", one.Size, other.Size) is { } size) yield return size;
        if (Pair("mtime", one.Modified, other.Modified) is { } modified) yield return modified;
        if (Pair("ctime", one.Changed, other.Changed) is { } changed) yield return changed;
        if (Pair("link target", Text(one.LinkTarget), Text(other.LinkTarget)) is { } target) yield return target;
        if (Pair("device number", (one.DeviceMajor, one.DeviceMinor), (other.DeviceMajor, other.DeviceMinor))
            is { } device) yield return device;
        if (Pair("list of attributes", Text(one.Attributes), Text(other.Attributes)) is { } list) yield return list;
        if (Pair("digest", Text(one.Digest), Text(other.Digest)) is { } digest) yield return digest;
        if (Pair("place", one.Position, other.Position) is { } place) yield return place;
        if (Pair("marks", (one.Sparse, one.Flags), (other.Sparse, other.Flags)) is { } marks) yield return marks;
    }

    private static (string, string, string)? Pair<T>(string what, T one, T other)
        where T : notnull =>
        one.Equals(other) ? null : (what, $"{one}", $"{other}");

    private static string Octal(uint mode) => Convert.ToString(mode, 8);

    private static string Text(byte[]? path) => path is null ? "none" : PathText.Escape(path);

    private static string Text(ContentDigest digest) => digest.Bytes is { } bytes
        ? Convert.ToHexStringLower(bytes) : "none";

    private static string Text(IReadOnlyList<ExtendedAttribute> attributes) => string.Join(", ", attributes.Select(
        each => $"{PathText.Escape(each.Name)}={Convert.ToHexStringLower(each.Value)}"));

    private static IReadOnlyList<FileEntry> EntriesOf(ReadOnlySpan<byte> block)
    {
        // Its digest was checked with the index
        var defect = EntryBlockReader.Read(block, out var entries);
        return defect == EntryBlockDefect.None
            ? entries : throw new InvalidDataException($"A block of an index was written wrong: {defect}.");
    }

    /// <summary>Up to a path, the catalog has only what other images hold.</summary>
    private async Task PassTo(FilePath? path)
    {
        if (_entries is null)
        {
            _entries = manifest.GetAsyncEnumerator();
            await Step().ConfigureAwait(false);
        }
        while (_next is { } entry && (path is not { } to || entry.Path.CompareTo(to) < 0))
        {
            if (entry.Position.Image == image && entry.Position.Fragment > _unreadable)
                Differ(entry, "The catalog has it in this image, and the medium does not.");
            await Step().ConfigureAwait(false);
        }
    }

    private async Task Step() =>
        _next = await _entries!.MoveNextAsync().ConfigureAwait(false) ? _entries.Current : null;

    private void Differ(FileEntry entry, string detail) => onDifference(new FileException(
        entry.Path.ToArray(), FileExceptionKind.Differs, "verify", 0, detail));
}

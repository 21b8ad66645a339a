using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What differs between two images: a merge of their manifests that passes over what they share.</summary>
internal sealed class DiffQueries(CatalogStore store)
{
    public IReply Diff(DiffImages request)
    {
        var queries = new CatalogQueries(store, []);
        if (queries.Find(request.From, out var from) is { } noFrom) return noFrom;
        if (queries.Find(request.To, out var to) is { } noTo) return noTo;
        var (after, within) = (default(FilePath?), FilePath.Root);
        if (request.After is { } text)
        {
            if (FileQueries.Parse(text, out var parsed) is { } bad) return bad;
            after = parsed;
        }
        if (request.Path is { } only && FileQueries.Parse(only, out within) is { } badPath) return badPath;
        if (!within.IsRoot && NotThere(within, from!, to!) is { } nowhere) return nowhere;
        var limit = Math.Clamp(request.Limit, 1, 10_000);
        var left = new ManifestCursor(store, from!.Opened.Image, after, within);
        var right = new ManifestCursor(store, to!.Opened.Image, after, within);
        var found = new List<FileDifference>();
        FilePath? last = null;
        foreach (var (path, difference) in Differences(left, right, within))
        {
            if (found.Count == limit)
                return new ImageDifferences(from.Opened.Image, to.Opened.Image, found, "/" + last);
            found.Add(difference);
            last = path;
        }
        return (left.Failure ?? right.Failure) is { } failure
            ? CatalogQueries.Unavailable(failure)
            : new ImageDifferences(from.Opened.Image, to.Opened.Image, found, null);
    }

    private Refused? NotThere(FilePath path, params ImageRecord[] images)
    {
        foreach (var image in images)
        {
            if (!store.Manifests.ReadFrom(image.Opened.Image, path.ToCatalog(), 2).Is(out var blocks, out var failure))
                return CatalogQueries.Unavailable(failure);
            if (blocks.SelectMany(FileQueries.Decode).Any(entry => entry.Path.IsWithin(path))) return null;
        }
        return new Refused(RefusalCode.NotFound, $"None of the two images holds /{path}.");
    }

    private static IEnumerable<(FilePath Path, FileDifference Difference)> Differences(
        ManifestCursor left, ManifestCursor right, FilePath within)
    {
        while (true)
        {
            while (left.SharesBlockWith(right))
            {
                left.SkipBlock();
                right.SkipBlock();
            }
            var (one, other) = (left.Current, right.Current);
            if (one is null && other is null) yield break;
            var order = one is null ? 1 : other is null ? -1 : one.Path.CompareTo(other.Path);
            if (!(order <= 0 ? one! : other!).Path.IsWithin(within)) yield break;
            if (order < 0) yield return (one!.Path, new FileDifference("removed", FileQueries.Shown(one)));
            else if (order > 0) yield return (other!.Path, new FileDifference("added", FileQueries.Shown(other)));
            else if (!ItemState.HaveSameContent(one!, other!))
                yield return (other!.Path, new FileDifference("content", FileQueries.Shown(other)));
            else if (!ItemState.HaveSameMetadata(one!, other!))
                yield return (other!.Path, new FileDifference("metadata", FileQueries.Shown(other)));
            if (order <= 0) left.Next();
            if (order >= 0) right.Next();
        }
    }

    /// <summary>Goes through a manifest, and reads a block only when one of its entries is asked for.</summary>
    /// <param name="after">Nothing up to this path is given; null: nothing is left out for that.</param>
    /// <param name="from">Nothing before this path is given.</param>
    private sealed class ManifestCursor(CatalogStore store, ImageId image, FilePath? after, FilePath from)
    {
        private const int ReferencesAtOnce = 256;
        private IReadOnlyList<ManifestReference> _page = [];
        private IReadOnlyList<FileEntry>? _entries;
        private int _block;
        private int _entry;
        private long _next = -1;

        public CatalogFailure? Failure { get; private set; }

        /// <summary>The entry; null at the end, and where there is a failure.</summary>
        public FileEntry? Current
        {
            get
            {
                while (Block() is { } block)
                {
                    if (_entries is null)
                    {
                        if (!store.Manifests.Read(image, block.Ordinal - 1, 1).Is(out var read, out var failure))
                        {
                            Failure = failure;
                            return null;
                        }
                        _entries = FileQueries.Decode(read[0]);
                        while (_entry < _entries.Count && IsBefore(_entries[_entry].Path)) _entry++;
                    }
                    if (_entry < _entries.Count) return _entries[_entry];
                    SkipBlock();
                }
                return null;
            }
        }

        public bool SharesBlockWith(ManifestCursor other) =>
            IsAtBlock() && other.IsAtBlock()
            && Block() is { } block && other.Block() is { } same && block.Digest == same.Digest;

        public void Next() => _entry++;

        public void SkipBlock() => (_block, _entry, _entries) = (_block + 1, 0, null);

        /// <summary>Whether the next entry is a block's first; what is behind a block's last one is.</summary>
        private bool IsAtBlock()
        {
            if (_entries is { } read && _entry >= read.Count) SkipBlock();
            return _entry == 0;
        }

        private bool IsBefore(FilePath path) =>
            path.CompareTo(from) < 0 || (after is { } past && path.CompareTo(past) <= 0);

        private ManifestReference? Block()
        {
            if (_block < _page.Count) return _page[_block];
            if (Failure is not null || _next < -1) return null;
            if (_next < 0 && (after is not null || !from.IsRoot))
            {
                if (!store.Manifests.Find(image, (after ?? from).ToCatalog()).Is(out var first, out var unfound))
                {
                    Failure = unfound;
                    return null;
                }
                _next = first - 1;
            }
            if (!store.Manifests.References(image, _next, ReferencesAtOnce).Is(out var page, out var failure))
            {
                Failure = failure;
                return null;
            }
            (_page, _block) = (page, 0);
            _next = page.Count < ReferencesAtOnce ? -2 : page[^1].Ordinal;
            return page.Count > 0 ? page[0] : null;
        }
    }
}

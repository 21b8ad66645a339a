using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Makes what a fragment of an incremental adds to its image's complete manifest: what the base has in the fragment's
/// range of paths, without what is deleted, with the fragment's members in the place of what they replace. A merge of
/// sorted sequences in constant memory; a block of the base in which nothing changed is shared, and not even read.
/// Blocks that change are decoded and encoded side by side, some at a time: that is most of the work.
/// The range ends with the fragment's last member; that of the last fragment with the last path.
/// </summary>
internal sealed class CompleteManifest
{
    private const int ReferencesAtOnce = 256;

    /// <summary>Each batch is a transaction of its own, with its fsync.</summary>
    private const int StagedBytesMax = 4 << 20;
    private const int StagedAtOnce = 256;

    /// <summary>Entries take some ten times the room of their block: few wait to be encoded side by side.</summary>
    private const int EncodedAtOnce = 8;

    private readonly ManifestAccess _access;
    private readonly ImageId _base;
    private readonly IReadOnlyList<FilePath> _deletions;
    private readonly IEnumerator<FileEntry> _members;
    private readonly DecodedBlocks _blocks;
    private readonly EntryBlockBuilder _builder = new();
    private readonly List<(int Number, EntryRun Run)> _cut = [];
    private readonly List<StagedBlock> _staged = [];
    private readonly List<StagedRun> _shared = [];
    private readonly FilePath? _from;
    private readonly FilePath? _upTo;
    private FileEntry? _member;
    private int _deletion;
    private long _stagedBytes;
    private long _known;
    private CatalogFailure? _failure;

    private CompleteManifest(
        ManifestAccess access, ImageId from, IReadOnlyList<EntryBlock> blocks, IReadOnlyList<FilePath> deletions,
        bool isLast, FilePath? behind)
    {
        (_access, _base, _from, _deletions) = (access, from, behind, deletions);
        _blocks = new DecodedBlocks(access.Read);
        _members = blocks.SelectMany(block => ManifestEntries.Of(block.Bytes.Span)).GetEnumerator();
        _upTo = isLast ? null : blocks is [.., var last] ? ManifestEntries.Of(last.Bytes.Span)[^1].Path : behind;
        Step();
    }

    private int Blocks { get; set; }

    /// <summary>Stages the blocks of a fragment of an incremental.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="fragment">The fragment; its image is open and all fragments before it are closed.</param>
    /// <param name="key">Its writing.</param>
    /// <returns>How many blocks; or the base is not there or another, which is refused before anything is
    /// staged.</returns>
    public static CatalogAnswer<int> Stage(CatalogStore store, SealedFragment fragment, FragmentKey key)
    {
        var named = fragment.Index.Image.Base!;
        if (Check(store, fragment.Image, named) is { } refused) return refused;
        if (!store.Images.Get(fragment.Image).Is(out var image, out var failure)) return failure;
        // One that is closed already is compared with what was closed, and one too early is refused, when it is closed.
        if (image.Fragments != fragment.Fragment) return 0;
        // A fragment that is a piece of one member has no range.
        if (fragment.Index.EntryBlocks.Count == 0 && !fragment.SealsImage) return 0;
        FilePath? behind = null;
        if (image.Blocks > 0)
        {
            if (!store.Manifests.Read(fragment.Image, image.Blocks - 2, 1).Is(out var last, out failure))
                return failure;
            behind = ManifestEntries.Of(last[0].Data)[^1].Path;
        }
        return Stage(
            new ManifestAccess(
                (after, most) => store.Manifests.References(named.Image, after, most),
                (first, most) => store.Manifests.Read(named.Image, first - 1, most).Is(out var read, out var unread)
                    ? CatalogAnswer<IReadOnlyList<byte[]>>.Of([.. read.Select(block => block.Data)]) : unread,
                path => store.Manifests.Find(named.Image, path),
                (staged, shared) => store.Manifests.Stage(key, staged, shared).Failure),
            named.Image, fragment.Index.EntryBlocks, fragment.Index.Deletions, fragment.SealsImage, behind);
    }

    /// <summary>As the other, whatever keeps the manifests.</summary>
    /// <param name="access">The base's manifest, and where the blocks go.</param>
    /// <param name="from">The base.</param>
    /// <param name="members">What the fragment holds.</param>
    /// <param name="deletions">What it says is gone.</param>
    /// <param name="isLast">True of the image's last fragment.</param>
    /// <param name="behind">The last path of the fragments before; null: there are none, or they hold none.</param>
    public static CatalogAnswer<int> Stage(
        ManifestAccess access, ImageId from, IReadOnlyList<EntryBlock> members, IReadOnlyList<FilePath> deletions,
        bool isLast, FilePath? behind) =>
        new CompleteManifest(access, from, members, deletions, isLast, behind).Merge();

    /// <summary>Why an image that has no seal cannot be built on, a clause.</summary>
    /// <param name="found">The image.</param>
    public static string WhyUnsealed(ImageRecord found) => found.State switch
    {
        ImageState.Purged => "it has expired and was deleted.",
        ImageState.Lacking => "a scan did not find all of it.",
        _ => "it was never sealed.",
    };

    /// <summary>The refusal of a base that is not the one that an incremental names; null when it is.</summary>
    public static CatalogFailure? Check(CatalogStore store, ImageId image, BaseImage named)
    {
        if (!store.Images.Get(named.Image).Is(out var found, out var failure))
            return failure is CatalogFailure.Unknown
                ? new CatalogFailure.BaseNotUsable(image, named.Image, "the catalog does not know it.") : failure;
        if (found.Seal is not { } seal)
            return new CatalogFailure.BaseNotUsable(image, named.Image, WhyUnsealed(found));
        return seal.Root == named.Root
            ? null
            : new CatalogFailure.BaseNotUsable(
                image, named.Image, $"expected the root {named.Root}, found {seal.Root}.");
    }

    private CatalogAnswer<int> Merge()
    {
        long first = 0;
        if (_from is { } from && !_access.Find(from.ToCatalog()).Is(out first, out _failure))
            return _failure;
        for (ManifestReference? block = null; ;)
        {
            if (!_access.References(first - 1, ReferencesAtOnce).Is(out var page, out var failure))
                return failure;
            if (page.Count > 0) _known = page[^1].Ordinal + 1;
            foreach (var next in page)
            {
                if (block is not null && !Take(block, FilePath.FromCatalog(next.FirstPath))) return Over();
                block = next;
            }
            if (page.Count < ReferencesAtOnce)
            {
                if (block is not null) Take(block, null);
                return Over();
            }
            first = page[^1].Ordinal + 1;
        }
    }

    private CatalogAnswer<int> Over()
    {
        while (_failure is null && _member is not null) AddMember();
        if (_failure is null && _builder.Rest() is { } rest) Add(rest);
        Send();
        return _failure is null ? Blocks : _failure;
    }

    /// <summary>Takes a block of the base.</summary>
    /// <param name="block">The block.</param>
    /// <param name="next">Where the block behind it begins; null: there is none.</param>
    /// <returns>False when nothing behind it is in the range, or there is a failure.</returns>
    private bool Take(ManifestReference block, FilePath? next)
    {
        var begin = FilePath.FromCatalog(block.FirstPath);
        if (_upTo is { } end && begin.CompareTo(end) > 0) return false;
        while (_member is not null && _member.Path.CompareTo(begin) < 0) AddMember();
        if (_failure is not null) return false;
        if (IsUntouched(begin, next)) Share(block);
        else Weave(block);
        return _failure is null;
    }

    private bool IsUntouched(FilePath begin, FilePath? next)
    {
        if (_builder.Waiting > 0) return false;
        if (_from is { } from && begin.CompareTo(from) <= 0) return false;
        if (_upTo is { } end && (next is not { } behind || behind.CompareTo(end) > 0)) return false;
        if (_member is not null && (next is not { } limit || _member.Path.CompareTo(limit) < 0)) return false;
        PassDeletions(begin);
        return _deletion == _deletions.Count
            || (next is { } until && _deletions[_deletion].CompareTo(until) >= 0);
    }

    /// <summary>Passes over deleted trees that lie wholly before a path.</summary>
    private void PassDeletions(FilePath path)
    {
        while (_deletion < _deletions.Count && _deletions[_deletion].CompareTo(path) < 0
            && !path.IsWithin(_deletions[_deletion])) _deletion++;
    }

    private void Share(ManifestReference block)
    {
        if (_shared is [.., var run] && run.Ordinal + run.Blocks == block.Ordinal && run.Number + run.Blocks == Blocks)
            _shared[^1] = run with { Blocks = run.Blocks + 1 };
        else if (_shared.Count < StagedAtOnce || Send())
            _shared.Add(new StagedRun(Blocks, 1, _base, block.Ordinal));
        Blocks++;
    }

    private void Weave(ManifestReference block)
    {
        if (!_blocks.Entries(block.Ordinal, _known - block.Ordinal).Is(out var entries, out _failure)) return;
        foreach (var entry in entries)
        {
            if (_from is { } from && entry.Path.CompareTo(from) <= 0) continue;
            if (_upTo is { } end && entry.Path.CompareTo(end) > 0) return;
            while (_member is not null && _member.Path.CompareTo(entry.Path) < 0) AddMember();
            if (_failure is not null) return;
            if (_member is not null && _member.Path == entry.Path) continue; // replaced
            PassDeletions(entry.Path);
            if (_deletion < _deletions.Count && entry.Path.IsWithin(_deletions[_deletion])) continue;
            if (_builder.Collect(entry) is { } done) Add(done);
        }
    }

    private void AddMember()
    {
        if (_builder.Collect(_member!) is { } done) Add(done);
        Step();
    }

    private void Add(EntryRun run)
    {
        _cut.Add((Blocks++, run));
        if (_cut.Count < EncodedAtOnce && run.ContentBytes < StagedBytesMax / EncodedAtOnce) return;
        EncodeCut();
        if (_stagedBytes >= StagedBytesMax || _staged.Count >= StagedAtOnce) Send();
    }

    /// <returns>False when there is a failure.</returns>
    private bool Send()
    {
        EncodeCut();
        if (_failure is null && _staged.Count + _shared.Count > 0) _failure = _access.Stage([.. _staged], [.. _shared]);
        _staged.Clear();
        _shared.Clear();
        _stagedBytes = 0;
        return _failure is null;
    }

    private void EncodeCut()
    {
        foreach (var block in _cut.AsParallel().AsOrdered().Select(each => Encoded(each.Number, each.Run)))
        {
            _staged.Add(block);
            _stagedBytes += block.Data.Length;
        }
        _cut.Clear();
    }

    private static StagedBlock Encoded(int number, EntryRun run)
    {
        var block = run.Encode();
        return new StagedBlock(
            number, block.FirstPath.ToCatalog(), block.Count, block.Bytes.ToArray(),
            ManifestEntries.Bytes(run.Entries));
    }

    private void Step() => _member = _members.MoveNext() ? _members.Current : null;
}

/// <summary>A base's manifest, and where the blocks of a new one go.</summary>
/// <param name="References">Blocks behind an ordinal, so many at most, without their data.</param>
/// <param name="Read">The data of blocks from an ordinal on, so many at most; on any thread.</param>
/// <param name="Find">The ordinal of the block in which a path is, if it is there; in the catalog's form.</param>
/// <param name="Stage">Takes blocks, and runs of the base's.</param>
internal sealed record ManifestAccess(
    Func<long, int, CatalogAnswer<IReadOnlyList<ManifestReference>>> References,
    Func<long, int, CatalogAnswer<IReadOnlyList<byte[]>>> Read,
    Func<byte[], CatalogAnswer<long>> Find,
    Func<IReadOnlyList<StagedBlock>, IReadOnlyList<StagedRun>, CatalogFailure?> Stage);

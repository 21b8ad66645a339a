using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Records a fragment in the catalog from its index alone, so that a scan of the media records exactly what the job
/// recorded. Idempotent.
/// </summary>
public static class IndexRecorder
{
    /// <summary>Records a fragment and, when it seals its image, the seal.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="index">The bytes of the index.</param>
    /// <param name="location">Where the index file is.</param>
    /// <param name="authority">By whose right.</param>
    public static CatalogAnswer<Recorded> Record(
        CatalogStore store, byte[] index, TapeFile location, Authority authority)
    {
        var identity = new TapeLocation(new VolumeIdentity(location.Volume, default), location.Number);
        var defect = SealedFragment.FromIndex(index, identity, out var fragment);
        return fragment is null
            ? new CatalogFailure.Corrupt($"index {location.Volume}/{location.Number}", defect.ToString())
            : Record(store, fragment, location, authority);
    }

    /// <summary>As the other, of an index that is read already.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="fragment">The fragment.</param>
    /// <param name="location">Where the index file is.</param>
    /// <param name="authority">By whose right.</param>
    public static CatalogAnswer<Recorded> Record(
        CatalogStore store, SealedFragment fragment, TapeFile location, Authority authority)
    {
        var read = fragment.Index;
        if (read.Image.Base is { } named && CompleteManifest.Check(store, fragment.Image, named) is { } baseless)
            return baseless;
        var opened = Opened(read.Image);
        var known = authority.IsMedium
            ? store.Images.RecordScanned(opened) : store.Images.Open(opened, authority.Epoch);
        if (known.Failure is { } refused) return refused;
        var key = new FragmentKey(fragment.Image, fragment.Fragment, read.Epoch);
        var staged = read.Image.Base is null ? Stage(store, read, key) : CompleteManifest.Stage(store, fragment, key);
        if (!staged.Is(out var blocks, out var notStaged)) return notStaged;
        var closed = store.Images.CloseFragment(
            new FragmentClosing(FragmentOf(fragment, key, location), blocks, read.Exceptions), authority);
        if (closed.Failure is not null || read.Seal is not { } seal) return closed;
        return store.Images.Seal(fragment.Image, SealOf(seal, fragment), authority);
    }

    /// <summary>Lists an image that was found on the media and never sealed.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="found">What its headers say.</param>
    public static CatalogAnswer<Recorded> Abandon(CatalogStore store, CatalogProtocol.RecordAbandoned found)
    {
        var recorded = store.Images.RecordScanned(
            new NewImage(
                found.Image, found.Job, found.Client, found.Policy, found.FileSet, found.Level, found.Since, found.Base,
                found.BaseRoot, found.Recorded, found.Rules, found.MergedFrom));
        return recorded.Failure is not null ? recorded : store.Images.Abandon(found.Image, Authority.OfMedium);
    }

    /// <summary>The members of a full are its manifest.</summary>
    private static CatalogAnswer<int> Stage(CatalogStore store, FragmentIndex index, FragmentKey key)
    {
        var blocks = index.EntryBlocks
            .Select((block, number) => new StagedBlock(
                number, block.FirstPath.ToCatalog(), block.Count, block.Bytes.ToArray(),
                ManifestEntries.Bytes(ManifestEntries.Of(block.Bytes.Span))))
            .ToList();
        return store.Manifests.Stage(key, blocks).Failure is { } failure ? failure : blocks.Count;
    }

    private static NewImage Opened(ImageHeader image) => new(
        image.Image, image.Job, image.Client, image.Policy, image.FileSet, image.Level, image.Since, image.Base?.Image,
        image.Base?.Root, image.Recorded, image.Rules, image.MergedFrom?.Image);

    private static FragmentRecord FragmentOf(SealedFragment fragment, FragmentKey key, TapeFile location) => new()
    {
        Key = key,
        Root = fragment.Root,
        PreviousRoot = fragment.Index.PreviousRoot,
        StartKind = (int)fragment.Index.Start.Kind,
        StartMember = fragment.Index.Start.Member?.ToArray(),
        BytesToFirstMember = fragment.Index.Start.BytesToFirstMember,
        Files = fragment.Index.Counts.Members,
        ArchiveBytes = fragment.Index.Counts.ArchiveBytes,
        StoredBytes = fragment.Index.Counts.StoredBytes,
        ChunkTable = fragment.Index.Chunks.ToBytes(),
        Index = new Persistence.Catalog.TapePosition(location.Volume, location.Number),
        SealedAt = fragment.Index.Written,
        Parts =
        [
            .. fragment.Index.Parts.Select((part, number) => new PartRecord(
                number,
                new Persistence.Catalog.TapePosition(part.Location.Volume.Name, part.Location.File),
                part.Offset,
                part.Length)),
        ],
    };

    private static Persistence.Catalog.ImageSeal SealOf(Media.Fragments.ImageSeal seal, SealedFragment last) => new(
        seal.Outcome == SealOutcome.Complete ? JobOutcome.Complete : JobOutcome.CompleteWithExceptions,
        last.Fragment + 1,
        last.Root,
        new JobCounts(seal.Total.Members, seal.Total.ContentBytes, seal.Total.StoredBytes, seal.Total.Exceptions),
        last.Index.Written);
}

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
    /// <param name="origin">Through whom, as <see cref="FragmentRecord.Origin"/>.</param>
    /// <param name="job">Whose attempt it is: of a copy not the job of the image. Null: of the image.</param>
    public static CatalogAnswer<Recorded> Record(
        CatalogStore store, byte[] index, TapeFile location, Authority authority, string? origin = null,
        JobId? job = null)
    {
        var identity = new TapeLocation(new VolumeIdentity(location.Volume, default), location.Number);
        var defect = SealedFragment.FromIndex(index, identity, out var fragment);
        return fragment is null
            ? new CatalogFailure.Corrupt($"index {location.Volume}/{location.Number}", defect.ToString())
            : Record(store, fragment, location, authority, origin, job);
    }

    /// <summary>As the other, of an index that is read already.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="fragment">The fragment.</param>
    /// <param name="location">Where the index file is.</param>
    /// <param name="authority">By whose right.</param>
    /// <param name="origin">Through whom, as <see cref="FragmentRecord.Origin"/>.</param>
    /// <param name="job">Whose attempt it is: of a copy not the job of the image. Null: of the image.</param>
    public static CatalogAnswer<Recorded> Record(
        CatalogStore store, SealedFragment fragment, TapeFile location, Authority authority, string? origin = null,
        JobId? job = null)
    {
        var read = fragment.Index;
        if (fragment.Copy > 1 && !authority.IsMedium)
            return store.Copies.Add(
                FragmentOf(fragment, new FragmentKey(fragment.Image, fragment.Fragment, read.Epoch), location),
                job ?? read.Image.Job, authority.Epoch);
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
            new FragmentClosing(FragmentOf(fragment, key, location) with { Origin = origin }, blocks, read.Exceptions),
            authority);
        if (closed.Failure is not null || read.Seal is not { } seal) return closed;
        var sealing = store.Images.Seal(fragment.Image, SealOf(seal, fragment), authority);
        // A further copy of the last fragment of an image that is sealed is new all the same
        return sealing.Is(out var said, out _) && said == Recorded.Before ? closed : sealing;
    }

    /// <summary>
    /// Lists an image that was found on the media and never sealed, or of which not all was found. One that the catalog
    /// has whole stays so: the rest lies on volumes that were not read. One that no rule kept stays as it is, too.
    /// </summary>
    /// <param name="store">The catalog.</param>
    /// <param name="found">What its headers say.</param>
    public static CatalogAnswer<CatalogProtocol.Abandoned> Abandon(
        CatalogStore store, CatalogProtocol.RecordAbandoned found)
    {
        var image = new NewImage(
            found.Image, found.Job, found.Client, found.Policy, found.FileSet, found.Level, found.Since, found.Base,
            found.BaseRoot, found.Recorded, found.Rules, found.MergedFrom);
        if (!store.Images.Get(found.Image).Is(out var known, out var failure) && failure is not CatalogFailure.Unknown)
            return failure;
        if (known is null || known.Opened != image || (found.Lacks is null && known.State == ImageState.Lacking))
            failure = store.Images.RecordScanned(image).Failure;
        if (failure is not null and not CatalogFailure.Unknown) return failure;
        if (known?.State == ImageState.Sealed) return new CatalogProtocol.Abandoned(found.Image, IsWhole: true);
        failure = found.Lacks is { } lacks
            ? store.Images.Lack(found.Image, lacks).Failure
            : store.Images.Abandon(found.Image, Authority.OfMedium).Failure;
        return failure is not null ? failure
            : new CatalogProtocol.Abandoned(found.Image, IsRemoved: known?.PurgedAt is not null);
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
        Copy = fragment.Copy,
        CopiedAt = fragment.CopiedAt,
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

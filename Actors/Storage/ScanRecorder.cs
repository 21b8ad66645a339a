using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// Records in the catalog what a scan has put together. What the catalog has stays as it is: the same is nothing new,
/// more fragments are added, and what contradicts it is told and left out.
/// </summary>
/// <param name="orders">The scan.</param>
/// <param name="catalog">The catalog.</param>
/// <param name="shelf">The indexes.</param>
/// <param name="context">The session.</param>
/// <param name="report">Takes what an operator has to know.</param>
internal sealed class ScanRecorder(
    StorageProtocol.Scan orders, CatalogInquiry catalog, ScanShelf shelf, SessionContext context,
    Action<string> report)
{
    private readonly HashSet<ImageId> _told = [];
    private readonly HashSet<VolumeName> _seen = [];
    private long _files;
    private int _added;
    private int _known;

    /// <summary>Members of what was recorded. From any thread.</summary>
    public long Files => Interlocked.Read(ref _files);

    /// <summary>Records all.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="volumes">The volumes of the library.</param>
    /// <param name="seen">Those of them that were read.</param>
    /// <param name="isPartial">True when there are more: what was not found may lie there.</param>
    /// <param name="released">Tape files whose space retention gave back.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The number of fragments of whole images.</returns>
    public async Task<int> Record(
        Assembly found, IReadOnlyList<VolumeIdentity> volumes, IReadOnlySet<VolumeId> seen, bool isPartial,
        IReadOnlySet<(VolumeId Volume, int File)> released, CancellationToken cancellation)
    {
        _seen.UnionWith(volumes.Where(volume => seen.Contains(volume.Id)).Select(volume => volume.Name));
        var fragments = 0;
        var copies = found.Copies.ToLookup(copy => copy.Image);
        var places = new StandingPlaces(released);
        foreach (var image in found.BasesFirst())
        {
            var (whole, further) = places.Of(image.Fragments, [.. copies[image.Header.Image]], out var gone);
            if (gone is not null) LeaveOut(image.Header, gone);
            else if (await RecordWhole(image with { Fragments = whole }, further, cancellation).ConfigureAwait(false))
                fragments += image.Fragments.Count;
        }
        foreach (var broken in found.Broken)
        {
            var (beginning, _) = places.Of(broken.Beginning, [.. copies[broken.Header.Image]], out var gone);
            if (gone is not null) LeaveOut(broken.Header, gone);
            else await RecordBroken(broken with { Beginning = beginning }, cancellation).ConfigureAwait(false);
        }
        foreach (var part in found.MissingParts.Where(part => seen.Contains(part.Location.Volume.Id)
            && !released.Contains((part.Location.Volume.Id, part.Location.File))))
            report($"An index lists {part.Location}, which was not found there.");
        var never = found.Abandoned.Select(fragment => fragment.Header)
            .Concat(found.Unfinished.Select(header => header.Image))
            .Where(header => !_told.Contains(header.Image)).DistinctBy(header => header.Image);
        foreach (var header in never)
            await Tell(
                header, isPartial ? "its last fragment, which seals it, was not found" : null, cancellation)
                .ConfigureAwait(false);
        if (!isPartial)
            foreach (var fragment in found.Abandoned) shelf.Drop(fragment.Root);
        context.Say(
            LogSeverity.Info, "scan-images",
            $"{_added} images were added, {_known} were known with all that was found.");
        return fragments;
    }

    /// <summary>
    /// Retention had come so far with it, and no copy was found: that its index is still there does not make it whole.
    /// </summary>
    private void LeaveOut(ImageHeader header, TapeLocation gone)
    {
        _told.Add(header.Image);
        shelf.Drop(header.Image);
        context.Say(
            LogSeverity.Info, "image-given-back",
            $"The space of {gone}, where image {header.Image} of job {header.Job} lay, was given back. "
                + "The image is not added from there.");
    }

    /// <summary>An image, and where its fragments lie once more.</summary>
    private async Task<bool> RecordWhole(
        AssembledImage image, IReadOnlyList<ScannedFragment> copies, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _told.Add(image.Header.Image);
        if (await Record(image.Header, image.Fragments, cancellation).ConfigureAwait(false) is not { } added)
            return false;
        if (added) _added++;
        else _known++;
        context.Say(
            LogSeverity.Info, "image-found",
            $"Image {image.Header.Image} of job {image.Header.Job}: {image.Fragments.Count} fragments, sealed"
                + (added ? "." : "; the catalog has it."));
        if (copies.Count > 0
            && await Record(image.Header, copies, cancellation).ConfigureAwait(false) is { } copied)
            context.Say(
                LogSeverity.Info, "copies-found",
                $"Image {image.Header.Image}: {copies.Count} fragments lie at another place too"
                    + (copied ? "." : "; the catalog has them."));
        shelf.Drop(image.Header.Image);
        return true;
    }

    /// <summary>Its beginning is recorded, so that volumes may come in any order; then what it lacks.</summary>
    private async Task RecordBroken(BrokenImage broken, CancellationToken cancellation)
    {
        _told.Add(broken.Header.Image);
        var elsewhere = broken.Last.Seal!.Volumes.Where(volume => !_seen.Contains(volume)).ToList();
        var lacks = $"fragment {broken.MissingFragment} with root {broken.MissingRoot}"
            + (elsewhere.Count > 0 ? $"; not read were its volumes {string.Join(", ", elsewhere)}" : "");
        if (await Record(broken.Header, broken.Beginning, cancellation).ConfigureAwait(false) is null) return;
        await Tell(broken.Header, lacks, cancellation).ConfigureAwait(false);
    }

    /// <summary>Records fragments of an image in order, or further copies of them.</summary>
    /// <returns>True when the catalog did not have them all; null when it does not take them, which was
    /// reported.</returns>
    private async Task<bool?> Record(
        ImageHeader header, IReadOnlyList<ScannedFragment> fragments, CancellationToken cancellation)
    {
        var added = false;
        foreach (var scanned in fragments)
        {
            var fragment = await Task.Run(() => shelf.Find(scanned.Root, scanned.IndexLocation), cancellation)
                .ConfigureAwait(false);
            if (fragment is null)
            {
                report(
                    $"Image {header.Image}: the index of fragment {scanned.Fragment} on {scanned.IndexLocation} was "
                        + "read once and then no more. Check the disk of the storage node and scan again.");
                return null;
            }
            try
            {
                added |= !(await Send(fragment, cancellation).ConfigureAwait(false)).WasKnown;
            }
            catch (JobFailureException refused) when (refused.Failure is JobFailure.BaseNotUsable)
            {
                var baseless = (JobFailure.BaseNotUsable)refused.Failure;
                report(refused.Message);
                await Tell(
                    header, $"image {baseless.Base}, on which it builds: {baseless.Detail}", cancellation)
                    .ConfigureAwait(false);
                return null;
            }
            catch (JobFailureException refused) when (Contradicts(refused))
            {
                report(
                    $"Image {header.Image}, fragment {scanned.Fragment} on {scanned.IndexLocation} is not what the "
                        + $"catalog has, which stays as it is: {refused.Message}");
                foreach (var each in fragments) shelf.Drop(each.Root);
                return null;
            }
        }
        return added;
    }

    /// <summary>As an outbox does, but by the medium's right.</summary>
    private async Task<CatalogProtocol.Closed> Send(SealedFragment fragment, CancellationToken cancellation)
    {
        var index = fragment.IndexBytes;
        for (long offset = 0; ;)
        {
            var length = (int)Math.Min(CatalogProtocol.PieceBytesMax, index.Length - offset);
            var piece = new CatalogProtocol.IndexPiece(
                context.Job,
                context.Epoch,
                fragment.Image,
                fragment.Fragment,
                fragment.Root,
                new TapeFile(fragment.IndexLocation.Volume.Name, fragment.IndexLocation.File),
                offset,
                index.Length,
                index.Slice((int)offset, length).ToArray(),
                FromMedium: true);
            switch (await catalog.Ask<CatalogProtocol.IAnswer>(piece, cancellation).ConfigureAwait(false))
            {
                // A catalog that has lost the pieces before, as a new director's, says from where it wants them.
                case CatalogProtocol.PieceTaken taken:
                    offset = taken.Next;
                    break;
                case CatalogProtocol.Closed closed:
                    Interlocked.Add(ref _files, fragment.Index.Counts.Members);
                    return closed;
                case var other:
                    throw new JobFailureException(new JobFailure.Internal(
                        $"The catalog answered {other.GetType().Name} to a piece of an index."));
            }
        }
    }

    /// <summary>Lists an image as what it is.</summary>
    private async Task Tell(ImageHeader header, string? lacks, CancellationToken cancellation)
    {
        _told.Add(header.Image);
        var name = $"Image {header.Image} of job {header.Job}";
        try
        {
            var listed = await catalog.Ask<CatalogProtocol.Abandoned>(
                new CatalogProtocol.RecordAbandoned(
                    header.Image, header.Job, header.Policy, header.FileSet, header.Client, header.Level,
                    header.Since, header.Base?.Image, header.Base?.Root, header.Recorded, header.Rules,
                    header.MergedFrom?.Image, lacks),
                cancellation).ConfigureAwait(false);
            if (listed.IsWhole) shelf.Drop(header.Image);
            if (listed.IsWhole)
                context.Say(
                    LogSeverity.Info, "image-elsewhere",
                    $"{name} is whole in the catalog; not all of it lies on what library {orders.Drive.Library} gave "
                        + "to read.");
            else if (listed.IsRemoved)
                context.Say(
                    LogSeverity.Info, "image-removed",
                    $"{name} was removed, as no rule kept it, and is not whole on what was read: it stays so.");
            else if (lacks is not null)
                report(
                    $"{name} is not whole, and listed as lacking: {lacks}. Bring the volumes that hold it and scan "
                        + "again.");
            else
                context.Say(
                    LogSeverity.Warning, "image-abandoned", $"{name} was never sealed; it is listed as abandoned.");
        }
        catch (JobFailureException refused) when (Contradicts(refused))
        {
            context.Say(LogSeverity.Warning, "image-abandoned", $"{name} was never sealed: {refused.Message}");
        }
    }

    private static bool Contradicts(JobFailureException refused) =>
        refused.Failure is JobFailure.CatalogError { Contradicts: true };
}

using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// Reads labels, headers and indexes of all volumes of a library, spacing over the data, and records in the catalog
/// what they say: sealed images whole, images that were never sealed as abandoned. Which images are whole is known
/// behind the last volume, so their indexes are read a second time then, one after another: no more than one is in
/// memory.
/// </summary>
internal static class ScanSession
{
    public static Props Props(
        StorageProtocol.Scan orders, StorageOptions options, LibraryKeeper keeper, DriveHandle drive,
        IActorRef uplink) =>
        SessionWork.Props(
            orders, orders.Drive, drive, options, context => new Work(orders, options, keeper, uplink, context));

    private sealed class Work(
        StorageProtocol.Scan orders, StorageOptions options, LibraryKeeper keeper, IActorRef uplink,
        SessionContext context) : IReadWork
    {
        private readonly CatalogInquiry _catalog = options.Inquiry(uplink);
        private readonly ImageAssembler _assembler = new();
        private readonly HashSet<ImageId> _whole = [];
        private readonly HashSet<ImageId> _baseless = [];
        private readonly VolumeWait _volumes = new(context.Drive, context.Say, TimeProvider.System);
        private long _files;
        private long _bytes;
        private long _exceptions;

        public JobFailure.VolumeInUse? InUse => _volumes.InUse;

        public (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress =>
            ("scanning", Interlocked.Read(ref _files), Interlocked.Read(ref _bytes),
                _volumes.Volume, null);

        public void Fail(JobFailure failure)
        {
        }

        public async Task<StorageResult> Run(CancellationToken cancellation)
        {
            // It waits for the changer
            var volumes = await Task.Run(() => keeper.Volumes(orders.Drive.Number), cancellation).ConfigureAwait(false);
            foreach (var volume in volumes) await Scan(volume, cancellation).ConfigureAwait(false);
            var found = _assembler.Assemble();
            var fragments = 0;
            foreach (var image in found.BasesFirst())
            {
                cancellation.ThrowIfCancellationRequested();
                if (!await Record(image, cancellation).ConfigureAwait(false)) continue;
                fragments += image.Fragments.Count;
                context.Say(
                    LogSeverity.Info, "image-found",
                    $"Image {image.Header.Image} of job {image.Header.Job}: "
                        + $"{image.Fragments.Count} fragments, sealed.");
            }
            foreach (var broken in found.Broken)
                Report(
                    $"Image {broken.Header.Image} is sealed, but fragment {broken.MissingFragment} with root "
                        + $"{broken.MissingRoot} was not found. Insert the volume that holds it and scan again.");
            foreach (var part in found.MissingParts)
                Report($"An index lists {part.Location}, which was not found there.");
            await Abandon(found, cancellation).ConfigureAwait(false);
            // What is found on them can be restored only once they are known too
            foreach (var report in await Task.Run(keeper.Reports, cancellation).ConfigureAwait(false))
                await _catalog.Ask<CatalogProtocol.VolumeRecorded>(
                    new CatalogProtocol.RecordVolume(report), cancellation).ConfigureAwait(false);
            return new StorageResult(fragments, _files, 0, _bytes, _exceptions, volumes, null, 0);
        }

        private async Task Scan(VolumeName volume, CancellationToken cancellation)
        {
            await _volumes.Mount(volume, cancellation).ConfigureAwait(false);
            var scan =
                await context.Drive.Run(drive => VolumeScanner.Scan(drive).GetEnumerator()).ConfigureAwait(false);
            using (scan)
                while (await context.Drive.Run(_ => scan.MoveNext()).ConfigureAwait(false))
                {
                    cancellation.ThrowIfCancellationRequested();
                    var file = scan.Current;
                    _assembler.Add(file);
                    if (file is ScannedFile.Index index) Interlocked.Add(ref _bytes, index.Fragment.IndexBytes.Length);
                    if (file is ScannedFile.Damaged damaged)
                        Report($"{volume}, tape file {damaged.File}: {damaged.Detail}.");
                    if (file is ScannedFile.Unreadable unreadable)
                        Report($"{volume}, tape file {unreadable.File} cannot be read: {unreadable.Result}.");
                }
        }

        /// <summary>
        /// Records an image fragment by fragment. One whose index can no longer be read is not whole after all.
        /// </summary>
        private async Task<bool> Record(AssembledImage image, CancellationToken cancellation)
        {
            foreach (var scanned in image.Fragments)
            {
                var (volume, file) = (scanned.IndexLocation.Volume.Name, scanned.IndexLocation.File);
                await _volumes.Mount(volume, cancellation).ConfigureAwait(false);
                var found = await context.Drive.Run(drive => VolumeScanner.ScanFile(drive, file)).ConfigureAwait(false);
                if (found is not ScannedFile.Index { Fragment: var fragment } || fragment.Root != scanned.Root)
                {
                    Report(
                        $"Image {image.Header.Image}: the index of fragment {scanned.Fragment} on {volume}, tape "
                            + $"file {file}, was read once and then no more. Check the drive and scan again.");
                    return false;
                }
                if (await Record(fragment, cancellation).ConfigureAwait(false)) continue;
                _baseless.Add(image.Header.Image);
                return false;
            }
            return _whole.Add(image.Header.Image);
        }

        /// <summary>As an outbox does, but by the medium's right.</summary>
        /// <returns>False when the base of its image cannot be used, which was reported.</returns>
        private async Task<bool> Record(SealedFragment fragment, CancellationToken cancellation)
        {
            try
            {
                await Send(fragment, cancellation).ConfigureAwait(false);
                return true;
            }
            catch (JobFailureException refused) when (refused.Failure is JobFailure.BaseNotUsable)
            {
                Report(FailureText.Sentence(refused.Failure));
                return false;
            }
        }

        private async Task Send(SealedFragment fragment, CancellationToken cancellation)
        {
            var index = fragment.IndexBytes;
            for (long? next = 0; next is { } offset;)
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
                // A catalog that has lost the pieces before, as a new director's, says from where it wants them.
                next = await _catalog.Ask<CatalogProtocol.IAnswer>(piece, cancellation).ConfigureAwait(false) switch
                {
                    CatalogProtocol.PieceTaken taken => taken.Next,
                    CatalogProtocol.Closed => null,
                    var other => throw new JobFailureException(new JobFailure.Internal(
                        $"The catalog answered {other.GetType().Name} to a piece of an index.")),
                };
            }
            Interlocked.Add(ref _files, fragment.Index.Counts.Members);
        }

        private async Task Abandon(Assembly found, CancellationToken cancellation)
        {
            var never = found.Abandoned.Select(fragment => fragment.Header)
                .Concat(found.Images.Select(image => image.Header))
                .Concat(found.Unfinished.Select(header => header.Image))
                .Concat(found.Broken.Select(broken => broken.Header))
                .Where(header => !_whole.Contains(header.Image) && !_baseless.Contains(header.Image))
                .DistinctBy(header => header.Image);
            foreach (var header in never)
            {
                context.Say(
                    LogSeverity.Warning,
                    "image-abandoned",
                    $"Image {header.Image} of job {header.Job} was never sealed"
                        + await Abandon(header, cancellation).ConfigureAwait(false));
            }
        }

        private async Task<string> Abandon(ImageHeader header, CancellationToken cancellation)
        {
            try
            {
                await _catalog.Ask<CatalogProtocol.Abandoned>(
                    new CatalogProtocol.RecordAbandoned(
                        header.Image, header.Job, header.Policy, header.FileSet, header.Client, header.Level,
                        header.Since, header.Base?.Image, header.Base?.Root, header.Recorded, header.Rules,
                        header.MergedFrom?.Image),
                    cancellation).ConfigureAwait(false);
                return "; it is listed as abandoned.";
            }
            catch (JobFailureException refused)
            {
                return $": {FailureText.Sentence(refused.Failure)}";
            }
        }

        private void Report(string text)
        {
            _exceptions++;
            context.Say(LogSeverity.Warning, "scan", text);
        }
    }
}

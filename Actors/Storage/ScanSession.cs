using Akka.Actor;
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
/// Reads labels, headers and indexes of volumes of a library, spacing over the data, and records in the catalog what
/// they say and it lacks: sealed images whole, others as what they are. Which images are whole is known behind the last
/// volume; until then their indexes wait on the node's disk, so that each volume is read once and no more than one
/// index is in memory.
/// </summary>
internal static class ScanSession
{
    public static Props Props(
        StorageProtocol.Scan orders, StorageOptions options, LibraryKeeper keeper, DriveHandle drive,
        IActorRef uplink) =>
        SessionWork.Props(
            orders, orders.Drive, drive, options, context => new Work(orders, options, keeper, uplink, context));

    /// <summary>Where what scans of a library have read is kept.</summary>
    public static string ShelfOf(StorageOptions options, LibraryName library) =>
        Path.Combine(options.SessionDirectory, $"{library}.scan");

    private sealed class Work(
        StorageProtocol.Scan orders, StorageOptions options, LibraryKeeper keeper, IActorRef uplink,
        SessionContext context) : IReadWork
    {
        private readonly CatalogInquiry _catalog = options.Inquiry(uplink);
        private readonly ImageAssembler _assembler = new();
        private readonly HashSet<VolumeId> _seen = [];
        private readonly HashSet<(VolumeId Volume, int File)> _released = [];
        private readonly VolumeWait _volumes = new(context.Drive, context.Say, TimeProvider.System);
        private ScanRecorder? _recorder;
        private bool _isPartial;
        private long _bytes;
        private long _exceptions;

        public JobFailure.VolumeInUse? InUse => _volumes.InUse;

        public (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress =>
            ("scanning", _recorder?.Files ?? 0, Interlocked.Read(ref _bytes), _volumes.Volume, null);

        public void Fail(JobFailure failure)
        {
        }

        public async Task<StorageResult> Run(CancellationToken cancellation)
        {
            // It waits for the changer
            var present = await Task.Run(() => keeper.ToScan(orders.Drive.Number), cancellation).ConfigureAwait(false);
            var known = await Task.Run(keeper.Identities, cancellation).ConfigureAwait(false);
            var chosen = Chosen(present, known);
            var shelf = await Task.Run(
                () => ScanShelf.Open(ShelfOf(options, orders.Drive.Library), orders.Job, known), cancellation)
                .ConfigureAwait(false);
            foreach (var file in shelf.Files()) _assembler.Add(file);
            _released.UnionWith(shelf.Released);
            // What is found on them can be restored only once they are known too
            await RecordVolumes(cancellation).ConfigureAwait(false);
            foreach (var volume in chosen) await Scan(volume, known, shelf, cancellation).ConfigureAwait(false);
            known = await Task.Run(keeper.Identities, cancellation).ConfigureAwait(false);
            var isPartial = _isPartial || known.Any(volume => !_seen.Contains(volume.Id));
            _recorder = new ScanRecorder(orders, _catalog, shelf, context, Report);
            var fragments = await _recorder.Record(
                _assembler.Assemble(), known, _seen, isPartial, _released, cancellation).ConfigureAwait(false);
            await RecordVolumes(cancellation).ConfigureAwait(false);
            shelf.Finish();
            Sum(chosen);
            return new StorageResult(fragments, _recorder.Files, 0, _bytes, _exceptions, chosen, null, 0);
        }

        private IReadOnlyList<VolumeName> Chosen(
            IReadOnlyList<VolumeName> present, IReadOnlyList<VolumeIdentity> oldestFirst)
        {
            var chosen = orders.Spec.Volumes ?? present;
            if (!orders.Spec.FromOldest) return chosen;
            var ordered = oldestFirst.Select(volume => volume.Name).Where(chosen.Contains).ToList();
            return [.. ordered, .. chosen.Where(volume => !ordered.Contains(volume))];
        }

        private async Task RecordVolumes(CancellationToken cancellation)
        {
            foreach (var report in await Task.Run(keeper.Reports, cancellation).ConfigureAwait(false))
            {
                try
                {
                    await _catalog.Ask<CatalogProtocol.VolumeRecorded>(
                        new CatalogProtocol.RecordVolume(report), cancellation).ConfigureAwait(false);
                }
                catch (JobFailureException refused)
                    when (refused.Failure is JobFailure.CatalogError { Contradicts: true })
                {
                    if (_recorder is null) Report($"The catalog keeps what it has: {refused.Message}");
                }
            }
        }

        private async Task Scan(
            VolumeName volume, IReadOnlyList<VolumeIdentity> known, ScanShelf shelf, CancellationToken cancellation)
        {
            if (known.FirstOrDefault(each => each.Name == volume) is { } read && shelf.Read.Contains(read.Id))
            {
                _seen.Add(read.Id);
                context.Say(LogSeverity.Info, "scan-kept", $"{volume} was read by an earlier attempt of this scan.");
                return;
            }
            if (!await IsMounted(volume, cancellation).ConfigureAwait(false)) return;
            VolumeIdentity? identity = null;
            var (data, released) = (new List<ScannedFile.Data>(), new List<int>());
            var scan =
                await context.Drive.Run(drive => VolumeScanner.Scan(drive).GetEnumerator()).ConfigureAwait(false);
            using (scan)
                while (await context.Drive.Run(_ => scan.MoveNext()).ConfigureAwait(false))
                {
                    cancellation.ThrowIfCancellationRequested();
                    _assembler.Add(scan.Current);
                    Interlocked.Add(ref _bytes, TapeFormat.HeaderBytes);
                    switch (scan.Current)
                    {
                        case ScannedFile.Label label:
                            identity = label.Content.Volume;
                            break;
                        case ScannedFile.Data part:
                            data.Add(part);
                            break;
                        case ScannedFile.Index index:
                            Interlocked.Add(ref _bytes, index.Fragment.IndexBytes.Length);
                            shelf.Keep(index.Fragment);
                            break;
                        case ScannedFile.Released gone:
                            released.Add(gone.File);
                            break;
                        case ScannedFile.Damaged damaged:
                            Report($"{volume}, tape file {damaged.File}: {damaged.Detail}.");
                            break;
                        case ScannedFile.Unreadable unreadable:
                            Report($"{volume}, tape file {unreadable.File} cannot be read: {unreadable.Result}.");
                            break;
                    }
                }
            if (identity is null) return;
            _seen.Add(identity.Id);
            _released.UnionWith(released.Select(file => (identity.Id, file)));
            shelf.Complete(orders.Job, identity.Id, data, released);
        }

        /// <summary>
        /// What is in the library and cannot be read costs what lies on it, and no other volume. One that was asked for
        /// by name is needed.
        /// </summary>
        private async Task<bool> IsMounted(VolumeName volume, CancellationToken cancellation)
        {
            var isNamed = orders.Spec.Volumes is not null;
            try
            {
                await _volumes.Mount(volume, cancellation, isNeeded: isNamed).ConfigureAwait(false);
                return true;
            }
            catch (JobFailureException unread) when (!isNamed && unread.Failure is JobFailure.VolumeError)
            {
                if (keeper.IsBlank(volume)) return false;
                _isPartial = true;
                Report($"{volume} was not read: {unread.Message}");
                return false;
            }
        }

        private void Sum(IReadOnlyList<VolumeName> chosen)
        {
            var held = keeper.Reports().Where(report => chosen.Contains(report.Name)).Sum(report => report.Bytes);
            context.Say(
                LogSeverity.Info, "scan-read",
                $"Read {_bytes} bytes of labels, headers and indexes of {chosen.Count} volumes, which hold {held} "
                    + "bytes.");
        }

        private void Report(string text)
        {
            _exceptions++;
            context.Say(LogSeverity.Warning, "scan", text);
        }
    }
}

using Akka.Actor;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// Reads volumes again and compares each block with its digest in the index on the medium: no keys, no client, and no
/// catalog but to mark what is damaged. What an index lists is checked with it, on whichever volume it lies.
/// </summary>
internal static class ScrubSession
{
    public static Props Props(
        StorageProtocol.Scrub orders, StorageOptions options, LibraryKeeper keeper, DriveHandle drive,
        IActorRef uplink) =>
        SessionWork.Props(
            orders, orders.Drive, drive, options, context => new Work(orders, options, keeper, uplink, context));

    private sealed class Work(
        StorageProtocol.Scrub orders, StorageOptions options, LibraryKeeper keeper, IActorRef uplink,
        SessionContext context) : IReadWork
    {
        private const int BlocksAtOnce = 16;
        private const int LinesMax = 100;

        private readonly VolumeWait _volumes = new(context.Drive, context.Say, TimeProvider.System);
        private readonly byte[] _buffer = new byte[TapeFormat.BlockBytesMax];
        private long _files;
        private long _bytes;
        private long _exceptions;
        private int _lines;
        private VolumeName? _mounted;

        public JobFailure.VolumeInUse? InUse => _volumes.InUse;

        public (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress =>
            ("scrubbing", Interlocked.Read(ref _files), Interlocked.Read(ref _bytes), _volumes.Volume, null);

        public void Fail(JobFailure failure)
        {
        }

        public async Task<StorageResult> Run(CancellationToken cancellation)
        {
            var there = await Task.Run(() => keeper.Volumes(orders.Drive.Number), cancellation).ConfigureAwait(false);
            var (spec, fragments) = (orders.Spec, 0);
            var volumes = (spec.Volumes ?? there)
                .Where(volume => spec.Pool is not { } pool || keeper.PoolOf(volume) == pool).ToList();
            foreach (var volume in volumes)
            {
                if (!await IsMounted(volume, cancellation).ConfigureAwait(false)) continue;
                var indexes = await IndexesOn(volume, cancellation).ConfigureAwait(false);
                foreach (var file in indexes)
                    if (await Check(volume, file, cancellation).ConfigureAwait(false)) fragments++;
            }
            return new StorageResult(fragments, _files, 0, _bytes, _exceptions, volumes, null, 0);
        }

        /// <summary>One whose label cannot be read any more keeps no other from being read.</summary>
        private async Task<bool> IsMounted(VolumeName volume, CancellationToken cancellation)
        {
            var isNamed = orders.Spec.Volumes is not null;
            try
            {
                await Mount(volume, cancellation, isNeeded: isNamed).ConfigureAwait(false);
                return true;
            }
            catch (JobFailureException unread) when (!isNamed && unread.Failure is JobFailure.VolumeError)
            {
                _exceptions++;
                Say($"{volume} was not read: {unread.Message}");
                return false;
            }
        }

        /// <summary>The tape files of a volume that hold an index, or should; spacing over the data.</summary>
        private async Task<IReadOnlyList<int>> IndexesOn(VolumeName volume, CancellationToken cancellation)
        {
            await Mount(volume, cancellation).ConfigureAwait(false);
            var (indexes, listed, data) = (new List<int>(), new HashSet<int>(), new List<int>());
            var scan = await context.Drive.Run(drive => VolumeScanner.Scan(drive).GetEnumerator())
                .ConfigureAwait(false);
            using (scan)
                while (await context.Drive.Run(_ => scan.MoveNext()).ConfigureAwait(false))
                {
                    cancellation.ThrowIfCancellationRequested();
                    switch (scan.Current)
                    {
                        case ScannedFile.Index { Fragment: var found } index:
                            indexes.Add(index.File);
                            listed.UnionWith(found.Index.Parts.Where(part => part.Location.Volume.Name == volume)
                                .Select(part => part.Location.File));
                            break;
                        case ScannedFile.Data part:
                            data.Add(part.File);
                            break;
                        case ScannedFile.Damaged damaged:
                            await Lost(volume, damaged.File, damaged.Detail, cancellation).ConfigureAwait(false);
                            break;
                        case ScannedFile.Unreadable unreadable:
                            await Lost(volume, unreadable.File, $"it cannot be read: {unreadable.Result}", cancellation)
                                .ConfigureAwait(false);
                            break;
                    }
                }
            var others = data.Where(file => !listed.Contains(file)).ToList();
            if (others.Count > 0)
                context.Say(
                    LogSeverity.Info, "scrub-elsewhere",
                    $"{volume}: of tape files {string.Join(", ", others)} the index is on another volume, or was never "
                        + "written. With the pool they are checked too, where there is one.");
            return indexes;
        }

        /// <summary>
        /// A tape file whose header or index is damaged: a fragment's index, as far as the catalog knows.
        /// </summary>
        private async Task Lost(VolumeName volume, int file, string detail, CancellationToken cancellation)
        {
            _exceptions++;
            Say($"{volume}, tape file {file}: {detail}.");
            await Mark(new TapeFile(volume, file), detail, cancellation).ConfigureAwait(false);
        }

        private async Task<bool> Check(VolumeName volume, int file, CancellationToken cancellation)
        {
            await Mount(volume, cancellation).ConfigureAwait(false);
            var scanned = await context.Drive.Run(drive => VolumeScanner.ScanFile(drive, file)).ConfigureAwait(false);
            if (scanned is not ScannedFile.Index { Fragment: var fragment })
            {
                await Lost(volume, file, "its index was read once and then no more", cancellation)
                    .ConfigureAwait(false);
                return false;
            }
            var (whole, damage) = await Blocks(fragment, cancellation).ConfigureAwait(false);
            // What was not read is not said to be well, nor to be damaged: its volume may only be elsewhere
            if (whole || damage is not null)
                await Mark(new TapeFile(volume, file), damage, cancellation).ConfigureAwait(false);
            Interlocked.Add(ref _files, fragment.Index.Counts.Members);
            return true;
        }

        /// <summary>Compares all blocks of a copy.</summary>
        /// <returns>Whether all volumes of it were there; and what is wrong first, null: nothing.</returns>
        private async Task<(bool Whole, string? Damage)> Blocks(
            SealedFragment fragment, CancellationToken cancellation)
        {
            var (reader, first, hit) = (new BlockReader(fragment.Index), (string?)null, new HashSet<string>());
            var whole = true;
            for (var block = 0; block < reader.Count;)
            {
                cancellation.ThrowIfCancellationRequested();
                var (part, at) = reader.PlaceOf(block);
                if (at == 0)
                {
                    var (isThere, header) = await Part(fragment, reader, part, cancellation).ConfigureAwait(false);
                    first ??= header;
                    if (!isThere)
                    {
                        whole = false;
                        block += fragment.Index.Parts[part].BlockDigests.Count;
                        continue;
                    }
                }
                var (from, count) = (block, Math.Min(
                    BlocksAtOnce, fragment.Index.Parts[part].BlockDigests.Count - at));
                var defects = await context.Drive.Run(drive => CheckBlocks(drive, reader, from, count))
                    .ConfigureAwait(false);
                foreach (var (number, defect) in defects)
                {
                    first ??= defect.ToString();
                    Damaged(fragment, reader, number, defect, hit);
                }
                block += count;
            }
            return (whole, first);
        }

        /// <summary>Mounts the volume of a part and compares its header. Nobody is asked for a volume.</summary>
        /// <returns>Whether the volume is there; and what is wrong with the header, null: nothing.</returns>
        private async Task<(bool IsThere, string? Damage)> Part(
            SealedFragment fragment, BlockReader reader, int part, CancellationToken cancellation)
        {
            var location = fragment.Index.Parts[part].Location;
            try
            {
                await Mount(location.Volume.Name, cancellation, isNeeded: false).ConfigureAwait(false);
            }
            catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
            {
                _exceptions++;
                Say($"Fragment {fragment.Fragment} of image {fragment.Image}, {location}: {missing.Message}");
                return (false, null);
            }
            var defect = await context.Drive.Run(drive => reader.CheckHeader(drive, part, _buffer))
                .ConfigureAwait(false);
            if (defect is null) return (true, null);
            _exceptions++;
            Say($"Fragment {fragment.Fragment} of image {fragment.Image}: {defect}");
            return (true, defect.ToString());
        }

        private List<(int Block, FragmentDefect Defect)> CheckBlocks(
            ITapeDrive drive, BlockReader reader, int from, int count)
        {
            var defects = new List<(int, FragmentDefect)>();
            for (var block = from; block < from + count; block++)
            {
                var defect = reader.Read(drive, block, _buffer, out var length)
                    ?? reader.Check(block, _buffer.AsSpan(0, length));
                Interlocked.Add(ref _bytes, length);
                if (defect is not null) defects.Add((block, defect));
            }
            return defects;
        }

        /// <summary>Each item that is hit is named once for a copy of a fragment.</summary>
        private void Damaged(
            SealedFragment fragment, BlockReader reader, int block, FragmentDefect defect, HashSet<string> hit)
        {
            var files = reader.FilesIn(block).Where(path => hit.Add(path.ToString())).Select(path => new FileException(
                path.ToArray(), FileExceptionKind.ContentDamaged, "scrub", 0, defect.ToString())).ToList();
            Say($"Copy {fragment.Copy} of fragment {fragment.Fragment} of image {fragment.Image}: {defect}"
                + (files.Count > 0 ? $" It hits {files.Count} {(files.Count == 1 ? "item" : "items")}." : ""));
            context.Except(files);
            _exceptions += Math.Max(1, files.Count);
        }

        private async Task Mark(TapeFile index, string? damage, CancellationToken cancellation) =>
            await options.Inquiry(uplink).Ask<CatalogProtocol.CopyMarked>(
                new CatalogProtocol.MarkCopy(orders.Job, orders.Epoch, index, damage), cancellation)
                .ConfigureAwait(false);

        private void Say(string text)
        {
            if (++_lines > LinesMax) return;
            context.Say(LogSeverity.Error, "medium-damaged", text);
            if (_lines == LinesMax)
                context.Say(
                    LogSeverity.Warning, "medium-damaged", "Further damage is counted, and not told line by line.");
        }

        private async Task Mount(VolumeName volume, CancellationToken cancellation, bool isNeeded = true)
        {
            if (_mounted == volume) return;
            _mounted = null;
            await _volumes.Mount(volume, cancellation, isNeeded).ConfigureAwait(false);
            _mounted = volume;
        }
    }
}

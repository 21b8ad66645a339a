using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// Re-reads all parts and indexes of an image and checks every digest against what the catalog says, and every item of
/// the catalog against the indexes; needs no client.
/// </summary>
internal static class CheckSession
{
    public static Props Props(
        StorageProtocol.CheckMedia orders, StorageOptions options, DriveHandle drive, IActorRef uplink) =>
        SessionWork.Props(orders, orders.Drive, drive, options, context => new Work(orders, options, uplink, context));

    private sealed class Work(
        StorageProtocol.CheckMedia orders, StorageOptions options, IActorRef uplink, SessionContext context) : IReadWork
    {
        private const int ExceptionsAtOnce = 500;
        private readonly VolumeWait _volumes = new(context.Drive, context.Say, TimeProvider.System);
        private long _files;
        private long _bytes;
        private long _exceptions;
        private long _content;
        private string? _command;

        public JobFailure.VolumeInUse? InUse => _volumes.InUse;

        public (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress =>
            ("verifying", Interlocked.Read(ref _files), Interlocked.Read(ref _bytes),
                _volumes.Volume, null);

        public void Fail(JobFailure failure)
        {
        }

        public async Task<StorageResult> Run(CancellationToken cancellation)
        {
            var (fragments, volumes) = (0, new List<VolumeName>());
            foreach (var image in orders.Spec.Chain ?? [orders.Spec.Image])
            {
                var places = await ImagePlaces.Read(
                    options.Inquiry(uplink), image, cancellation, orders.Spec.Library).ConfigureAwait(false);
                await Check(image, places, cancellation).ConfigureAwait(false);
                fragments += places.Fragments.Count;
                volumes.AddRange(places.Volumes.Except(volumes));
            }
            return new StorageResult(fragments, _files, _content, _bytes, _exceptions, volumes, _command, 0);
        }

        private async Task Check(ImageId image, ImagePlaces places, CancellationToken cancellation)
        {
            OpenDigest? carried = null;
            var differing = new List<FileException>();
            var manifest = new ManifestCheck(
                image, ManifestPages.Read(options.Inquiry(uplink), image, [], cancellation), differing.Add);
            await using var closing = manifest.ConfigureAwait(false);
            foreach (var place in places.Fragments)
            {
                var known = await IndexOfAny(place, cancellation).ConfigureAwait(false);
                if (known is null)
                {
                    manifest.Unreadable(place.Fragment);
                    carried?.Dispose();
                    carried = null;
                    await NameFiles(image, place.Fragment, cancellation).ConfigureAwait(false);
                    continue;
                }
                _command = known.Index.Seal?.Command ?? _command;
                carried = await Check(known, carried, cancellation).ConfigureAwait(false);
                await manifest.Fragment(ManifestCheck.MembersOf(known.Index)).ConfigureAwait(false);
                Tell(differing);
                Interlocked.Add(ref _files, known.Index.Counts.Members);
                _content += known.Index.Counts.ContentBytes;
            }
            await manifest.End().ConfigureAwait(false);
            Tell(differing);
        }

        /// <summary>What was found of the first copy is told all the same: it is damaged.</summary>
        private async Task<SealedFragment?> IndexOfAny(FragmentPlace place, CancellationToken cancellation)
        {
            var copies = place.Copies
                .Where(copy => copy.Copy == place.Copy || copy.Library == orders.Spec.Library).ToList();
            for (var at = 0; at < copies.Count; at++)
                if (await IndexOf(place with { Index = copies[at].Index }, at == copies.Count - 1, cancellation)
                    .ConfigureAwait(false) is { } found) return found;
            return null;
        }

        private async Task<SealedFragment?> IndexOf(
            FragmentPlace place, bool isLast, CancellationToken cancellation)
        {
            try
            {
                await _volumes.Mount(place.Index.Volume.Name, cancellation, isLast).ConfigureAwait(false);
            }
            catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
            {
                Damaged(place, missing.Message);
                return null;
            }
            var scanned =
                await context.Drive.Run(drive => VolumeScanner.ScanFile(drive, place.Index.File)).ConfigureAwait(false);
            if (scanned is ScannedFile.Index { Fragment: var found } && found.Root == place.Root) return found;
            Damaged(place, scanned switch
            {
                ScannedFile.Index { Fragment.Root: var root } =>
                    $"Its index has the root {root}, the catalog says {place.Root}.",
                ScannedFile.Damaged damaged => $"Its index is damaged: {damaged.Detail}.",
                ScannedFile.Unreadable unreadable => $"Its index cannot be read: {unreadable.Result}.",
                _ => "Its index is not where the catalog says.",
            });
            return null;
        }

        private async Task<OpenDigest?> Check(
            SealedFragment fragment, OpenDigest? before, CancellationToken cancellation)
        {
            using var verifier = new FragmentVerifier(fragment, before);
            while (verifier.Next is { } part)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    await _volumes.Mount(part.Location.Volume.Name, cancellation).ConfigureAwait(false);
                    Take(await context.Drive.Run(drive => verifier.VerifyPart(drive, cancellation))
                        .ConfigureAwait(false));
                }
                catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
                {
                    Take(verifier.SkipPart(missing.Message));
                }
                Interlocked.Add(ref _bytes, fragment.Index.Parts[part.Part].Length);
            }
            await _volumes.Mount(fragment.IndexLocation.Volume.Name, cancellation).ConfigureAwait(false);
            Take(await context.Drive.Run(verifier.VerifyIndex).ConfigureAwait(false));
            var last = verifier.Finish(out var carried);
            Take(last);
            return carried;
        }

        private void Take(IReadOnlyList<VerifiedDefect> defects)
        {
            foreach (var defect in defects)
            {
                context.Say(LogSeverity.Error, "medium-damaged", defect.Defect.ToString());
                var hit = defect.Files.Select(path => new FileException(
                    path.ToArray(), FileExceptionKind.ContentDamaged, "verify", 0, defect.Defect.ToString())).ToList();
                context.Except(hit);
                _exceptions += Math.Max(1, hit.Count);
            }
        }

        /// <summary>
        /// Without the index nothing says what the content should be; the catalog still knows which files it is about.
        /// </summary>
        private async Task NameFiles(ImageId image, int fragment, CancellationToken cancellation)
        {
            var hit = new List<FileException>();
            await foreach (var entry in ManifestPages.Read(
                options.Inquiry(uplink), orders.Spec.Image, [], cancellation).ConfigureAwait(false))
            {
                if (entry.Position.Fragment != fragment || entry.Position.Image != image) continue;
                hit.Add(new FileException(
                    entry.Path.ToArray(), FileExceptionKind.ContentDamaged, "verify", 0,
                    $"The index of fragment {fragment}, which has its digest, is damaged."));
                if (hit.Count >= ExceptionsAtOnce) Tell(hit);
            }
            Tell(hit);
        }

        /// <summary>Tells of exceptions, and empties their list.</summary>
        private void Tell(List<FileException> files)
        {
            _exceptions += files.Count;
            foreach (var some in files.Chunk(ExceptionsAtOnce)) context.Except(some);
            files.Clear();
        }

        private void Damaged(FragmentPlace place, string detail)
        {
            _exceptions++;
            context.Say(LogSeverity.Error, "medium-damaged", $"Fragment {place.Fragment} on {place.Index}: {detail}");
        }
    }
}

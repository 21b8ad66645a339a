using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// One attempt of a restore on its storage node: the stream catalog ─► drive ─► decompress ─► connection. Sends no
/// coordinates to the catalog; it reads those that are there.
/// </summary>
internal static class ReadSession
{
    public static Props Props(
        StorageProtocol.OpenRead orders, StorageOptions options, DataPlane plane, IReadOnlyList<DriveHandle> drives,
        IActorRef uplink) =>
        SessionWork.Props(
            orders, orders.Drive, drives, options, context => new Work(orders, options, plane, uplink, context));

    private sealed class Work : IReadWork
    {
        private const int SwitchesSaid = 100;
        private readonly StorageProtocol.OpenRead _orders;
        private readonly StorageOptions _options;
        private readonly DataPlane _plane;
        private readonly IActorRef _uplink;
        private readonly SessionContext _context;
        private readonly DataLink<RestoreBatch> _link;
        private readonly IReadOnlyList<DriveId> _drives;
        private IReadOnlyList<VolumeWait> _volumes = [];
        private IReadOnlyList<IReadOnlyList<RestoreFeed>> _feeds = [];
        private DataAddress? _address;
        private int _switches;

        public Work(
            StorageProtocol.OpenRead orders, StorageOptions options, DataPlane plane, IActorRef uplink,
            SessionContext context)
        {
            (_orders, _options, _plane, _uplink, _context) = (orders, options, plane, uplink, context);
            _link = new(options.BufferedChunks);
            _drives = [orders.Drive, .. orders.More ?? []];
        }

        public JobFailure.VolumeInUse? InUse => First(volume => volume.InUse);

        public (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress =>
            ("restoring", Sum(feed => feed.Entries), Sum(feed => feed.ReadBytes), First(volume => volume.Volume), null);

        public async Task<StorageResult> Run(CancellationToken cancellation)
        {
            var catalog = _options.Inquiry(_uplink);
            var spec = _orders.Spec;
            var places = new List<ImagePlaces>();
            foreach (var image in spec.Chain ?? [spec.Image])
                places.Add(await ImagePlaces.Read(catalog, image, cancellation, spec.Library).ConfigureAwait(false));
            var needs = await new RestoreNeeds(spec, places)
                .AddAll(new LinkPromotion(catalog, spec), cancellation).ConfigureAwait(false);
            var lanes = new RestoreLanes(places, needs, _drives.Count);
            SayWhatIsRead(needs, lanes);
            var used = _drives.Take(lanes.Lanes.Count).ToList(); // the others may be another job's from now on
            var volumes = _volumes = [.. _context.Drives.Take(used.Count).Select(drive =>
                new VolumeWait(drive, _context.Say, TimeProvider.System, used))];
            _address = _plane.Open(_link, new DataPassport(_orders.Job, _orders.Epoch, spec.Client, spec.Library));
            _context.Reports.Tell(new StorageProtocol.Ready(
                _orders.Job, _orders.Epoch, _address, ResumePoint.Beginning, lanes.Lanes.Count));
            var feeds = _feeds = [.. lanes.Lanes.Select((_, lane) => (IReadOnlyList<RestoreFeed>)
                [.. places.Select(place => new RestoreFeed(
                    volumes[lane], place, spec.Library, OnDamage, lane, OnSwitch, spec.Others is null))])];
            var spared = await Spared(cancellation).ConfigureAwait(false);
            if (spared is not null)
            {
                needs = await new RestoreNeeds(spec, places)
                    .AddAll(new LinkPromotion(catalog, spec) { Spared = spared }, cancellation).ConfigureAwait(false);
                SayWhatIsSpared(spared, needs);
            }
            var plan = new RestorePasses(spec, catalog, lanes, spared);
            var whole = await Source.From(() => plan.Batches(feeds, LaneOver, cancellation))
                .SelectAsync(1, async batch =>
                {
                    var last = batch.Last;
                    await _link.Write(batch).ConfigureAwait(false);
                    return last;
                })
                .RunWith(Sink.Aggregate<bool, bool>(false, (ended, last) => ended || last), _context.Streams)
                .ConfigureAwait(false);
            if (!whole) throw new DataLinkException("The volumes were not read to the end.", null);
            _link.Complete();
            return new StorageResult(
                places.Sum(place => place.Fragments.Count), Sum(feed => feed.Entries), 0, Sum(feed => feed.ReadBytes),
                0, needs.Volumes, null, 0);
        }

        public void Fail(JobFailure failure)
        {
            if (_address is not null) _plane.Close(_address.Token, failure);
            _link.Fail(new JobFailureException(failure));
        }

        /// <summary>
        /// What stays at the target as it is: the client says so before anything is read. Null: nothing.
        /// </summary>
        private async Task<SparedItems?> Spared(CancellationToken cancellation)
        {
            await Task.WhenAny(_link.Spared, _link.Failed).WaitAsync(cancellation).ConfigureAwait(false);
            if (!_link.Spared.IsCompletedSuccessfully)
                throw new DataLinkException(
                    "The client has not said what it has.", await _link.Failed.ConfigureAwait(false));
            var spared = new SparedItems(await _link.Spared.ConfigureAwait(false));
            return spared.Count > 0 ? spared : null;
        }

        private void SayWhatIsSpared(SparedItems spared, RestoreNeeds left) => _context.Say(
            LogSeverity.Info, "right-already",
            (_orders.Spec.Replace is ReplaceRule.Changed or ReplaceRule.Always
                ? $"{spared.Count} files are at the target as they were saved, and are not read. "
                : $"{spared.Count} files stay at the target as they are, and are not read. ")
                + (left.Volumes.Count > 0 ? $"The rest lies on: {string.Join(", ", left.Volumes)}."
                    : "Nothing of the rest has content on a volume."));

        /// <summary>Of several lanes another one may wait for the volume in this drive.</summary>
        private Task LaneOver(int lane) => _feeds.Count > 1 ? _context.Drives[lane].Release() : Task.CompletedTask;

        private void SayWhatIsRead(RestoreNeeds needs, RestoreLanes lanes)
        {
            var volumes = needs.Volumes;
            _context.Say(
                LogSeverity.Info, "volumes-needed",
                volumes.Count > 0 ? $"What is restored lies on: {string.Join(", ", volumes)}."
                    : "Nothing of what is restored has content on a volume.");
            if (lanes.Volumes.Count > 1)
                _context.Say(
                    LogSeverity.Info, "drives-used", "Read at once: " + string.Join("; ", lanes.Volumes.Select(
                        (lane, number) => $"{string.Join(", ", lane)} in drive {_drives[number]}")) + ".");
        }

        private void OnDamage(Media.Files.FileEntry entry, Media.Fragments.FragmentDefect defect) =>
            _context.Say(LogSeverity.Error, "medium-damaged", $"{defect} It hits /{entry.Path}.");

        /// <summary>A line for each would flood the log of a restore from a medium that is hurt all over.</summary>
        private void OnSwitch(Media.Fragments.FragmentDefect defect)
        {
            if (Interlocked.Increment(ref _switches) <= SwitchesSaid)
                _context.Say(
                    LogSeverity.Warning, "copy-switched",
                    $"{defect} It is read again, from another copy where there is one."
                        + (_switches == SwitchesSaid ? " Further such lines are left out." : ""));
        }

        private long Sum(Func<RestoreFeed, long> count) => _feeds.Sum(lane => lane.Sum(count));

        private T? First<T>(Func<VolumeWait, T?> of) => _volumes.Select(of).FirstOrDefault(found => found is not null);
    }
}

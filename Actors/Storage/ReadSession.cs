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
        StorageProtocol.OpenRead orders, StorageOptions options, DataPlane plane, DriveHandle drive,
        IActorRef uplink) =>
        SessionWork.Props(
            orders, orders.Drive, drive, options, context => new Work(orders, options, plane, uplink, context));

    private sealed class Work(
        StorageProtocol.OpenRead orders, StorageOptions options, DataPlane plane, IActorRef uplink,
        SessionContext context) : IReadWork
    {
        private readonly DataLink<RestoreBatch> _link = new(options.BufferedChunks);
        private readonly VolumeWait _volumes = new(context.Drive, context.Say, TimeProvider.System);
        private IReadOnlyList<RestoreFeed> _feeds = [];
        private DataAddress? _address;

        public JobFailure.VolumeInUse? InUse => _volumes.InUse;

        public (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress =>
            ("restoring", _feeds.Sum(feed => feed.Entries), _feeds.Sum(feed => feed.ReadBytes), _volumes.Volume, null);

        public async Task<StorageResult> Run(CancellationToken cancellation)
        {
            var catalog = options.Inquiry(uplink);
            var places = new List<ImagePlaces>();
            foreach (var image in orders.Spec.Chain ?? [orders.Spec.Image])
                places.Add(await ImagePlaces.Read(catalog, image, cancellation).ConfigureAwait(false));
            var needs = await new RestoreNeeds(orders.Spec, places)
                .AddAll(new LinkPromotion(catalog, orders.Spec), cancellation).ConfigureAwait(false);
            var volumes = needs.Volumes;
            context.Say(
                LogSeverity.Info, "volumes-needed",
                volumes.Count > 0 ? $"What is restored lies on: {string.Join(", ", volumes)}."
                    : "Nothing of what is restored has content on a volume.");
            _address = plane.Open(
                _link, new DataPassport(orders.Job, orders.Epoch, orders.Spec.Client, orders.Spec.Library));
            context.Reports.Tell(new StorageProtocol.Ready(orders.Job, orders.Epoch, _address, ResumePoint.Beginning));
            var feeds = _feeds = [.. places.Select(place => new RestoreFeed(_volumes, place, OnDamage))];
            var plan = new RestorePasses(orders.Spec, catalog);
            var whole = await Source.From(() => plan.Batches(feeds, cancellation))
                .SelectAsync(1, async batch =>
                {
                    var last = batch.Last;
                    await _link.Write(batch).ConfigureAwait(false);
                    return last;
                })
                .RunWith(Sink.Aggregate<bool, bool>(false, (ended, last) => ended || last), context.Streams)
                .ConfigureAwait(false);
            if (!whole) throw new DataLinkException("The volumes were not read to the end.", null);
            _link.Complete();
            return new StorageResult(
                places.Sum(place => place.Fragments.Count), feeds.Sum(feed => feed.Entries), 0,
                feeds.Sum(feed => feed.ReadBytes), 0, volumes, null, 0);
        }

        public void Fail(JobFailure failure)
        {
            if (_address is not null) plane.Close(_address.Token, failure);
            _link.Fail(new JobFailureException(failure));
        }

        private void OnDamage(Media.Files.FileEntry entry, Media.Fragments.FragmentDefect defect) =>
            context.Say(LogSeverity.Error, "medium-damaged", $"{defect} It hits /{entry.Path}.");
    }
}

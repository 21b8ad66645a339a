using Backup.Actors.Catalog;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>Says what a restore would do, and moves no data.</summary>
internal static class RestorePlanner
{
    public static async Task<IReply> Plan(GatewaySetup setup, RestoreSpec spec)
    {
        try
        {
            var catalog = CatalogInquiry.Once(setup.Catalog, setup.AnswerWithin);
            var places = new List<ImagePlaces>();
            foreach (var image in spec.Chain ?? [spec.Image])
                places.Add(await ImagePlaces.Read(catalog, image, near: spec.Library).ConfigureAwait(false));
            var needs = new RestoreNeeds(spec, places);
            var kinds = new SortedDictionary<string, long>(StringComparer.Ordinal);
            var (bytes, existing, replaced) = (0L, 0L, 0L);
            var isHere = spec.Client == setup.OwnClient;
            using var probe = new TargetProbe(spec.Target, spec.Replace);
            using var staying = isHere
                ? await StayingItems.At(spec, 1, catalog, CancellationToken.None).ConfigureAwait(false) : null;
            await foreach (var entry in new LinkPromotion(catalog, spec).Read().ConfigureAwait(false))
            {
                kinds[entry.Kind.ToString()] = kinds.GetValueOrDefault(entry.Kind.ToString()) + 1;
                bytes += entry.Size;
                if (staying?.Contains(entry) != true) needs.Add(entry); // what stays is not read
                if (!isHere) continue;
                var (there, goes) = probe.Look(entry);
                if (there && entry.Kind != FileKind.Directory) existing++;
                if (goes) replaced++;
            }
            if (kinds.Count == 0)
                return new Refused(
                    RefusalCode.NotFound, FailureText.Sentence(new JobFailure.NothingSelected(spec.Image)));
            return new RestorePlan(
                spec.Image, kinds, bytes, needs.Bytes, isHere ? existing : null,
                isHere ? replaced : null,
                needs.Volumes, spec.Target,
                isHere && spec.Delete is not null ? await Deletion(spec, catalog).ConfigureAwait(false) : null);
        }
        catch (JobFailureException refused)
        {
            return new Refused(RefusalCode.Unavailable, refused.Message);
        }
    }

    private static async Task<PlannedDeletion> Deletion(RestoreSpec spec, CatalogInquiry catalog)
    {
        var count = await new ExtraRemoval(spec, catalog, Path.GetTempPath()).Count(CancellationToken.None)
            .ConfigureAwait(false);
        return new PlannedDeletion(
            count.Going, count.Kept, [.. count.First.Select(path => Path.Join(spec.Target, path.ToString()))],
            count.IsMost);
    }
}

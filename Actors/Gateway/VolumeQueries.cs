using Backup.Actors.Retention;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>The volumes, and why those that are full cannot be used again. All calls block.</summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="policies">What is configured.</param>
public sealed class VolumeQueries(CatalogStore store, IReadOnlyList<PolicyDefinition> policies)
{
    private const int ReasonsMax = 10;

    /// <summary>Answers.</summary>
    /// <param name="list">The question.</param>
    public IReply List(ListVolumes list)
    {
        if (!store.Volumes.List(new VolumeFilter()).Is(out var volumes, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (!store.Copies.OfImages().Is(out var copies, out failure)) return CatalogQueries.Unavailable(failure);
        var held = copies.SelectMany(copy => copy.Volumes.Select(volume => (Volume: volume, Copy: copy)))
            .ToLookup(pair => pair.Volume, pair => pair.Copy);
        var why = new Dictionary<VolumeName, IReadOnlyList<string>>();
        if (list.Why && Why().Is(out var reasons, out failure)) why = reasons;
        else if (list.Why) return CatalogQueries.Unavailable(failure!);
        return new VolumeList([.. volumes
            .OrderBy(volume => volume.Library.Value, StringComparer.Ordinal)
            .ThenBy(volume => volume.Name.Value, StringComparer.Ordinal)
            .Select(volume => new VolumeSummary(
                volume.Name,
                volume.Library,
                volume.Pool,
                volume.State.ToString().ToLowerInvariant(),
                volume.BytesWritten,
                volume.CapacityBytes,
                Math.Max(0, (volume.TapeFiles - 1) / 2),
                volume.LastWrittenAt,
                volume.Error,
                held[volume.Name].Select(copy => copy.Image).Distinct().Count(),
                list.Why ? volume.LabelledAt : null,
                list.Why ? why.GetValueOrDefault(volume.Name) ?? [] : null,
                held[volume.Name].Count(copy => copy.Copy > 1)))]);
    }

    private CatalogAnswer<Dictionary<VolumeName, IReadOnlyList<string>>> Why()
    {
        if (!store.Retention.Holdings().Is(out var holdings, out var failure)
            || !RetentionView.Read(store, DateTimeOffset.MaxValue).Is(out var view, out failure)) return failure;
        var verdicts = RetentionQueries.PlanOf(policies, TimeZoneInfo.Local)
            .Of(view.Images, TimeProvider.System.GetUtcNow())
            .ToDictionary(verdict => verdict.Image.Image);
        var why = new Dictionary<VolumeName, IReadOnlyList<string>>();
        foreach (var volume in holdings.GroupBy(holding => holding.Volume))
            why[volume.Key] = [.. volume.OrderByDescending(holding => IsKept(verdicts, holding.Image))
                .Take(ReasonsMax).Select(holding => Sentence(holding, verdicts, view))];
        return why;
    }

    private static bool IsKept(Dictionary<ImageId, RetentionVerdict> verdicts, ImageId image) =>
        !verdicts.TryGetValue(image, out var verdict) || verdict.IsKept;

    private static string Sentence(
        VolumeHolding holding, Dictionary<ImageId, RetentionVerdict> verdicts, RetentionView view)
    {
        var image = holding.Image.ToString()[..12];
        if (!verdicts.TryGetValue(holding.Image, out var verdict)) return $"image {image}: it is being written";
        var job = view.Records[holding.Image].Opened.Job;
        if (verdict.IsKept) return $"image {image} (job {job}): {string.Join("; ", verdict.Reasons)}";
        return verdict.Image.CondemnedAt is { } since
            ? $"image {image} (job {job}): nothing keeps it since {since:u}, and it is removed after the grace time"
            : $"image {image} (job {job}): nothing keeps it; the next run of retention condemns it";
    }
}

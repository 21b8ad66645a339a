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

    /// <summary>The rules of pools that have some.</summary>
    public IReadOnlyDictionary<PoolName, RetentionRules> PoolRules { get; init; } =
        new Dictionary<PoolName, RetentionRules>();

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
        if (list.Why && Why(volumes).Is(out var reasons, out failure)) why = reasons;
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

    private CatalogAnswer<Dictionary<VolumeName, IReadOnlyList<string>>> Why(IReadOnlyList<VolumeRecord> volumes)
    {
        if (!store.Retention.Holdings().Is(out var holdings, out var failure)
            || !RetentionView.Read(store, DateTimeOffset.MaxValue, withCopies: PoolRules.Count > 0)
                .Is(out var view, out failure)) return failure;
        var verdicts = RetentionQueries.PlanOf(policies, PoolRules, TimeZoneInfo.Local)
            .Of(view.Images, TimeProvider.System.GetUtcNow())
            .ToDictionary(verdict => verdict.Image.Image);
        var why = new Dictionary<VolumeName, IReadOnlyList<string>>();
        var poolOf = volumes.ToDictionary(volume => volume.Name, volume => volume.Pool);
        foreach (var volume in holdings.GroupBy(holding => holding.Volume))
        {
            var pool = poolOf.GetValueOrDefault(volume.Key);
            why[volume.Key] = [.. volume.OrderByDescending(holding => IsKept(verdicts, holding.Image, pool))
                .Take(ReasonsMax).Select(holding => Sentence(holding, verdicts, view, pool))];
        }
        return why;
    }

    private static bool IsKept(Dictionary<ImageId, RetentionVerdict> verdicts, ImageId image, PoolName pool) =>
        !verdicts.TryGetValue(image, out var verdict)
        || (verdict.IsKept && There(verdict, pool) is not { IsKept: false });

    /// <summary>Null where what the image has in the pool stays and goes with it.</summary>
    private static CopyVerdict? There(RetentionVerdict verdict, PoolName pool) =>
        verdict.Copies.FirstOrDefault(copy => copy.Copy.Pool == pool);

    private static string Sentence(
        VolumeHolding holding, Dictionary<ImageId, RetentionVerdict> verdicts, RetentionView view, PoolName pool)
    {
        var image = holding.Image.ToString()[..12];
        if (!verdicts.TryGetValue(holding.Image, out var verdict)) return $"image {image}: it is being written";
        var job = view.Records[holding.Image].Opened.Job;
        var copy = There(verdict, pool);
        if (verdict.IsKept && copy is null or { IsKept: true })
            return $"image {image} (job {job}): {string.Join("; ", copy?.Reasons ?? verdict.Reasons)}";
        var condemned = verdict.IsKept ? copy!.Copy.CondemnedAt : verdict.Image.CondemnedAt;
        if (verdict.IsKept) image += $" in pool {pool}";
        return condemned is { } since
            ? $"image {image} (job {job}): nothing keeps it since {since:u}, and it is removed after the grace time"
            : $"image {image} (job {job}): nothing keeps it; the next run of retention condemns it";
    }
}

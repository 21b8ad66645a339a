using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What retention would do: the same for a running node and for a command that opens the catalog without one. All calls
/// block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="policies">What is configured.</param>
/// <param name="pools">The rules of pools that have some.</param>
/// <param name="now">The moment of the question.</param>
/// <param name="zone">Whose hours, days and weeks are meant.</param>
/// <param name="grace">Between condemnation and removal.</param>
public sealed class RetentionQueries(
    CatalogStore store, IReadOnlyList<PolicyDefinition> policies,
    IReadOnlyDictionary<PoolName, RetentionRules> pools, DateTimeOffset now, TimeZoneInfo zone, TimeSpan grace)
{
    /// <summary>Answers.</summary>
    /// <param name="show">The question.</param>
    public IReply Show(ShowRetention show)
    {
        if (Unknown(policies, show.Policy) is { } unknown) return unknown;
        var moment = show.AsOf ?? now;
        if (!RetentionView.Read(store, moment, withCopies: pools.Count > 0).Is(out var view, out var failure))
            return CatalogQueries.Unavailable(failure);
        var verdicts = PlanOf(policies, pools, zone).Of(view.Images, moment)
            .Where(verdict => show.Policy is null || verdict.Image.Policy == show.Policy).ToList();
        var from = show.After is { } after ? verdicts.FindIndex(verdict => verdict.Image.Image == after) + 1 : 0;
        var page = verdicts.Skip(from).Take(Math.Clamp(show.Limit, 1, 10_000)).ToList();
        return new RetentionShown(
            moment, [.. page.Select(verdict => LineOf(verdict, view.Records[verdict.Image.Image]))],
            from + page.Count < verdicts.Count ? page[^1].Image.Image : null);
    }

    /// <summary>What images are kept by.</summary>
    /// <param name="policies">What is configured.</param>
    /// <param name="pools">The rules of pools that have some.</param>
    /// <param name="zone">Whose hours, days and weeks are meant.</param>
    public static RetentionPlan PlanOf(
        IReadOnlyList<PolicyDefinition> policies, IReadOnlyDictionary<PoolName, RetentionRules> pools,
        TimeZoneInfo zone) =>
        new(policies.ToDictionary(policy => policy.Name, policy => policy.Retention), zone) { Pools = pools };

    /// <summary>The refusal of a policy that is not configured.</summary>
    internal static Refused? Unknown(IReadOnlyList<PolicyDefinition> policies, PolicyName? asked) =>
        asked is { } name && policies.All(policy => policy.Name != name)
            ? new Refused(
                RefusalCode.BadRequest, $"There is no policy \"{name}\". Configured are: "
                    + $"{string.Join(", ", policies.Select(policy => policy.Name.Value).Order())}.")
            : null;

    private RetentionLine LineOf(RetentionVerdict verdict, ImageRecord image) => new(
        image.Opened.Image,
        image.Opened.Job,
        image.Opened.Client,
        image.Opened.FileSet,
        image.Opened.Policy,
        image.Opened.Level,
        verdict.Image.SealedAt,
        image.Counts.BytesStored,
        verdict.IsKept,
        verdict.Reasons,
        image.CondemnedAt is { } since && !verdict.IsKept ? since + grace : null,
        verdict.Copies.Count == 0 ? null : [.. verdict.Copies.Select(copy => new RetainedCopyLine(
            copy.Copy.Pool, copy.IsKept, copy.Reasons,
            copy.Copy.CondemnedAt is { } at && !copy.IsKept ? at + grace : null))]);
}

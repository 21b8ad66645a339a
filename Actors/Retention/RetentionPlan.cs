using System.Globalization;
using Backup.Messages;

namespace Backup.Actors.Retention;

/// <summary>
/// Decides which images are kept: what a rule of their policy keeps, and all that these build on. The newest image of a
/// client and file set that can be restored is kept whatever the rules say, and so is what a job works with, and what
/// has no rules. A pure function: the same for a simulation and for the real thing.
/// </summary>
/// <param name="rules">By policy; the images of a policy that is not there any more never expire.</param>
/// <param name="zone">Whose hours, days and weeks are meant.</param>
/// <remarks>
/// A pool may have rules of its own: they keep images of which a whole copy lies there, besides the rules of their
/// policies, and decide how long it lies there (<see cref="CopyPlan"/>).
/// </remarks>
public sealed class RetentionPlan(IReadOnlyDictionary<PolicyName, RetentionRules> rules, TimeZoneInfo zone)
{
    /// <summary>The rules of pools that have some.</summary>
    public IReadOnlyDictionary<PoolName, RetentionRules> Pools { get; init; } =
        new Dictionary<PoolName, RetentionRules>();

    /// <summary>Decides.</summary>
    /// <param name="images">All sealed images that have not expired, in any order.</param>
    /// <param name="now">The moment, by the directors' clock.</param>
    /// <returns>A verdict for each, newest first.</returns>
    public IReadOnlyList<RetentionVerdict> Of(IReadOnlyList<RetainedImage> images, DateTimeOffset now)
    {
        var newest = images.OrderByDescending(image => image.SealedAt).ThenByDescending(image => image.Image.Value)
            .ToList();
        var reasons = newest.ToDictionary(image => image.Image, _ => new List<string>());
        // Of all sets: a full may refer to an image of another policy
        var byId = newest.Where(image => image.IsSealed).ToDictionary(image => image.Image);
        var copies = new CopyPlan(Pools);
        foreach (var set in newest.GroupBy(image => image.Set))
        {
            var whole = set.Where(image => image.IsSealed).ToList();
            foreach (var policy in whole.GroupBy(image => image.Policy))
            {
                ByPolicy(policy.Key, [.. policy], now, reasons);
                copies.Take([.. policy], reasons, (rule, images) => ByRules(rule, images, now));
            }
            LastOnes(whole, byId, reasons);
            foreach (var image in set.Where(image => !image.IsSealed)) Unsealed(image, whole, reasons[image.Image]);
        }
        foreach (var image in newest)
        {
            if (image.UsedBy is { } job) reasons[image.Image].Add($"used by {job}");
            if (image.Hold is { } hold) reasons[image.Image].Add(hold);
        }
        Closure(newest, reasons);
        var kept = copies.Verdicts([.. newest.Where(image => reasons[image.Image].Count > 0)], byId);
        return [.. newest.Select(image => reasons[image.Image] is { Count: > 0 } why
            ? new RetentionVerdict(image, true, why) { Copies = kept.GetValueOrDefault(image.Image) ?? [] }
            : new RetentionVerdict(
                image, false, [image.IsSealed ? "no rule keeps it" : "never sealed, and newer images are whole"]))];
    }

    private void ByPolicy(
        PolicyName policy, IReadOnlyList<RetainedImage> images, DateTimeOffset now,
        Dictionary<ImageId, List<string>> reasons)
    {
        if (!rules.TryGetValue(policy, out var rule))
        {
            foreach (var image in images) reasons[image.Image].Add($"policy {policy} is not configured any more");
            return;
        }
        if (rule.IsEverything)
        {
            foreach (var image in images) reasons[image.Image].Add("its policy has no retention");
            return;
        }
        foreach (var (image, why) in ByRules(rule, images, now)) reasons[image].AddRange(why);
    }

    /// <summary>What rules keep of images, newest first, of one policy, client and file set; each with why.</summary>
    private Dictionary<ImageId, List<string>> ByRules(
        RetentionRules rule, IReadOnlyList<RetainedImage> images, DateTimeOffset now)
    {
        var reasons = images.ToDictionary(image => image.Image, _ => new List<string>());
        Count("last", rule.Last, images, image => image.Image.ToString(), reasons);
        Count("hourly", rule.Hourly, images, image => Local(image).ToString("yyyy-MM-dd HH", Invariant), reasons);
        Count("daily", rule.Daily, images, image => Local(image).ToString("yyyy-MM-dd", Invariant), reasons);
        Count("weekly", rule.Weekly, images, image => WeekOf(Local(image).DateTime), reasons);
        Count("monthly", rule.Monthly, images, image => Local(image).ToString("yyyy-MM", Invariant), reasons);
        Count("yearly", rule.Yearly, images, image => Local(image).ToString("yyyy", Invariant), reasons);
        Count("verified", rule.Verified, [.. images.Where(image => image.IsVerified)],
            image => image.Image.ToString(), reasons);
        foreach (var image in images)
        {
            if (rule.Within > TimeSpan.Zero && images[0].SealedAt - image.SealedAt <= rule.Within)
                reasons[image.Image].Add($"within {Text(rule.Within)} of the newest");
            if (rule.For > TimeSpan.Zero && now - image.SealedAt <= rule.For)
                reasons[image.Image].Add($"not older than {Text(rule.For)}");
            if (rule.Tags.Intersect(image.Tags, StringComparer.Ordinal).FirstOrDefault() is { } tag)
                reasons[image.Image].Add($"tag {tag}");
        }
        if (rule.Window > TimeSpan.Zero) Window(rule.Window, images, now, reasons);
        return reasons;
    }

    /// <summary>The state at the beginning of the window is that of the newest image before it.</summary>
    private static void Window(
        TimeSpan window, IReadOnlyList<RetainedImage> newestFirst, DateTimeOffset now,
        Dictionary<ImageId, List<string>> reasons)
    {
        foreach (var image in newestFirst)
        {
            reasons[image.Image].Add($"window of {Text(window)}");
            if (now - image.SealedAt >= window) return;
        }
    }

    /// <summary>
    /// What was given up goes when something newer of its policy is whole; a policy without rules keeps it.
    /// </summary>
    private void Unsealed(RetainedImage image, IReadOnlyList<RetainedImage> whole, List<string> reasons)
    {
        if (!rules.TryGetValue(image.Policy, out var rule))
            reasons.Add($"policy {image.Policy} is not configured any more");
        else if (rule.IsEverything) reasons.Add("its policy has no retention");
        else if (!whole.Any(other => other.Policy == image.Policy && other.SealedAt > image.SealedAt))
            reasons.Add("never sealed, and nothing newer is");
        else if (image.Tags.FirstOrDefault(rule.Tags.Contains) is { } tag) reasons.Add($"tag {tag}");
    }

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private DateTimeOffset Local(RetainedImage image) => TimeZoneInfo.ConvertTime(image.SealedAt, zone);

    private static string WeekOf(DateTime day) => $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):00}";

    private static string Text(TimeSpan time) => time.TotalDays >= 1 && time.TotalDays == Math.Floor(time.TotalDays)
        ? $"{time.TotalDays:0} days" : $"{time.TotalHours:0.##} hours";

    /// <summary>The newest image of each of the newest periods that have one.</summary>
    private static void Count(
        string name, int count, IReadOnlyList<RetainedImage> newestFirst, Func<RetainedImage, string> periodOf,
        Dictionary<ImageId, List<string>> reasons)
    {
        string? before = null;
        var kept = 0;
        foreach (var image in newestFirst)
        {
            if (kept == count) return;
            var period = periodOf(image);
            if (period == before) continue;
            before = period;
            kept++;
            reasons[image.Image].Add(
                $"{name} {kept} of {count}{(name is "last" or "verified" ? "" : $" ({period})")}");
        }
    }

    /// <summary>
    /// Of each client and file set something can always be restored, and something that was verified.
    /// </summary>
    private static void LastOnes(
        IReadOnlyList<RetainedImage> newestFirst, Dictionary<ImageId, RetainedImage> byId,
        Dictionary<ImageId, List<string>> reasons)
    {
        if (newestFirst.FirstOrDefault(image => IsWhole(image, byId)) is { } last)
            reasons[last.Image].Add("the newest that can be restored");
        if (newestFirst.FirstOrDefault(
            image => image.IsVerified && IsWhole(image, byId)) is { } verified)
            reasons[verified.Image].Add("the newest that was verified");
        // Of a set whose chains are all broken, or lie on volumes in error, nothing goes by itself
        if (!newestFirst.Any(image => IsWhole(image, byId)))
            foreach (var image in newestFirst) reasons[image.Image].Add("nothing newer can be restored");
    }

    private static bool IsWhole(RetainedImage image, Dictionary<ImageId, RetainedImage> byId)
    {
        var steps = 0;
        for (var at = image; !at.IsDoubtful; at = byId[at.Base.Value])
        {
            if (at.Base is not { } below) return true;
            if (!byId.ContainsKey(below) || ++steps > byId.Count) return false;
        }
        return false;
    }

    private static void Closure(IReadOnlyList<RetainedImage> images, Dictionary<ImageId, List<string>> reasons)
    {
        var byId = images.ToDictionary(image => image.Image);
        foreach (var image in images)
        {
            if (reasons[image.Image].Count == 0) continue;
            var steps = 0;
            for (var at = image; at.Base is { } below && byId.TryGetValue(below, out var found)
                && steps++ < images.Count; at = found)
            {
                var why = $"base of {image.Image.ToString()[..12]}";
                if (reasons[below].Exists(known => known.StartsWith("base of ", StringComparison.Ordinal))) break;
                reasons[below].Add(why);
            }
        }
    }
}

using System.Collections.Concurrent;
using Backup.Actors.Planning;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Whether the last full of a set is soon the only one no more: it goes with the very run that makes the next, so that
/// for a while there is one full that nobody has ever restored, and none behind it. Amanda warns likewise of a tape
/// that is to be written over.
/// </summary>
/// <param name="store">The catalog.</param>
/// <param name="rules">What is kept, by policy.</param>
/// <param name="clock">The moment of the question.</param>
/// <param name="memo">What was found before; null: nothing is remembered.</param>
internal sealed class LastFulls(
    CatalogStore store, IReadOnlyDictionary<PolicyName, RetentionRules> rules, PlanClock clock,
    LastFulls.Memo? memo = null)
{
    /// <summary>
    /// What was found of each set. It holds until the set has a newer image or one less, or the day, the runs ahead
    /// or the rules are others: a status is asked for all the time, and the images of years are read for it only then.
    /// </summary>
    internal sealed class Memo
    {
        private readonly ConcurrentDictionary<string, (string Key, string? Warning)> _found = [];

        /// <summary>How often images were read because nothing was remembered.</summary>
        public int Misses { get; private set; }

        public CatalogAnswer<string?> Of(string set, string key, Func<CatalogAnswer<string?>> read)
        {
            if (_found.TryGetValue(set, out var found) && found.Key == key)
                return CatalogAnswer<string?>.Of(found.Warning);
            Misses++;
            var answer = read();
            if (answer.Is(out var warning, out _)) _found[set] = (key, warning);
            return answer;
        }
    }

    /// <summary>How many runs are looked ahead, as in Amanda.</summary>
    public const int RunsMax = 5;

    private const int ImagesMax = 10_000;

    /// <summary>The warning; null: there is nothing to warn of.</summary>
    /// <param name="member">The set.</param>
    /// <param name="runs">The run in question, and those that follow.</param>
    public CatalogAnswer<string?> Of(PlannedMember member, IReadOnlyList<PlannedRun> runs)
    {
        // What is verified until then nobody knows.
        if (member.Past.LastFull is not { } last
            || !rules.TryGetValue(member.Member.Policy, out var rule) || rule.IsEverything || rule.Verified > 0)
            return CatalogAnswer<string?>.Of(null);
        var made = new ImageFilter(member.Client, FileSet: member.Member.FileSet, State: ImageState.Sealed);
        if (memo is null) return Read(member, runs, last, made);
        if (!store.Images.List(made, 1).Is(out var newest, out var failure)
            || !store.Images.SealedCount(member.Client, member.Member.FileSet).Is(out var count, out failure))
            return failure;
        var levels = runs.Select(run => $"{run.Day:yyyyMMdd}:{LevelIn(run, member)}");
        var key = $"{newest[0].Opened.Image} {count} {last} {clock.Today:yyyyMMdd} {rule} {string.Join(' ', levels)}";
        return memo.Of(member.Name, key, () => Read(member, runs, last, made));
    }

    private static int? LevelIn(PlannedRun run, PlannedMember member) => run.Sets.FirstOrDefault(
        each => each.Policy == member.Member.Policy && each.Client == member.Client)?.Level;

    private CatalogAnswer<string?> Read(
        PlannedMember member, IReadOnlyList<PlannedRun> runs, ImageId last, ImageFilter made)
    {
        if (!store.Images.List(made, ImagesMax).Is(out var records, out var failure)) return failure;
        var set = new ImageSet(member.Client, member.Member.FileSet);
        var images = records.Select(record => new RetainedImage(
            record.Opened.Image, set, record.Opened.Policy, record.Seal!.At, record.Opened.Level, record.Opened.Base,
            IsVerified: false, UsedBy: null)).ToList();
        var plan = new RetentionPlan(rules, clock.Zone);
        var number = 0;
        foreach (var run in runs)
        {
            var level = LevelIn(run, member);
            if (level is null) continue;
            if (++number > RunsMax) break;
            // At the same hour as now, for want of a better one.
            var at = run.Day + (clock.Now - clock.BeginningOf(clock.Today));
            var newest = images.Where(image => image.Level < level).MaxBy(image => image.SealedAt);
            var next = new RetainedImage(
                new ImageId((UInt128)number), set, member.Member.Policy, at, level.Value, newest?.Image,
                IsVerified: false, UsedBy: null);
            images = [.. plan.Of([.. images, next], at).Where(verdict => verdict.IsKept)
                .Select(verdict => verdict.Image)];
            if (images.Exists(image => image.Image == last)) continue;
            return CatalogAnswer<string?>.Of(
                images.TrueForAll(image => image.Level > 0 || image == next) ? Sentence(member, last, number) : null);
        }
        return CatalogAnswer<string?>.Of(null);
    }

    private static string Sentence(PlannedMember member, ImageId last, int number) =>
        $"The last full of policy {member.Member.Policy}, client {member.Client} (image {last}) goes "
            + $"{(number == 1 ? "with this run" : $"in {number} runs")}: another is made then, and `retention` of the "
            + "policy keeps no second one. Keep more, as weekly = 2.";
}

using Backup.Actors.Retention;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Retention;

/// <summary>
/// JT-07: with one full, incrementals for ever, merges by themselves and `retention { daily = N }`, each of the newest N
/// backups can be restored at every moment, and what is older goes: Bareos' Always Incremental Keep Number.
/// </summary>
public sealed class IncrementalForeverSpecs
{
    private static readonly PolicyName Policy = new("forever");
    private static readonly ImageSet Set = new(new ClientName("web"), new FileSetName("home"));
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 2, 0, 0, TimeSpan.Zero);
    private readonly List<Made> _made = [];

    [Theory]
    [InlineData(7, 3)]
    [InlineData(7, 7)]
    [InlineData(3, 10)]
    [InlineData(1, 5)]
    public void The_newest_backups_can_be_restored_each_day_and_nothing_piles_up(int mergeAfter, int keep)
    {
        var (merge, fulls) = (new MergeRule(mergeAfter, TimeSpan.Zero), 0);
        var plan = new RetentionPlan(
            new Dictionary<PolicyName, RetentionRules> { [Policy] = new RetentionRules { Daily = keep } },
            TimeZoneInfo.Utc);
        for (var day = 0; day < 120; day++)
        {
            var at = Begin.AddDays(day);
            var newest = _made.OrderByDescending(each => each.At).ThenByDescending(each => each.Job).FirstOrDefault();
            Add(at, newest);
            if (newest is null) fulls++;
            if (merge.Due([.. _made.Select(each => each.Record)], Policy, at.AddHours(1)) is { } due)
                Add(due.Opened.Since, null);

            var kept = plan.Of([.. _made.Select(each => each.Retained)], at.AddHours(2))
                .Where(verdict => verdict.IsKept).Select(verdict => verdict.Image.Image).ToHashSet();
            _made.RemoveAll(each => !kept.Contains(each.Image));

            for (var back = 0; back < Math.Min(keep, day + 1); back++)
                Assert.Contains(_made, each => each.At == at.AddDays(-back) && CanBeRestored(each));
            // One chain that grows, and those that the oldest of the kept days need; a merged full beside its newest
            Assert.InRange(_made.Count, 1, keep + (2 * mergeAfter) + (keep / mergeAfter) + 3);
        }
        Assert.Equal(1, fulls);
        Assert.True(_made.TrueForAll(each => each.At > Begin.AddDays(60)));
    }

    private void Add(DateTimeOffset at, Made? below)
    {
        var job = _made.Count == 0 ? 1 : _made.Max(each => each.Job) + 1;
        _made.Add(new Made(job, at, below is null ? 0 : Math.Min(9, below.Level + 1), below?.Image));
    }

    private bool CanBeRestored(Made made) =>
        made.Base is not { } below || (_made.Find(each => each.Image == below) is { } found && CanBeRestored(found));

    private sealed record Made(long Job, DateTimeOffset At, int Level, ImageId? Base)
    {
        public ImageId Image => new((UInt128)Job);

        public ImageRecord Record => new(
            new NewImage(Image, new JobId(Job), Set.Client, Policy, Set.FileSet, Level, At, Base),
            ImageState.Sealed, ImageOrigin.Recorded, 1, 1, 1, new JobCounts(1, 1, 1, 0), null);

        public RetainedImage Retained => new(Image, Set, Policy, At, Level, Base, false, null);
    }
}

using Backup.Actors.Jobs;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>How long backups of a level may run (PL-10).</summary>
public sealed class RunTimeSpecs
{
    private static readonly LevelRunTimes All =
        new(TimeSpan.FromHours(9), TimeSpan.FromHours(4), TimeSpan.FromHours(1));

    [Theory]
    [InlineData(0, "full", 9, "full-run-time-max")]
    [InlineData(1, "differential", 4, "differential-run-time-max")]
    [InlineData(1, "1", 4, "differential-run-time-max")]
    [InlineData(1, "incremental", 1, "incremental-run-time-max")]
    [InlineData(3, "3", 1, "incremental-run-time-max")]
    public void The_level_that_it_has_says_how_long_it_may_run(int level, string word, int hours, string key)
    {
        var job = Job(All, level, word);

        var (at, rule) = JobDeadlines.Next(job.State, TimeSpan.Zero)!.Value;

        Assert.Equal(job.State.FirstBegunAt!.Value.AddHours(hours), at);
        Assert.EndsWith($"which its policy's {key} allows", rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_which_nothing_is_said_may_run_as_all_jobs_of_the_policy()
    {
        var job = Job(new LevelRunTimes(Full: TimeSpan.FromHours(9)), 2, "2");
        Assert.EndsWith("run-time-max allows", JobDeadlines.Next(job.State, TimeSpan.Zero)!.Value.Rule);
        Assert.Equal(job.State.FirstBegunAt!.Value.AddHours(2), JobDeadlines.Next(job.State, TimeSpan.Zero)!.Value.At);

        Assert.Null(JobDeadlines.Next(
            new JobRun(Save() with { Frame = new JobFrame([], null, All), Level = 2 }).State, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(3, null, 3, "a rule: its schedule meant it 4 hours ago")]
    [InlineData(null, null, 4, "a rule: it was accepted 4 hours ago")]
    [InlineData(0, 2, 2, "a rule: it ran for 2 hours")]
    public void From_the_moment_of_its_schedule_it_counts_too_however_little_has_begun(
        int? dueHours, int? begun, int hours, string rule)
    {
        var save = Save() with
        {
            Frame = new JobFrame([], begun is null ? null : TimeSpan.FromHours(2), FromDueMax: TimeSpan.FromHours(4)),
            Run = dueHours is null ? null : new RunWords(Scheduled: true, DueAt: At.AddHours(dueHours.Value - 4)),
        };
        var job = begun is null ? new JobRun(save)
            : new JobRun(save with { Run = save.Run! with { DueAt = At } }).Attempt(1);

        var (at, why) = JobDeadlines.Next(job.State, TimeSpan.Zero)!.Value;

        Assert.Equal(dueHours is null ? job.State.AskedAt.AddHours(4)
            : begun is null ? At.AddHours(dueHours.Value) : job.State.FirstBegunAt!.Value.AddHours(hours), at);
        Assert.StartsWith(rule, why, StringComparison.Ordinal);
        Assert.Null(JobDeadlines.Reached(job.State, TimeSpan.Zero, at.AddTicks(-1)));
        Assert.Equal(why, JobDeadlines.Reached(job.State, TimeSpan.Zero, at));
    }

    private static JobRun Job(LevelRunTimes times, int level, string word) => new JobRun(Save() with
    {
        Frame = new JobFrame([], TimeSpan.FromHours(2), times),
        Level = level,
        Rule = new LevelRule(new LevelWord(word)),
    }).Attempt(1);
}

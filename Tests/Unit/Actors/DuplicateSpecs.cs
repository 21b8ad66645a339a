using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Actors.Jobs.DuplicateRule;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What a run does to backups of the same policy and client that have not ended.</summary>
public sealed class DuplicateSpecs
{
    [Theory]
    [InlineData("full", new[] { Queue }, "accepted")]
    [InlineData("full", new[] { Skip }, "left out by 1, 2")]
    [InlineData("full", new DuplicateRule[0], "left out by 1, 2")]
    [InlineData("full", new[] { CancelRunning }, "accepted, cancels 1, 2")]
    [InlineData("full", new[] { CancelQueued }, "left out by 1")]
    [InlineData("full", new[] { CancelQueued, Queue }, "accepted, cancels 2")]
    [InlineData("full", new[] { CancelLower }, "accepted, cancels 1, 2")]
    [InlineData("differential", new[] { CancelLower }, "accepted, cancels 1, 2")]
    [InlineData("incremental", new[] { CancelLower }, "left out by 1, 2")]
    [InlineData("3", new[] { CancelLower }, "left out by 1")]
    [InlineData("3", new[] { CancelLower, Queue }, "accepted, cancels 2")]
    [InlineData("full", new[] { Higher }, "accepted")]
    [InlineData("2", new[] { Higher }, "left out by 1")]
    [InlineData("2", new[] { CancelQueued, Higher, Skip }, "left out by 1")]
    public void The_first_rule_that_fits_a_job_decides_about_it(string level, DuplicateRule[] rules, string said)
    {
        // Level 2 works; an incremental, which would be level 0 for the want of a base, waits.
        var verdict = DuplicateVerdict.Of(
            rules, new LevelWord(level), [Record(2, "incremental", 0, begun: false), Record(1, "2", 2, begun: true)]);

        Assert.Equal(said, verdict.LeftOutBy.Count > 0
            ? $"left out by {string.Join(", ", verdict.LeftOutBy)}"
            : verdict.Cancels.Count > 0 ? $"accepted, cancels {string.Join(", ", verdict.Cancels)}" : "accepted");
    }

    [Fact]
    public void Beside_no_other_every_rule_accepts() => Assert.All(
        Enum.GetValues<DuplicateRule>(),
        rule => Assert.Empty(DuplicateVerdict.Of([rule], LevelWord.Incremental, []).LeftOutBy));

    private static JobRecord Record(long number, string word, int level, bool begun) => new()
    {
        Job = new JobId(number),
        Request = new RequestId($"r{number}"),
        Kind = JobKind.Backup,
        Client = Client,
        Level = level,
        Phase = begun ? JobPhase.Transferring : JobPhase.Waiting,
        CreatedAt = At,
        StartedAt = begun ? At : null,
        Parameters = JobSpecs.Write(Save() with { Rule = new LevelRule(new LevelWord(word)) }),
    };
}

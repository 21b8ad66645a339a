using System.Text.Json;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class JobSpecsSpecs
{
    [Theory]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("verify media")]
    [InlineData("verify disk")]
    [InlineData("estimate")]
    [InlineData("scan")]
    [InlineData("merge")]
    public void A_definition_comes_back_from_its_row(string kind)
    {
        var spec = JobSamples.Named(kind);

        var back = JobSpecs.Read(JobSpecs.Write(spec));

        Assert.IsType(spec.GetType(), back);
        Assert.Equivalent(spec, back, strict: true);
        Assert.Equal(spec.Kind, back.Kind);
    }

    [Fact]
    public void The_roots_of_a_merge_come_back_from_its_row()
    {
        var back = (MergeSpec)JobSpecs.Read(JobSpecs.Write(JobSamples.Merge));

        Assert.Equal(JobSamples.Merge.Chain, back.Chain);
        Assert.Equal(JobSamples.Merge.Rules, back.Rules);
    }

    [Fact]
    public void What_was_not_said_of_stopped_nodes_leaves_no_trace_in_the_row()
    {
        Assert.DoesNotContain("NodeStops", JobSpecs.Write(JobSamples.Save()));
        Assert.Equal(
            4, ((BackupSpec)JobSpecs.Read(JobSpecs.Write(JobSamples.Save(nodeStopsMax: 4)))).Retry.NodeStopsMax);
    }

    [Fact]
    public void Every_kind_of_job_has_a_sample() =>
        Assert.Equal(
            typeof(JobSpec).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JobSpec)))
                .Select(type => type.Name).Order(),
            JobSamples.All.Select(spec => spec.GetType().Name).Distinct().Order());

    [Fact]
    public void A_report_comes_back_from_its_row()
    {
        var report = new JobReport(
            JobOutcome.CompleteWithExceptions, JobSamples.Image, "root",
            new Dictionary<string, long> { ["Regular"] = 3 }, 4, 5, 6,
            [JobSamples.Volume], 7, new Dictionary<string, long> { ["Vanished"] = 1 }, ["/a vanished"],
            new Dictionary<string, long> { ["*.tmp"] = 2 }, new Dictionary<string, double> { ["queued"] = 0.5 }, 8,
            "tar x", null);

        Assert.Equivalent(report, JobSpecs.ReadReport(JobSpecs.Write(report)), strict: true);
        Assert.Null(JobSpecs.ReadReport(null));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"$type\":\"teleport\"}")]
    [InlineData("{")]
    public void What_is_no_definition_is_refused(string json) =>
        Assert.True(Record.Exception(() => JobSpecs.Read(json)) is JsonException or NotSupportedException);
}

using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>NW-06: every kind of object is asked how it is, while a job works and after it.</summary>
public sealed class ObjectSpecs
{
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Each_object_tells_how_it_is_while_a_job_works_another_waits_and_both_have_ended()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "250KiB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Run();
        await node.Until(first, details => details.Progress is { StoredBytes: > 0 });
        var second = await node.Run();
        await node.Until(second, details => details.WaitsFor.Count > 0);

        var drive = await Shown(node, ObjectKind.Drive, "tapes/0");
        Assert.Equal("mounted", drive.State);
        Assert.StartsWith($"job {first}, volume ", drive.Timeline[^1].What, StringComparison.Ordinal);
        Assert.Equal("open", (await Shown(node, ObjectKind.Library, "tapes")).State);
        var client = await Shown(node, ObjectKind.Client, "tester");
        // It may have sent all already, though the drive has not written it
        Assert.Contains(client.Timeline, span => span.What == $"job {first}");
        Assert.Contains(client.Events, each => each.Code == "session-begun");
        Assert.Contains(client.WaitsFor, why => why.StartsWith($"job {second}: ", StringComparison.Ordinal));
        var job = await Shown(node, ObjectKind.Job, $"{second}");
        Assert.Equal("waiting", job.State);
        Assert.NotEmpty(job.WaitsFor);
        foreach (var (kind, name) in ((ObjectKind, string)[])
            [(ObjectKind.Policy, "nightly"), (ObjectKind.FileSet, "all")])
        {
            var shown = await Shown(node, kind, name);
            Assert.Equal("working", shown.State);
            Assert.Contains(shown.WaitsFor, why => why.StartsWith($"job {second}: ", StringComparison.Ordinal));
            Assert.Contains(shown.Events, each => each.Code == "job-created");
        }

        foreach (var running in (JobId[])[second, first])
        {
            await node.Ask<JobCancelling>(new CancelJob(RequestId.New(), running));
            await node.Ended(running);
        }
        await Released(node);
        Assert.Equal("released", (await Shown(node, ObjectKind.Drive, "tapes/0")).Events[^1].Code);
        Assert.Equal("idle", (await Shown(node, ObjectKind.Policy, "nightly")).State);
        var ended = await Shown(node, ObjectKind.Job, $"{first}", eventsMax: 1);
        Assert.Equal(("ended", "ended: Cancelled"), (ended.State, ended.Timeline[^1].What));
        Assert.Equal(
            (await node.Ask<JobDetails>(new ShowJob(first))).Log[^1].Number, Assert.Single(ended.Events).Number);
    }

    [Fact]
    public async Task What_is_not_there_is_refused_in_words()
    {
        await using var node = new NodeFixture();
        await node.Start();

        foreach (var (kind, name, code) in ((ObjectKind, string, RefusalCode)[])
            [
                (ObjectKind.Job, "x", RefusalCode.BadRequest), (ObjectKind.Job, "99", RefusalCode.NotFound),
                (ObjectKind.Drive, "tapes", RefusalCode.BadRequest),
                (ObjectKind.Drive, "tapes/7", RefusalCode.NotFound),
                (ObjectKind.Drive, "none/0", RefusalCode.NotFound), (ObjectKind.Library, "none", RefusalCode.NotFound),
                (ObjectKind.Client, "none", RefusalCode.NotFound), (ObjectKind.Policy, "none", RefusalCode.NotFound),
                (ObjectKind.FileSet, "none", RefusalCode.NotFound),
            ])
            Assert.Equal((name, code), (name, (await node.Ask<Refused>(new ShowObject(kind, name))).Code));
        Assert.Equal(
            RefusalCode.BadRequest,
            (await node.Ask<Refused>(new ShowObject(ObjectKind.Library, "tapes", EventsMax: 101))).Code);
    }

    /// <summary>A session gives its drive back behind its job's last word.</summary>
    private static async Task Released(NodeFixture node)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await Shown(node, ObjectKind.Drive, "tapes/0") is { State: not "idle" } drive)
        {
            Assert.False(limit.IsCancellationRequested, $"The drive is {drive.State}.");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static async Task<ObjectShown> Shown(
        NodeFixture node, ObjectKind kind, string name, int eventsMax = 100) =>
        await node.Ask<ObjectShown>(new ShowObject(kind, name, eventsMax)).WaitAsync(AnswersWithin);
}

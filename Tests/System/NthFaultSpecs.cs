using System.Globalization;
using Backup.Host;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System;

/// <summary>
/// The n-th use of a system call fails with EIO, for n from 1 on: on the medium, and on everything that a node writes,
/// catalog and journal too. `BACKUP_FAULTS=60 dotnet test Tests/System --filter FullyQualifiedName~NthFaultSpecs` tries
/// every n up to what it says; without, some. A thread of the node counts for itself, so with a small n several may
/// fail.
/// </summary>
public sealed class NthFaultSpecs(ITestOutputHelper output)
{
    private static readonly int[] Times = int.TryParse(
        Environment.GetEnvironmentVariable("BACKUP_FAULTS"), NumberStyles.None, CultureInfo.InvariantCulture,
        out var most)
        ? [.. Enumerable.Range(1, most)]
        : [];

    /// <summary>The medium: it is marked, the fragment goes to another, the job is complete.</summary>
    [NeedsTheory("strace")]
    [InlineData("pwrite64", 6)]
    [InlineData("fdatasync,fsync", 3)]
    public async Task The_nth_failure_of_a_medium_loses_nothing(string calls, params int[] some)
    {
        foreach (var n in Times.Length > 0 ? Times : some)
        {
            await using var node = new NodeFixture { FragmentSize = "1MiB", Policy = "restart-delay = 0s" };
            Sources.Fill(node.Source, seed: n);
            var volume = Path.Combine(node.Library, "disk-0001");
            Directory.CreateDirectory(node.Library);
            var paths = Enumerable.Range(0, 30)
                .SelectMany(file => (string[])[$"{volume}/{file:00000}.data", $"{volume}/{file:00000}.index"])
                .Prepend($"{volume}/00000.label").Prepend(volume);
            var log = await Traced(node, calls, n, [.. paths.SelectMany(path => (string[])["-P", path])]);

            var job = await node.Backup();

            Assert.True(job.Job.Outcome == JobOutcome.Complete, $"{calls} {n}: {NodeFixture.Describe(job)}");
            await node.RestoresIdentical("latest");
            Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Media)).Job.Outcome);
            if (Injected(log)) Assert.True(job.Job.Attempts > 1, $"{calls} {n}: {NodeFixture.Describe(job)}");
            else output.WriteLine($"{calls} {n}: there is no such use.");
        }
    }

    /// <summary>
    /// Everything: whatever the node says of the job, what it has called sealed is there, and it serves again.
    /// </summary>
    [NeedsTheory("strace")]
    [InlineData("pwrite64", 12)]
    [InlineData("fdatasync,fsync", 5)]
    public async Task The_nth_failure_anywhere_loses_nothing_that_was_acknowledged(string calls, params int[] some)
    {
        foreach (var n in Times.Length > 0 ? Times : some)
        {
            await using var node = new NodeFixture("backup.job.ask-again-after = 1s")
            {
                FragmentSize = "1MiB",
                Policy = "restart-delay = 0s"
            };
            Sources.Fill(node.Source, seed: n);
            var acknowledged = await Faulty(node, calls, n);

            // The fault is over.
            await node.Start();
            var images = (await node.Ask<ImageList>(new ListImages())).Images;
            Assert.True(
                acknowledged is null
                    || images.Any(image => image.Image.ToString() == acknowledged && image.State == "sealed"),
                        $"{calls} {n}");
            foreach (var image in images.Where(image => image.State == "sealed"))
                await node.RestoresIdentical(image.Image.ToString());
            foreach (var job in (await node.Ask<JobList>(new ListJobs())).Jobs)
            {
                var ended = await node.Ended(job.Job);
                Assert.True(
                    ended.Job.Outcome is JobOutcome.Complete or JobOutcome.Failed or JobOutcome.Incomplete,
                    $"{calls} {n}: {NodeFixture.Describe(ended)}");
                Assert.True(ended.Job.Outcome == JobOutcome.Complete
                    || ended.Job.Failure is { Length: > 0 }, $"{calls} {n}: {NodeFixture.Describe(ended)}");
            }
            var next = await node.Backup();
            Assert.True(next.Job.Outcome == JobOutcome.Complete, $"{calls} {n}: {NodeFixture.Describe(next)}");
            await node.RestoresIdentical(next.Job.Image!.Value.ToString());
        }
    }

    /// <summary>
    /// Runs a backup on a node with the fault; returns the image when the node said that it is complete.
    /// </summary>
    private async Task<string?> Faulty(NodeFixture node, string calls, int n)
    {
        var log = "";
        try
        {
            log = await Traced(node, calls, n);
            if (await node.Connection.Ask(
                new RunPolicy(RequestId.New(), new("nightly")), CancellationToken.None) is not JobsStarted started)
            {
                output.WriteLine($"{calls} {n}: the job was refused.");
                return null;
            }
            var job = await node.Ended(started.Jobs[0]);
            output.WriteLine($"{calls} {n}: {job.Job.Outcome} after {job.Job.Attempts} attempts.");
            return job.Job.Outcome == JobOutcome.Complete ? job.Job.Image!.Value.ToString() : null;
        }
        catch (NodeUnreachableException refused)
        {
            // A node that cannot make its databases durable does not start; it says what it could not do.
            output.WriteLine($"{calls} {n}: {refused.Message}");
            Assert.DoesNotContain("Unhandled exception", refused.Message, StringComparison.Ordinal);
            return null;
        }
        finally
        {
            await node.Stop();
            if (log.Length > 0) Assert.True(Injected(log), $"{calls} {n}: nothing was injected.");
        }
    }

    private static async Task<string> Traced(NodeFixture node, string calls, int n, params string[] only)
    {
        var log = Path.Combine(node.Root, "strace");
        await node.StartProcess(
            ["strace", "-f", "-qq", "--seccomp-bpf", "-o", log, .. only, "-e", $"trace={calls}", "-e",
                $"inject={calls}:error=EIO:when={n}"]);
        return log;
    }

    private static bool Injected(string log) => File.ReadAllText(log).Contains("INJECTED", StringComparison.Ordinal);
}

using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Between the reader of the files and the writer of the medium: what is held there, and that neither falls with the
/// other.
/// </summary>
public sealed class PipelineSpecs
{
    /// <summary>
    /// S1-19. What is read and not yet written: 2 chunks in the link, for 1 compressor 1 before and 1 in it, 2 in the
    /// archiver, and one at each end. A buffer that grows holds all 40 MB within the first second, since only the drive
    /// is slow.
    /// </summary>
    [Fact]
    public async Task A_slow_drive_stops_the_reader_and_nothing_piles_up()
    {
        await using var node = new NodeFixture("backup { storage.chunks-in-flight = 2, client.compressors = 1 }")
        {
            DriveSpeedLimit = "16MB",
        };
        for (var file = 0; file < 40; file++)
            File.WriteAllBytes(
                Path.Combine(node.Source, $"file-{file:00}"), Sources.Bytes(new Random(file), 1_000_000));
        await node.Start();
        var job = await node.Run();
        var most = 0L;
        var samples = 0;

        var ended = await node.Until(job, details =>
        {
            if (details.Progress is { Phase: "transferring", StoredBytes: > 0 } progress)
            {
                // Client and storage tell at different moments: what lies on the medium now is at least what storage
                // told.
                var onMedium = Directory.GetFiles(node.Library, "*.data", SearchOption.AllDirectories)
                    .Sum(data => new FileInfo(data).Length);
                most = Math.Max(most, progress.Bytes - onMedium);
                samples++;
            }
            return details.Job.State == "ended";
        }, seconds: 120);

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.True(samples > 10, $"The job was seen {samples} times.");
        Assert.True(most < 10 << 20, $"{most} bytes were read and not written.");
    }

    /// <summary>
    /// S1-09: the catalog takes nothing, since somebody else holds it; what is sealed waits in the outbox, and client
    /// and drive come to the end of the image meanwhile.
    /// </summary>
    [Fact]
    public async Task A_catalog_that_takes_nothing_holds_up_no_data_and_gets_its_rows_from_the_manager()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "1MB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var job = await node.Run();
        await node.Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));

        ImageId image;
        using (var rows = new CatalogRows(node.Data))
        {
            rows.Hold();
            var recorded = rows.Fragments;
            image = (await node.Until(
                job, details => Tapes.Assemble(node.Library).Images.Any(each => each.Header.Image == details.Job.Image)
                    && details.Parts?.FirstOrDefault(part => part.Part == "client")?.Doing == "done")).Job.Image!.Value;
            var onMedium = Assert.Single(Tapes.Assemble(node.Library).Images).Fragments.Count;
            Assert.Equal(recorded, rows.Fragments);
            Assert.True(onMedium >= recorded + 2, $"{onMedium} fragments are sealed, {recorded} were recorded.");
        }
        var ended = await node.Ended(job);

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(1, ended.Job.Attempts);
        using var whole = new CatalogRows(node.Data);
        Assert.Equal(ended.Report!.Fragments, whole.Fragments);
        Assert.Equal(["manager tester"], whole.Origins(image));
    }

    /// <summary>S1-20: reader and writer are actors of their own.</summary>
    [Theory]
    [InlineData("client")]
    [InlineData("storage")]
    public async Task A_reader_or_writer_that_crashes_leaves_the_other_consistent_and_the_job_goes_on(string side)
    {
        // A short link, so that neither side is done when the other falls.
        await using var node = new NodeFixture("backup { storage.chunks-in-flight = 1, client.compressors = 1 }")
        {
            FragmentSize = "1MiB",
            DriveSpeedLimit = "1MB",
            Policy = "restart-delay = 0s",
        };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var job = await node.Run();
        await node.Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));

        node.Crash($"{side}/job-{job}-epoch-1");

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(2, ended.Job.Attempts);
        // The other side may notice first, and then it is its word that counts.
        Assert.Contains(ended.Log, line => line.Code is "internal" or "storage-lost" or "client-lost");
        Assert.Contains(ended.Log, line => line.Code == "resumed");
        await node.RestoresIdentical("latest");
        Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Media)).Job.Outcome);
        await node.Stop();
        var tapes = Tapes.Assemble(node.Library);
        Tapes.Verify(node.Library, Assert.Single(tapes.Images).Fragments);
        Assert.Empty(tapes.Broken);
        Assert.Empty(tapes.MissingParts);
    }
}

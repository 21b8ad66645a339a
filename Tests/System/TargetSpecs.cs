using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Restores into places that somebody prepared.</summary>
public sealed class TargetSpecs
{
    [Theory]
    [InlineData(ReplaceRule.Never)]
    [InlineData(ReplaceRule.Always)]
    public async Task Planted_links_lead_nowhere(ReplaceRule replace)
    {
        await using var node = new NodeFixture();
        Directory.CreateDirectory(Path.Combine(node.Source, "folder"));
        File.WriteAllText(Path.Combine(node.Source, "folder", "inner"), "new");
        File.WriteAllText(Path.Combine(node.Source, "outer"), "new");
        await node.Start();
        await node.Backup();
        var outside = Directory.CreateDirectory(Path.Combine(node.Root, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "inner"), "old");
        File.WriteAllText(Path.Combine(outside, "outer"), "old");
        var target = Path.Combine(node.Root, "target");
        var below = Directory.CreateDirectory(target + node.Source).FullName;
        Directory.CreateSymbolicLink(Path.Combine(below, "folder"), outside);
        File.CreateSymbolicLink(Path.Combine(below, "outer"), Path.Combine(outside, "outer"));

        var started = await node.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), "latest", [], target, replace));
        var restore = await node.Ended(started.Jobs[0]);

        Assert.Contains(restore.Job.Outcome, (JobOutcome?[])[JobOutcome.Complete, JobOutcome.CompleteWithExceptions]);
        Assert.Equal(["inner", "outer"], Directory.GetFiles(outside).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(outside), file => Assert.Equal("old", File.ReadAllText(file)));
        if (replace == ReplaceRule.Always) Assert.Equal("new", File.ReadAllText(Path.Combine(below, "outer")));
        else Assert.True(restore.Job.Exceptions > 0, NodeFixture.Describe(restore));
    }

    [Fact]
    public async Task Huge_and_sparse_files_come_back()
    {
        await using var node = new NodeFixture();
        foreach (var (name, size) in new[] { ("five", 5L << 30), ("below", (1L << 31) - 1), ("at", 1L << 31),
            ("above", (1L << 31) + 1) })
        {
            using var file = File.Create(Path.Combine(node.Source, name));
            file.SetLength(size);
            file.Position = size - 5;
            file.Write("tail!"u8);
        }
        await node.Start();
        var backup = await node.Backup();
        Assert.True(backup.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(backup));

        var target = Path.Combine(node.Root, "restored");
        Assert.Equal(JobOutcome.Complete, (await node.Restore("latest", target)).Job.Outcome);

        foreach (var original in new DirectoryInfo(node.Source).GetFiles())
        {
            var copy = new FileInfo(target + original.FullName);
            Assert.Equal(original.Length, copy.Length);
            using var file = copy.OpenRead();
            file.Position = copy.Length - 5;
            Assert.Equal("tail!"u8.ToArray(), new BinaryReader(file).ReadBytes(5));
        }
    }
}

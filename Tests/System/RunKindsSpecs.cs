using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Runs that are no plain backups: what would be saved (JT-23), what a user chose (S1-04), clones (JT-21), fulls on
/// another policy's image (JT-05); and disks compared with a recorded state (JT-13).
/// </summary>
public sealed class RunKindsSpecs : IAsyncDisposable
{
    private static readonly PolicyName Nightly = new("nightly");
    private static readonly ClientName Client = new("tester");

    private readonly NodeFixture _node = new();

    private string Target => Path.Combine(_node.Root, "restored");

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_preview_names_what_an_incremental_would_save_and_records_nothing()
    {
        Write("kept", "1");
        Write("changed", "1");
        Write("gone", "1");
        await _node.Start();
        await _node.Backup();
        Write("changed", "22");
        Write("new", "333");
        File.Delete(Path.Combine(_node.Source, "gone"));

        var job = Assert.Single((await _node.Ask<RunPreview>(
            new PreviewRun(Nightly, Level: "incremental"))).Jobs);
        var items = new List<PreviewedItem>();
        PreviewPage page;
        var number = 0;
        do
        {
            page = (await _node.Ask<RunPreview>(
                new PreviewRun(Nightly, Client, "incremental", Walk: "w1", Page: number++, Limit: 1))).Page!;
            items.AddRange(page.Items);
        }
        while (!page.Done && number < 100);

        Assert.Equal((1, new PoolName("disk")), (job.Level, job.Pool));
        Assert.Equal(["disk-0001"], job.Volumes.Select(volume => volume.Value));
        Assert.NotNull(job.Base);
        Assert.Equal(
            [
                ("", PreviewReason.Changed), ("/changed", PreviewReason.Changed), ("/gone", PreviewReason.Deleted),
                ("/new", PreviewReason.New),
            ],
            items.Select(item => (item.Path[_node.Source.Length..], item.Why)));
        Assert.Equal((3, 5, 1, null), (page.Files, page.Bytes, page.Deleted, page.Failure));
        Assert.Equal([new JobId(1)], (await _node.Ask<JobList>(new ListJobs())).Jobs.Select(each => each.Job));
        var repeated = await _node.Ask<RunPreview>(
            new PreviewRun(Nightly, Client, "incremental", Walk: "w1", Page: number - 1, Limit: 1));
        Assert.Equal(page.Items, repeated.Page!.Items);
    }

    [Fact]
    public async Task What_a_user_chose_is_an_image_of_its_own_that_nothing_builds_on()
    {
        Write("home/ann/thesis", "1");
        Write("home/ann/cache.tmp", "1");
        Write("home/bob/mail", "1");
        _node.Rules = "{ exclude = \"*.tmp\" }";
        await _node.Start();
        await _node.Backup();
        string[] chosen = [$"{_node.Source}/home/ann", $"{_node.Source}/home/carl"];

        var made = await _node.Ended((await _node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), Nightly, Only: chosen))).Jobs[0]);

        Assert.True(made.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(made));
        Assert.Contains("home/carl", Assert.Single(made.Report!.FirstExceptions), StringComparison.Ordinal);
        var files = await _node.Ask<FoundFiles>(new FindFiles("*", $"{made.Job.Job}"));
        Assert.Equal(
            ["/home/ann", "/home/ann/thesis"],
            files.Files.Select(file => file.File.Path[_node.Source.Length..]).Order(StringComparer.Ordinal));
        var newest = await _node.Ask<ImageList>(new ListImages(1));
        Assert.Equal(
            ("all:chosen", 0, false),
            (newest.Images[0].FileSet.Value, newest.Images[0].Level, newest.Images[0].Recorded));
        Write("home/bob/new", "1");
        var next = await _node.Ended((await _node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), Nightly, Level: "incremental"))).Jobs[0]);
        Assert.Equal((1, JobOutcome.Complete), (next.Job.Level, next.Job.Outcome));
        await _node.RestoresWithout(next.Job.Image!.Value.ToString(), "home/ann/cache.tmp");
    }

    [Fact]
    public async Task A_disk_is_compared_with_the_state_that_was_recorded_last()
    {
        Write("kept", "1");
        Write("changed", "1");
        await _node.Start();
        var none = await Assert.ThrowsAsync<InvalidOperationException>(() => Verify(StateUse.Compare));
        Assert.Contains("backup verify --init nightly", none.Message, StringComparison.Ordinal);

        var recorded = await Verify(StateUse.Record);
        var same = await Verify(StateUse.Compare);
        File.SetLastWriteTimeUtc(Path.Combine(_node.Source, "kept"), new DateTime(2020, 1, 1, 0, 0, 0));
        Write("changed", "2");
        Write("new", "1");
        var differs = await Verify(StateUse.Compare);
        await Verify(StateUse.Record);
        var again = await Verify(StateUse.Compare);

        Assert.True(recorded.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(recorded));
        Assert.Equal(JobOutcome.Complete, same.Job.Outcome);
        Assert.Equal(JobOutcome.CompleteWithExceptions, differs.Job.Outcome);
        var found = string.Join("\n", differs.Report!.FirstExceptions);
        Assert.Contains("/changed differs: Its content digest differs", found, StringComparison.Ordinal);
        Assert.Contains("/kept differs: Its mtime differs", found, StringComparison.Ordinal);
        Assert.Contains("/new is on the disk", found, StringComparison.Ordinal);
        Assert.True(again.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(again));
        Assert.Empty((await _node.Ask<ImageList>(new ListImages())).Images);
    }

    [Fact]
    public async Task A_job_begins_its_clones_once_and_one_of_the_same_base_saves_the_same()
    {
        Write("first", "1");
        _node.Policy = "clones = [{ pool = vault, level = full, record = off }, { pool = disk, since = same }]";
        _node.Extra = "backup.pools.vault { library = tapes }";
        await _node.Start();
        var full = await _node.Backup();
        await _node.Until(new JobId(3), job => job.Job.State == "ended");
        Write("second", "22");

        var incremental = await _node.Ended((await _node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), Nightly, Level: "incremental"))).Jobs[0]);
        var vault = await _node.Until(new JobId(5), job => job.Job.State == "ended");
        var same = await _node.Until(new JobId(6), job => job.Job.State == "ended");

        Assert.Equal([JobOutcome.Complete, JobOutcome.Complete], [full.Job.Outcome, incremental.Job.Outcome]);
        Assert.Equal(new JobId(4), incremental.Job.Job);
        Assert.Equal((0, JobOutcome.Complete), (vault.Job.Level, vault.Job.Outcome));
        Assert.True(same.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(same));
        Assert.Equal((incremental.Job.Level, incremental.Job.Files), (same.Job.Level, same.Job.Files));
        Assert.Contains(vault.Report!.Volumes, volume => volume.Value.StartsWith("vault", StringComparison.Ordinal));
        Assert.Equal(6, (await _node.Ask<JobList>(new ListJobs())).Jobs.Count);
        await _node.RestoresIdentical(vault.Job.Image!.Value.ToString());
        await _node.RestoresIdentical(same.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task A_full_on_another_policys_image_holds_what_is_other_and_restores_whole()
    {
        foreach (var name in Enumerable.Range(0, 20)) Write($"usr/lib{name}", new string('x', 1000));
        Write("usr/old", "1");
        Write("opt/else", "1");
        Write("home/file", "1");
        _node.Policy = "base-policy = system";
        _node.Operations = $$"""{ roots = ["{{_node.Source}}/usr", "{{_node.Source}}/home"] }""";
        _node.Extra = $$"""
            backup.file-sets.base.operations = [{ roots = ["{{_node.Source}}/usr", "{{_node.Source}}/opt"] }]
            backup.policies.system { file-set = base, pool = disk }
            """;
        await _node.Start();
        var reference = await _node.Ended((await _node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName("system")))).Jobs[0]);
        File.Delete(Path.Combine(_node.Source, "usr/old"));
        Write("usr/lib3", "changed");

        var full = await _node.Backup();
        Write("home/later", "1");
        var incremental = await _node.Ended((await _node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), Nightly, Level: "incremental"))).Jobs[0]);
        var checkedMedia = await _node.Verify(full.Job.Image!.Value.ToString(), VerifyTarget.Data);

        Assert.Equal([JobOutcome.Complete, JobOutcome.Complete], [reference.Job.Outcome, full.Job.Outcome]);
        Assert.Equal(0, full.Job.Level);
        Assert.Contains(full.Log, line => line.Text.Contains("is not alike in image", StringComparison.Ordinal));
        Assert.True(full.Job.Files is > 1 and < 8, $"{full.Job.Files} files");
        Assert.True(checkedMedia.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(checkedMedia));
        Directory.Delete(Path.Combine(_node.Source, "opt"), recursive: true); // not of this file set
        foreach (var image in new[] { full, incremental })
        {
            var target = $"{Target}{image.Job.Job}";
            var restored = await _node.Restore(image.Job.Image!.Value.ToString(), target);
            Assert.True(restored.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restored));
            if (image == incremental) Assert.Empty(Others(target));
            else Assert.Equal(["home", "home/later"], Others(target));
        }
        var merged = await _node.Ended((await _node.Ask<JobsStarted>(
            new MergeImage(RequestId.New(), incremental.Job.Image!.Value.ToString()))).Jobs[0]);
        Assert.True(merged.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(merged));
    }

    /// <summary>Paths below the roots that are not as they are at the source.</summary>
    private IEnumerable<string> Others(string target) => NodeFixture.Differences(_node.Source, target + _node.Source)
        .Where(other => other.Path.Length > 0)
        .Select(other => global::System.Text.Encoding.UTF8.GetString(other.Path)).Distinct()
        .Order(StringComparer.Ordinal);

    private async Task<JobDetails> Verify(StateUse state) => await _node.Ended((await _node.Ask<JobsStarted>(
        new VerifyPolicy(RequestId.New(), Nightly, State: state))).Jobs[0]);

    private void Write(string path, string content)
    {
        var file = Path.Combine(_node.Source, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }
}

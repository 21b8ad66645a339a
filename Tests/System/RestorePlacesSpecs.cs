using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Where a restore puts things, and what it finds there.</summary>
public sealed class RestorePlacesSpecs
{
    [Fact]
    public async Task What_is_right_already_is_left_as_it_is_and_what_differs_comes_back()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 3);
        await Shell.Run("ln", node.Source + "/folder-0/file-00", node.Source + "/further");
        await node.Start();
        await node.Backup();
        var target = Path.Combine(node.Root, "target");
        await Again(node, target);
        // Names that only files keep which are not made anew
        var kept = Path.Combine(node.Root, "kept");
        await Shell.Run("cp", "-al", target + node.Source, kept);
        var below = target + node.Source;
        File.AppendAllText(below + "/folder-1/file-01", "longer");
        File.SetLastWriteTimeUtc(below + "/folder-1/file-02", DateTime.UnixEpoch);
        File.Delete(below + "/folder-2/file-03");
        File.Delete(below + "/further");
        Directory.Delete(below + "/folder-3", recursive: true);
        Directory.CreateSymbolicLink(below + "/folder-3", kept);

        var planted = await Again(node, target, JobOutcome.CompleteWithExceptions);
        Directory.Delete(below + "/folder-3");
        var second = await Again(node, target);
        var third = await Again(node, target);

        Assert.Empty(NodeFixture.Differences(node.Source, below));
        Assert.Equal(60, planted.Report!.Files["Unchanged"]); // three folders and a name, without three files
        Assert.Equal(85, third.Report!.Files["Unchanged"]);
        Assert.Equal(["Directory", "Unchanged"], third.Report.Files.Keys.Order());
        foreach (var (name, isKept) in new[]
        {
            ("/folder-0/file-00", true), ("/folder-0/large", true), ("/folder-1/file-01", false),
            ("/folder-1/file-02", false), ("/folder-2/file-04", true),
        })
        {
            File.SetUnixFileMode(kept + name, UnixFileMode.UserRead);
            Assert.Equal(isKept, File.GetUnixFileMode(below + name) == UnixFileMode.UserRead);
        }
        Assert.Equal(JobOutcome.Complete, second.Job.Outcome);
    }

    /// <summary>RS-13.</summary>
    [Fact]
    public async Task What_is_right_already_is_not_read_and_its_volumes_may_be_away()
    {
        await using var node = new NodeFixture { VolumeCapacity = "3MiB", FragmentSize = "2MiB" };
        Sources.Fill(node.Source, seed: 7);
        await Shell.Run("ln", node.Source + "/folder-0/file-00", node.Source + "/further");
        await node.Start();
        await node.Backup();
        var (target, away) = (Path.Combine(node.Root, "target"), Path.Combine(node.Root, "away"));
        var whole = await Again(node, target);
        var volumes = Directory.GetDirectories(node.Library, "disk-*").Select(Path.GetFileName).ToList();
        Directory.CreateDirectory(away);
        File.SetUnixFileMode(target + node.Source + "/folder-0/file-01", UnixFileMode.UserRead);
        File.Delete(target + node.Source + "/further");
        foreach (var volume in volumes) Directory.Move($"{node.Library}/{volume}", $"{away}/{volume}");

        var right = await Again(node, target);
        var stays = new List<JobDetails>();
        foreach (var rule in (ReplaceRule[])[ReplaceRule.Never, ReplaceRule.Newer, ReplaceRule.Older])
            stays.Add(await Again(node, target, JobOutcome.CompleteWithExceptions, rule));
        foreach (var volume in volumes) Directory.Move($"{away}/{volume}", $"{node.Library}/{volume}");
        File.Delete(target + node.Source + "/folder-2/file-03");
        var one = await Again(node, target);

        Assert.InRange(volumes.Count, 2, 20);
        Assert.DoesNotContain(whole.Log, line => line.Code == "right-already");
        Assert.Contains("Nothing of the rest has content on a volume",
            Assert.Single(right.Log, line => line.Code == "right-already").Text, StringComparison.Ordinal);
        Assert.Equal(1, right.Report!.Files["HardLink"]);
        Assert.All(stays, ended =>
        {
            Assert.Contains("84 files stay at the target as they are, and are not read. Nothing of the rest has",
                Assert.Single(ended.Log, line => line.Code == "right-already").Text, StringComparison.Ordinal);
            Assert.Equal(85, ended.Job.Exceptions); // each is named, and the further name of the first
        });
        Assert.Contains("The rest lies on: ",
            Assert.Single(one.Log, line => line.Code == "right-already").Text, StringComparison.Ordinal);
        Assert.Equal(1, one.Report!.Files["Regular"]);
        File.SetUnixFileMode(target + node.Source + "/folder-0/file-01",
            File.GetUnixFileMode(node.Source + "/folder-0/file-01"));
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
    }

    /// <summary>RS-13, where items are renamed: of those that come to one path all are read.</summary>
    [Fact]
    public async Task What_is_right_under_another_name_is_not_read_and_of_two_with_one_name_the_last_stays()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 8);
        await node.Start();
        await node.Backup();
        var (target, away) = (Path.Combine(node.Root, "target"), Path.Combine(node.Root, "away"));
        var renamed = new RestoreFiles(
            RequestId.New(), "latest", [], target, ReplaceRule.Changed, Strip: 1, Prefix: "here",
            Suffix: ".old", Rename: [$"s,^{node.Source}/,/x/,"]);
        var meeting = renamed with { Target = target + "-2", Rename = [.. renamed.Rename!, "s,folder-[23],both,"] };
        await Renamed(renamed);
        await Renamed(meeting);
        var volume = Directory.GetDirectories(node.Library, "disk-*").Single();

        var again = await Renamed(meeting);
        Directory.Move(volume, away);
        var right = await Renamed(renamed);

        Assert.Equal(84, right.Report!.Files["Unchanged"]);
        Assert.Contains("84 files are at the target as they were saved",
            Assert.Single(right.Log, line => line.Code == "right-already").Text, StringComparison.Ordinal);
        Assert.Contains("42 files are at the target as they were saved",
            Assert.Single(again.Log, line => line.Code == "right-already").Text, StringComparison.Ordinal);
        foreach (var file in (string[])["file-07", "large"])
            Assert.Equal(
                File.ReadAllBytes($"{node.Source}/folder-3/{file}"),
                File.ReadAllBytes($"{meeting.Target}/here/both/{file}.old"));

        async Task<JobDetails> Renamed(RestoreFiles restore)
        {
            var ended = await node.Ended(
                (await node.Ask<JobsStarted>(restore with { Request = RequestId.New() })).Jobs[0]);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            return ended;
        }
    }

    [Theory]
    [InlineData(ReplaceRule.Never)]
    [InlineData(ReplaceRule.Always)]
    public async Task A_restore_that_is_killed_leaves_what_it_had_put_in_place(ReplaceRule rule)
    {
        await using var node = new NodeFixture { VolumeCapacity = "3MiB", FragmentSize = "2MiB", WaitForVolume = "1h" };
        Sources.Fill(node.Source, seed: 4);
        await node.StartProcess();
        await node.Backup();
        var (second, away) = (Path.Combine(node.Library, "disk-0002"), Path.Combine(node.Root, "away"));
        Directory.Move(second, away);
        var target = Path.Combine(node.Root, "target");
        var job = (await node.Ask<JobsStarted>(new RestoreFiles(
            RequestId.New(), "latest", [], target, rule))).Jobs[0];
        await node.Until(job, details => details.Progress is { Awaits: not null } && Directory.Exists(target)
            && Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count() > 20);
        await node.Kill();
        Directory.Move(away, second);

        await node.StartProcess();
        var ended = await node.Ended(job);

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.InRange(ended.Report!.Files["Unchanged"], 20, 84);
        Assert.Single(ended.Log, line => line.Code == "right-already");
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
    }

    [Fact]
    public async Task Paths_are_renamed_and_names_get_a_suffix()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 5);
        await Shell.Run("ln", node.Source + "/folder-0/file-00", node.Source + "/further");
        await node.Start();
        await node.Backup();
        var target = Path.Combine(node.Root, "target");

        var ended = await node.Ended((await node.Ask<JobsStarted>(new RestoreFiles(
            RequestId.New(), "latest", [], target, Suffix: ".old",
            Rename: [$"s,^{node.Source}/,/,", "s/^.folder-([01])/\\/some\\/of-\\1/", "s,folder-.*/,all/,"]))).Jobs[0]);

        // Of two that come to one place the second is named
        Assert.True(ended.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(ended));
        Assert.Equal(21, ended.Job.Exceptions);
        Same("/folder-0/file-00", "/some/of-0/file-00.old");
        Same("/folder-1/large", "/some/of-1/large.old");
        Same("/folder-2/large", "/all/large.old");
        File.AppendAllText(target + "/some/of-0/file-00.old", "one file");
        Assert.Equal(
            File.ReadAllBytes(target + "/some/of-0/file-00.old"), File.ReadAllBytes(target + "/further.old"));

        void Same(string from, string to) =>
            Assert.Equal(File.ReadAllBytes(node.Source + from), File.ReadAllBytes(target + to));
    }

    [Fact]
    public async Task A_list_of_files_comes_from_a_file_and_that_of_several_images_from_the_rows_of_a_query()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 6);
        await node.Start();
        await node.Backup();
        await node.Backup();
        await node.Stop();
        var (list, target) = (Path.Combine(node.Root, "list"), Path.Combine(node.Root, "target"));
        File.WriteAllText(list, $"# two\n{node.Source}/folder-1/file-01\n\n{node.Source}/folder-2/large\n");
        var empty = Path.Combine(node.Root, "empty");
        File.WriteAllText(empty, "# none\n");

        string[] line = ["restore", "latest", "--config", node.ConfigFile, "--to", target, "--files-from"];
        var run = await BackupProgram.Run([.. line, list]);
        var refused = await BackupProgram.Run([.. line, empty]);

        var table = Path.Combine(node.Root, "table");
        File.WriteAllLines(
            table, ["size,path,job", $"3,{node.Source}/folder-1/file-01,1", $"4,{node.Source}/folder-3/large,2"]);
        var (chosen, other) = (await BackupProgram.Run(
            ["restore", "--config", node.ConfigFile, "--to", target + "-table", "--from-table", table]),
            target + "-table" + node.Source);

        chosen.Expect(Host.CommandLine.ExitCode.Complete);
        Assert.Equal(
            [other + "/folder-1/file-01", other + "/folder-3/large"],
            Directory.GetFiles(other, "*", SearchOption.AllDirectories).Order());
        run.Expect(Host.CommandLine.ExitCode.Complete);
        refused.Expect(Host.CommandLine.ExitCode.Usage);
        Assert.Equal(
            ["file-01", "large"],
            Directory.GetFiles(target, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task What_the_image_does_not_have_is_deleted_last_and_only_when_all_is_restored()
    {
        await using var node = new NodeFixture { Rules = "{ exclude = \"*.tmp\" }" };
        Sources.Fill(node.Source, seed: 7);
        var unread = Directory.CreateDirectory(node.Source + "/folder-0/.cache").FullName;
        File.WriteAllText(unread + "/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
        await node.Start();
        await node.Backup();
        Directory.Delete(unread, recursive: true);
        var target = Path.Combine(node.Root, "target");
        await Again(node, target);
        var below = target + node.Source;
        string[] extra = ["/more", "/folder-1/more", "/folder-9/a/b"], stay = ["/folder-9/x.tmp", "/folder-0/.cache/x"];
        foreach (var name in extra.Concat(stay))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(below + name)!);
            File.WriteAllText(below + name, "");
        }
        File.WriteAllText(target + "/beside", "no restored directory holds it");
        var request = new RestoreFiles(
            RequestId.New(), "latest", [], target, ReplaceRule.Changed, Delete: DeleteRule.Extra);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            node.Ask<JobsStarted>(request with { Replace = ReplaceRule.Never }));
        var plan = await node.Ask<RestorePlan>(request with { DryRun = true });
        // A directory in the way: not all is restored
        File.Delete(below + "/folder-2/file-01");
        Directory.CreateDirectory(below + "/folder-2/file-01");
        var failed = await Deleting(request);
        Assert.All(extra, name => Assert.True(File.Exists(below + name)));
        Directory.Delete(below + "/folder-2/file-01");
        var ended = await Deleting(request);

        Assert.Contains("--replace changed", refused.Message, StringComparison.Ordinal);
        Assert.Equal((4, false), (plan.Deletes!.Items, plan.Deletes.IsMost)); // with the directory folder-9/a
        Assert.Equal([below + "/folder-1/more", below + "/folder-9", below + "/more"], plan.Deletes.First);
        Assert.Equal(JobOutcome.CompleteWithExceptions, failed.Job.Outcome);
        Assert.DoesNotContain("Deleted", failed.Report!.Files.Keys);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(4, ended.Report!.Files["Deleted"]);
        Assert.All(extra, name => Assert.False(File.Exists(below + name)));
        Assert.All(stay, name => Assert.True(File.Exists(below + name)));
        Assert.True(File.Exists(target + "/beside"));

        // More than half of what is there: most likely another target was meant
        for (var each = 0; each < 30; each++) File.WriteAllText(below + $"/folder-1/other-{each}", "");
        var one = request with { Paths = [node.Source + "/folder-1"] };
        var most = await Deleting(one);
        Assert.Equal(JobOutcome.CompleteWithExceptions, most.Job.Outcome);
        Assert.True(File.Exists(below + "/folder-1/other-1"));
        var all = await Deleting(one with { Delete = DeleteRule.All });
        Assert.Equal(30, all.Report!.Files["Deleted"]);

        async Task<JobDetails> Deleting(RestoreFiles restore) => await node.Ended(
            (await node.Ask<JobsStarted>(restore with { Request = RequestId.New() })).Jobs[0]);
    }

    private static async Task<JobDetails> Again(
        NodeFixture node, string target, JobOutcome expected = JobOutcome.Complete,
        ReplaceRule rule = ReplaceRule.Changed)
    {
        var ended = await node.Ended((await node.Ask<JobsStarted>(new RestoreFiles(
            RequestId.New(), "latest", [], target, rule))).Jobs[0]);
        Assert.True(ended.Job.Outcome == expected, NodeFixture.Describe(ended));
        return ended;
    }
}

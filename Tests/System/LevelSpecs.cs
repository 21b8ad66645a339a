using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Fulls and incrementals of one node, and restores of each moment.</summary>
public sealed class LevelSpecs
{
    [Fact]
    public async Task Each_image_of_a_chain_restores_the_state_of_its_moment()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);

        foreach (var (image, state) in states)
        {
            await Restores(node, image, state);
            Assert.Equal(Names(state), await Listed(node, image));
        }
        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.Equal([2, 1, 1, 0], images.Select(image => image.Level));
        // The last one builds on wednesday's, which builds on the full, as tuesday's does.
        Assert.Equal(
            (ImageId?[])[images[1].Image, images[3].Image, images[3].Image, null], images.Select(image => image.Base));
        // Only what changed is in an incremental.
        Assert.True(images[0].Files < images[3].Files, $"{images[0].Files} of {images[3].Files}");
    }

    [Fact]
    public async Task A_moment_is_named_by_client_file_set_and_time()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);
        var images = (await node.Ask<ImageList>(new ListImages())).Images.Reverse().ToList();
        var target = Path.Combine(node.Root, "as-of");

        var between = images[2].Since - TimeSpan.FromMilliseconds(1);
        var started = await node.Ask<JobsStarted>(new RestoreFiles(
            RequestId.New(), "latest", [], target, Source: images[0].Client, FileSet: images[0].FileSet,
            AsOf: between));
        var restored = await node.Ended(started.Jobs[0]);

        Assert.True(restored.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restored));
        Assert.Empty(NodeFixture.Differences(states[1].State, target + node.Source));
        var refused = await node.Connection.Ask(
            new RestoreFiles(
                RequestId.New(), "latest", [], target, Source: images[0].Client, FileSet: images[0].FileSet,
                AsOf: images[0].Since - TimeSpan.FromMilliseconds(1)), CancellationToken.None);
        Assert.Contains("The oldest such image", Assert.IsType<Refused>(refused).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_and_differences_come_from_the_manifests()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);

        var versions = await node.Ask<VersionList>(new ListVersions(node.Source + "/changing"));
        var difference = await node.Ask<ImageDifferences>(new DiffImages(states[0].Image, states[1].Image));

        Assert.Equal((long?[])[null, 6, 5], versions.Versions.Select(version => version.File?.Size));
        var found = difference.Differences.Select(each => $"{each.Kind} {each.File.Path[node.Source.Length..]}");
        Assert.Equal(
            [
                "metadata ", "content /changing", "removed /going", "removed /old", "removed /old/deep",
                "removed /old/deep/inner", "content /swap", "added /with", "added /with/deep",
                "added /with/deep/inner",
            ],
            found.Order(StringComparer.Ordinal).OrderBy(line => line.Split(' ')[1], StringComparer.Ordinal));
        Assert.Empty((await node.Ask<ImageDifferences>(new DiffImages(states[0].Image, states[0].Image))).Differences);
        // RS-03: of one item, and of what is below one
        Assert.Equal(["content /changing"], await Below("/changing"));
        Assert.Equal(["removed /old/deep", "removed /old/deep/inner"], await Below("/old/deep"));
        Assert.Equal(["added /with/deep/inner"], await Below("/with/deep/inner"));
        Assert.Equal(found, await Below(""));
        var nowhere = await node.Connection.Ask(
            new DiffImages(states[0].Image, states[1].Image, Path: node.Source + "/old/nothing"),
            CancellationToken.None);
        Assert.Equal(RefusalCode.NotFound, Assert.IsType<Refused>(nowhere).Code);

        async Task<IEnumerable<string>> Below(string path)
        {
            var (lines, request) = (new List<string>(), new DiffImages(
                states[0].Image, states[1].Image, Limit: 1, Path: node.Source + path));
            for (var page = 0; page < 20; page++)
            {
                var answer = await node.Ask<ImageDifferences>(request);
                lines.AddRange(answer.Differences.Select(each => $"{each.Kind} {each.File.Path[node.Source.Length..]}"));
                request = request with { After = answer.Next };
                if (answer.Next is null) break;
            }
            return lines;
        }
    }

    [Fact]
    public async Task What_a_restore_reads_is_verified_and_the_disk_is_compared_with_the_newest_image()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);
        var all = new VerifyPolicy(RequestId.New(), new PolicyName("nightly"));

        var data = await node.Verify("latest", VerifyTarget.Data);
        var alike = await node.Ended((await node.Ask<JobsStarted>(all)).Jobs.Single());
        Write(node, "new", "else");
        File.Delete(Path.Combine(node.Source, "same/2"));
        var other = await node.Ended(
            (await node.Ask<JobsStarted>(all with { Request = RequestId.New() })).Jobs.Single());

        Assert.True(data.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(data));
        var files = (await node.Ask<ImageList>(new ListImages())).Images
            .Where(image => image.Image.ToString() != states[1].Image).Sum(image => image.Files);
        Assert.Equal(files, data.Report!.Files.Values.Sum());
        Assert.True(alike.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(alike));
        Assert.Equal(states[^1].Image, alike.Job.Image.ToString());
        Assert.Equal(JobOutcome.CompleteWithExceptions, other.Job.Outcome);
        Assert.Contains(
            other.Report!.FirstExceptions,
            sentence => sentence.Contains("/new", StringComparison.Ordinal)
                && sentence.Contains("differs", StringComparison.Ordinal));
        Assert.Contains(
            other.Report.FirstExceptions, sentence => sentence.Contains("/same/2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Damage_of_an_image_below_is_found_and_costs_only_what_it_holds()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);
        await node.Stop();
        var first = Directory.EnumerateFiles(node.Library, "*.data", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).First();
        await using (var file = new FileStream(first, FileMode.Open))
        {
            file.Position = 33_000;
            file.WriteByte((byte)(file.ReadByte() + 1));
        }
        await node.Start();

        var media = await node.Verify("latest", VerifyTarget.Media);
        var data = await node.Verify("latest", VerifyTarget.Data);
        var target = Path.Combine(node.Root, "damaged");
        var restored = await node.Restore(states[^1].Image, target);

        Assert.Equal(JobOutcome.Complete, media.Job.Outcome);
        Assert.Equal(JobOutcome.CompleteWithExceptions, data.Job.Outcome);
        Assert.Equal(JobOutcome.CompleteWithExceptions, restored.Job.Outcome);
        Assert.Equal("new", File.ReadAllText(target + node.Source + "/new"));
    }

    [Fact]
    public async Task What_is_not_recorded_leaves_the_chain_as_it_was()
    {
        await using var node = new NodeFixture();
        Write(node, "one", "1");
        await node.Start();
        var full = await Run(node, "full");
        Write(node, "two", "2");
        var beside = await Run(node, "full", noRecord: true);
        var next = await Run(node, "incremental");

        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.Equal(full, images[0].Base!.Value.ToString());
        Assert.False(images[1].Recorded);
        await node.RestoresIdentical(beside);
        await node.RestoresIdentical(next);
    }

    [Fact]
    public async Task An_empty_source_is_refused_and_not_recorded_as_deleted()
    {
        await using var node = new NodeFixture();
        Write(node, "one", "1");
        await node.Start();
        await Run(node, "full");
        File.Delete(Path.Combine(node.Source, "one"));

        var refused = await node.Ended(await Begin(node, "incremental"));
        Assert.Equal(JobOutcome.Failed, refused.Job.Outcome);
        Assert.Contains("nothing is below", refused.Job.Failure, StringComparison.Ordinal);
        Assert.Equal(JobOutcome.Failed, (await node.Ended(await Begin(node, "full"))).Job.Outcome);

        var allowed = await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: "incremental", AllowEmpty: true))).Jobs[0]);
        Assert.True(allowed.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(allowed));
        await node.RestoresIdentical(allowed.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task Without_a_base_an_incremental_becomes_a_full_and_says_why()
    {
        await using var node = new NodeFixture { Policy = "level = incremental" };
        Write(node, "one", "1");
        await node.Start();

        var job = await node.Backup();

        Assert.Equal(0, job.Job.Level);
        Assert.Contains(
            job.Log, line => line.Text.Contains("there is no image of this client", StringComparison.Ordinal));
        Assert.Equal(1, (await node.Backup()).Job.Level);
    }

    [Fact]
    public async Task A_scan_rebuilds_the_manifests_of_a_chain()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);
        await node.Stop();
        var before = node.Dump();
        node.LoseCatalog();
        await node.Start();

        var scan = await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);

        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
        await Restores(node, states[^1].Image, states[^1].State);
        await node.Stop();
        Assert.Equal(before, node.Dump());
        // It knows the chain, too: the next incremental builds on it.
        await node.Start();
        Assert.Equal(3, (await node.Ended(await Begin(node, "incremental"))).Job.Level);
    }

    [Fact]
    public async Task Paths_are_stripped_and_get_a_prefix()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);
        var target = Path.Combine(node.Root, "elsewhere");
        var components = node.Source.Trim('/').Split('/').Length;

        var restored = await node.Ended((await node.Ask<JobsStarted>(new RestoreFiles(
            RequestId.New(), states[^1].Image, [], target, Strip: components, Prefix: "x/y"))).Jobs[0]);

        Assert.True(restored.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restored));
        // The root itself has nothing left of its path.
        Assert.DoesNotContain(
            NodeFixture.Differences(states[^1].State, target + "/x/y"), difference => difference.Path.Length > 0);
    }

    [NeedsFact(root: false, "tar", "zstd", "tail")]
    public async Task Gnu_tar_alone_restores_a_chain_deletions_included()
    {
        await using var node = new NodeFixture { Rules = "{ exclude = \"excluded\" }" };
        Write(node, "excluded", "of the source");
        var states = await Week(node);
        var target = Directory.CreateDirectory(Path.Combine(node.Root, "by-tar")).FullName;

        foreach (var wanted in (int[])[0, 2, 3])
        {
            var job = (await node.Ask<JobList>(new ListJobs())).Jobs
                .Last(known => known.Image?.ToString() == states[wanted].Image);
            var report = (await node.Ask<JobDetails>(new ShowJob(job.Job))).Report!;
            await Shell.Run("/bin/bash", "-c", $"set -e; cd {node.Library}; {report.RestoreCommand} -C {target}");
            // What is excluded at the source is left alone at the target.
            if (wanted == 0) File.WriteAllText(target + node.Source + "/excluded", "stays");
        }

        Assert.Equal("stays", File.ReadAllText(target + node.Source + "/excluded"));
        File.Delete(target + node.Source + "/excluded");
        File.Delete(states[^1].State + "/excluded");
        await Shell.Run("touch", "-r", states[^1].State, target + node.Source);
        Assert.Empty(NodeFixture.Differences(states[^1].State, target + node.Source));
    }

    [Fact]
    public async Task Extract_restores_a_chain_from_its_media_alone()
    {
        await using var node = new NodeFixture();
        var states = await Week(node);
        await node.Stop();
        var (merged, alone) = (Path.Combine(node.Root, "merged"), Path.Combine(node.Root, "alone"));

        var both = await BackupProgram.Run(
            "extract", node.Library, "--image", states[^1].Image, "--merge", "--to", merged);
        var one = await BackupProgram.Run("extract", node.Library, "--image", states[^1].Image, "--to", alone);

        Assert.True(both.Code == 0, both.Error);
        Assert.Empty(NodeFixture.Differences(states[^1].State, merged + node.Source));
        Assert.Contains("--merge", one.Error, StringComparison.Ordinal);
    }

    /// <summary>A full, a level 1, another level 1 and a level 2, each with a copy of the source as it was.</summary>
    private static async Task<IReadOnlyList<(string Image, string State)>> Week(NodeFixture node)
    {
        var states = new List<(string, string)>();
        for (var at = 0; at < 40; at++) Write(node, $"same/{at}", $"same {at}");
        Write(node, "changing", "first");
        Write(node, "going", "soon");
        Write(node, "old/deep/inner", "moved with old times");
        Write(node, "swap", "a file");
        File.CreateSymbolicLink(Path.Combine(node.Source, "link"), "changing");
        await Shell.Run("ln", node.Source + "/same/1", node.Source + "/same/again");
        await node.Start();
        await Keep("full");
        Write(node, "changing", "second");
        File.Delete(Path.Combine(node.Source, "going"));
        Directory.Move(Path.Combine(node.Source, "old"), Path.Combine(node.Source, "with"));
        File.Delete(Path.Combine(node.Source, "swap"));
        File.CreateSymbolicLink(Path.Combine(node.Source, "swap"), "a link");
        await Keep("1");
        File.Delete(Path.Combine(node.Source, "swap"));
        Write(node, "swap/inside", "a directory");
        File.Delete(Path.Combine(node.Source, "changing"));
        await Keep("1");
        Directory.Delete(Path.Combine(node.Source, "with"), recursive: true);
        File.Delete(Path.Combine(node.Source, "same/1"));
        Write(node, "new", "new");
        await Keep("2");
        return states;

        async Task Keep(string level)
        {
            var image = await Run(node, level);
            var copy = Path.Combine(node.Root, $"state-{states.Count}");
            await Shell.Run("cp", "-a", node.Source, copy);
            states.Add((image, copy));
        }
    }

    /// <summary>S2-24, JT-11: neither policy changes what the other holds of the file set.</summary>
    [Fact]
    public async Task A_monthly_archive_of_the_same_file_set_leaves_the_chain_as_if_it_had_never_run()
    {
        await using var node = new NodeFixture
        {
            Policy = "level = incremental",
            Extra = "backup.policies.monthly { file-set = all, pool = disk, level = full, record = off }",
        };
        Write(node, "stays", "1");
        await node.Start();
        var full = await Policy("nightly");
        Write(node, "before", "the archive");
        var archive = await Policy("monthly");
        Write(node, "behind", "the archive too");
        var nightly = await Policy("nightly");
        var again = await Policy("monthly");
        var last = await Policy("nightly");

        Assert.Equal((0, 1, 2), (full.Level, nightly.Level, last.Level));
        Assert.Equal((full.Image, nightly.Image), (nightly.Base!.Value, last.Base!.Value));
        Assert.Equal((0, null), (archive.Level, archive.Base));
        Assert.Equal((0, null), (again.Level, again.Base));
        // What the archive holds, too: root, "before", "behind"
        Assert.Equal(3, nightly.Files);
        Assert.Equal(0, last.Files);
        await node.RestoresIdentical(last.Image.ToString());
        await node.RestoresIdentical(again.Image.ToString());

        async Task<ImageSummary> Policy(string name)
        {
            var started = await node.Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName(name)));
            var ended = await node.Ended(started.Jobs[0]);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            return (await node.Ask<ImageList>(new ListImages())).Images.Single(each => each.Image == ended.Job.Image);
        }
    }

    private static void Write(NodeFixture node, string name, string content)
    {
        var path = Path.Combine(node.Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private static async Task<JobId> Begin(NodeFixture node, string level, bool noRecord = false) =>
        (await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: level, NoRecord: noRecord))).Jobs[0];

    private static async Task<string> Run(NodeFixture node, string level, bool noRecord = false)
    {
        var job = await node.Ended(await Begin(node, level, noRecord));
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        return job.Job.Image!.Value.ToString();
    }

    private static async Task Restores(NodeFixture node, string image, string state)
    {
        var target = Path.Combine(node.Root, "restored-" + image);
        var restored = await node.Restore(image, target);
        Assert.True(restored.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restored));
        Assert.Empty(NodeFixture.Differences(state, target + node.Source));
    }

    private static IEnumerable<string> Names(string state) =>
        Directory.EnumerateFileSystemEntries(state, "*", SearchOption.AllDirectories)
            .Select(path => path[state.Length..]).Order(StringComparer.Ordinal);

    private static async Task<IEnumerable<string>> Listed(NodeFixture node, string image) =>
        (await node.Ask<FileList>(new ListFiles(image, node.Source, Recursive: true))).Files
            .Select(file => file.Path[node.Source.Length..]).Where(path => path.Length > 0)
            .Order(StringComparer.Ordinal);
}

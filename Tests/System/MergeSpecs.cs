using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System;

/// <summary>Full images that are made of a chain, compared with those of the same moment by the client.</summary>
public sealed class MergeSpecs(ITestOutputHelper output)
{
    /// <summary>More with BACKUP_KILLS.</summary>
    private static readonly int Kills = KillSpecs.Setting("BACKUP_KILLS", 3);

    private static readonly int Seed = KillSpecs.Setting("BACKUP_SEED", Environment.TickCount & 0xFFFFFF);

    [Fact]
    public async Task A_merged_image_is_the_full_of_its_moment_and_the_next_incremental_builds_on_it()
    {
        await using var node = Node();
        var newest = await History(node);
        var full = await Run(node, "full", noRecord: true);

        var merge = await Merge(node, newest);

        var merged = merge.Job.Image!.Value.ToString();
        Assert.Equal((JobKind.Merge, 0), (merge.Job.Kind, merge.Job.Level));
        Assert.Contains(
            merge.Log, line => line.Code == "merged" && !line.Text.StartsWith("0 of", StringComparison.Ordinal));
        Assert.Contains(
            merge.Log, line => line.Code == "accepted" && line.Text.Contains(newest, StringComparison.Ordinal));
        Assert.Empty((await node.Ask<ImageDifferences>(new DiffImages(full, merged))).Differences);
        Assert.Equal(await Listed(node, full), await Listed(node, merged));
        var media = await node.Verify(merged, VerifyTarget.Media);
        Assert.True(media.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(media));
        await node.RestoresIdentical(merged);
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        var next = await Run(node, "incremental");
        await node.RestoresIdentical(next);
        var images = (await node.Ask<ImageList>(new ListImages())).Images.ToDictionary(image => image.Image.ToString());
        Assert.Equal(0, images[merged].Level);
        Assert.Null(images[merged].Base);
        Assert.Equal(
            (images[newest].Since, images[newest].Recorded, images[full].Files, images[full].Bytes),
            (images[merged].Since, images[merged].Recorded, images[merged].Files, images[merged].Bytes));
        Assert.Equal((1, merged), (images[next].Level, images[next].Base.ToString()));
        var chain = images[merged].MergedFrom!;
        Assert.Equal(newest, chain[^1].ToString());
        Assert.Equal(0, images[chain[0].ToString()].Level);
        Assert.Equal(chain, merge.Report!.MergedFrom);
        Assert.All(images.Values.Where(image => image.Image != merge.Job.Image), image => Assert.Null(image.MergedFrom));
    }

    [Fact]
    public async Task What_the_newest_could_not_save_and_no_older_one_has_is_an_exception_of_the_merged_too()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, 6);
        using var socket = new global::System.Net.Sockets.Socket(
            global::System.Net.Sockets.AddressFamily.Unix, global::System.Net.Sockets.SocketType.Stream, default);
        socket.Bind(new global::System.Net.Sockets.UnixDomainSocketEndPoint(node.Source + "/socket"));
        await node.Start();
        await node.Backup();
        File.Delete(node.Source + "/socket");
        socket.Dispose();
        using var later = new global::System.Net.Sockets.Socket(
            global::System.Net.Sockets.AddressFamily.Unix, global::System.Net.Sockets.SocketType.Stream, default);
        later.Bind(new global::System.Net.Sockets.UnixDomainSocketEndPoint(node.Source + "/later"));
        var newest = await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: "incremental"))).Jobs[0]);

        var merge = await node.Ended((await node.Ask<JobsStarted>(new MergeImage(
            RequestId.New(), newest.Job.Image!.Value.ToString()))).Jobs[0]);

        Assert.True(merge.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(merge));
        var exception = Assert.Single((await node.Ask<ExceptionList>(new ListExceptions(merge.Job.Job))).Exceptions);
        Assert.Contains("/later", exception.Text, StringComparison.Ordinal);
        Assert.Equal(1, merge.Job.Exceptions);
    }

    [NeedsFact(root: false, "tar", "zstd", "tail")]
    public async Task Plain_tools_restore_a_merged_image_and_its_headers_say_of_what_it_was_made()
    {
        await using var node = Node();
        var newest = await History(node);
        var merge = await Merge(node, newest);
        await node.Stop();
        var target = Directory.CreateDirectory(Path.Combine(node.Root, "by-tar")).FullName;

        await Shell.Run(
            "/bin/bash", "-c", $"set -e; cd {node.Library}; {merge.Report!.RestoreCommand} -C {target}");

        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        var headers = Tapes.Assemble(node.Library).Images
            .Single(image => image.Header.Image == merge.Job.Image).Header;
        Assert.Equal(newest, headers.MergedFrom!.Image.ToString());
    }

    [Fact]
    public async Task What_cannot_be_merged_is_refused_and_damage_ends_a_merge_without_an_image()
    {
        await using var node = Node();
        var newest = await History(node);
        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        var full = images.Single(image => image.Level == 0).Image.ToString();

        var nothing = await node.Connection.Ask(new MergeImage(RequestId.New(), full), CancellationToken.None);
        await node.Stop();
        Hurt(node.Library);
        await node.Start();
        var damaged = await node.Ended((await node.Ask<JobsStarted>(new MergeImage(RequestId.New(), newest))).Jobs[0]);

        Assert.Contains("nothing to merge", Assert.IsType<Refused>(nothing).Sentence, StringComparison.Ordinal);
        Assert.True(
            damaged.Job.Outcome is JobOutcome.Failed or JobOutcome.Incomplete, NodeFixture.Describe(damaged));
        Assert.Contains(full, damaged.Job.Failure, StringComparison.Ordinal);
        Assert.Equal(
            images.Select(image => image.Image),
            (await node.Ask<ImageList>(new ListImages())).Images.Where(image => image.State == "sealed")
                .Select(image => image.Image));
    }

    [Fact]
    public async Task A_merge_is_done_again_by_a_rerun_and_a_scan_finds_what_it_made()
    {
        await using var node = Node();
        var first = await Merge(node, await History(node));
        var again = await node.Ended((await node.Ask<JobsStarted>(
            new RerunJob(RequestId.New(), first.Job.Job))).Jobs[0]);
        Assert.True(again.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(again));
        Assert.NotEqual(first.Job.Image, again.Job.Image);
        await node.Stop();
        var before = node.Dump();
        node.LoseCatalog();
        await node.Start();

        var scan = await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);

        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
        await node.RestoresIdentical(again.Job.Image!.Value.ToString());
        await node.Stop();
        Assert.Equal(before, node.Dump());
    }

    [Fact]
    public async Task A_killed_merge_goes_on_under_its_number_and_is_whole()
    {
        var random = new Random(Seed);
        output.WriteLine($"Seed {Seed}, {Kills} kills.");
        await using var node = Node();
        node.DriveSpeedLimit = "4MB"; // long enough to be killed
        node.Slots = "40";
        Sources.Fill(node.Source, Seed);
        await node.StartProcess();
        await Run(node, "full");
        await Change(node, random);
        var newest = await Run(node, "incremental");
        for (var killed = 0; killed < Kills;)
        {
            var job = (await node.Ask<JobsStarted>(new MergeImage(RequestId.New(), newest))).Jobs[0];
            for (var times = 1 + random.Next(3); times > 0 && killed < Kills; times--, killed++)
            {
                await Task.Delay(random.Next(1500));
                await node.Kill();
                await node.StartProcess();
            }
            var ended = await node.Ended(job);
            Assert.True(
                ended.Job.Outcome == JobOutcome.Complete,
                $"Seed {Seed}, after {killed} kills: {NodeFixture.Describe(ended)}\n{node.Child!.Log}");
            await node.RestoresIdentical(ended.Job.Image!.Value.ToString());
            var media = await node.Verify(ended.Job.Image!.Value.ToString(), VerifyTarget.Media);
            Assert.True(media.Job.Outcome == JobOutcome.Complete, $"Seed {Seed}: {NodeFixture.Describe(media)}");
            output.WriteLine($"Job {job}: complete after {ended.Job.Attempts} attempts.");
        }
        await node.Stop();
        Assert.Empty(Tapes.Assemble(node.Library).Broken);
    }

    private static NodeFixture Node() => new() { FragmentSize = "1MiB", VolumeCapacity = "24MiB", Slots = "16" };

    /// <summary>A full and three incrementals, with all that may happen to a tree; the newest's id.</summary>
    private static async Task<string> History(NodeFixture node)
    {
        Sources.Fill(node.Source, 5);
        Write(node, "old/deep/inner", "moved with old times");
        Write(node, "swap", "a file");
        File.CreateSymbolicLink(Path.Combine(node.Source, "link"), "swap");
        await Shell.Run("ln", node.Source + "/folder-0/large", node.Source + "/folder-2/again");
        await node.Start();
        await Run(node, "full");
        File.Delete(Path.Combine(node.Source, "folder-1/file-03"));
        Directory.Move(Path.Combine(node.Source, "old"), Path.Combine(node.Source, "with"));
        File.Delete(Path.Combine(node.Source, "swap"));
        File.CreateSymbolicLink(Path.Combine(node.Source, "swap"), "a link");
        await Run(node, "incremental");
        Directory.Move(Path.Combine(node.Source, "folder-3"), Path.Combine(node.Source, "a-folder"));
        Write(node, "folder-1/file-05", "other content");
        await Run(node, "incremental");
        File.Delete(Path.Combine(node.Source, "swap"));
        Write(node, "swap/inside", "a directory");
        await Shell.Run("ln", node.Source + "/folder-1/large", node.Source + "/a-folder/linked");
        Directory.Delete(Path.Combine(node.Source, "with"), recursive: true);
        return await Run(node, "incremental");
    }

    private static async Task Change(NodeFixture node, Random random)
    {
        Directory.Delete(Path.Combine(node.Source, "folder-0"), recursive: true);
        Directory.Move(Path.Combine(node.Source, "folder-2"), Path.Combine(node.Source, "moved"));
        await File.WriteAllBytesAsync(
            Path.Combine(node.Source, "folder-1/large"), Sources.Bytes(random, 1_200_000 + random.Next(500_000)));
    }

    /// <summary>A bit of the first data file, which is the full's.</summary>
    private static void Hurt(string library)
    {
        var first = Directory.EnumerateFiles(library, "*.data", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).First();
        using var file = new FileStream(first, FileMode.Open);
        file.Position = 100_000;
        var old = file.ReadByte();
        file.Position = 100_000;
        file.WriteByte((byte)(old + 1));
    }

    private static void Write(NodeFixture node, string name, string content)
    {
        var path = Path.Combine(node.Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private static async Task<JobDetails> Merge(NodeFixture node, string image)
    {
        var job = await node.Ended((await node.Ask<JobsStarted>(new MergeImage(RequestId.New(), image))).Jobs[0]);
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        return job;
    }

    private static async Task<string> Run(NodeFixture node, string level, bool noRecord = false)
    {
        var job = await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: level, NoRecord: noRecord))).Jobs[0]);
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        return job.Job.Image!.Value.ToString();
    }

    private static async Task<IEnumerable<string>> Listed(NodeFixture node, string image) =>
        (await node.Ask<FileList>(new ListFiles(image, node.Source, Recursive: true))).Files
            .Select(file => $"{file.Path} {file.Kind} {file.Mode} {file.Size} {file.Modified} {file.LinkTarget} "
                + $"{file.Digest} {file.Fragment}");
}

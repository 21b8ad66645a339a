using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Copies of images: made, used in place of the original, moved, read again and healed.</summary>
public sealed class CopySpecs
{
    private const string Pools = "backup.pools.offsite { library = tapes, fragment-size = 64MiB }";
    private const string TwoDrives = Pools + "\nbackup.libraries.tapes.drives = 2";

    [Theory]
    [InlineData(Pools)]
    [InlineData(TwoDrives)]
    public async Task A_copy_alone_restores_by_job_by_scan_and_by_plain_tools(string extra)
    {
        await using var node = Node(extra);
        var image = await Saved(node);
        var files = (await node.Ask<ImageList>(new ListImages())).Images.Single();

        var copy = await Copied(node, image);

        Assert.Equal((JobKind.Copy, files.Files), (copy.Job.Kind, copy.Job.Files));
        var listed = (await node.Ask<ImageList>(new ListImages())).Images.Single();
        Assert.Equal(
            [(1, "disk", listed.Fragments), (2, "offsite", listed.Fragments)],
            listed.Copies!.Select(each => (each.Copy, each.Pool.Value, each.Fragments)));
        await node.Stop();
        var dump = node.Dump();
        // The original is gone, with no word to anybody
        foreach (var volume in Directory.GetDirectories(node.Library, "disk-*"))
            Directory.Move(volume, Path.Combine(node.Root, Path.GetFileName(volume)));
        await node.Start();
        await node.RestoresIdentical(image);
        await node.Stop();
        node.LoseCatalog();
        await node.Start();
        await Scanned(node);
        await node.RestoresIdentical(image);
        await ByTools(node, copy.Report!.RestoreCommand!);
        await node.Stop();
        foreach (var volume in Directory.GetDirectories(node.Root, "disk-*"))
            Directory.Move(volume, Path.Combine(node.Library, Path.GetFileName(volume)));
        node.LoseCatalog();
        await node.Start();
        await Scanned(node);
        await node.Stop();
        Assert.Equal(dump.Where(IsOfImages), node.Dump().Where(IsOfImages));
    }

    [Fact]
    public async Task Half_of_one_copy_and_the_other_half_of_the_other_are_whole_together()
    {
        await using var node = Node(TwoDrives);
        var image = await Saved(node);
        await Copied(node, image);
        await node.Stop();
        Hurt(node.Library, "disk-", half: 0);
        Hurt(node.Library, "offsite-", half: 1);
        await node.Start();

        var target = Path.Combine(node.Root, "both");
        var restore = await node.Restore(image, target);

        Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        Assert.Contains(restore.Log, line => line.Code == "copy-switched");
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        var third = await Copied(node, image, "third");
        Assert.Contains(third.Log, line => line.Code == "medium-damaged");
        var verified = await node.Verify(image, VerifyTarget.Media);
        Assert.Contains(verified.Log, line => line.Code == "medium-damaged");
    }

    [Fact]
    public async Task A_migration_frees_its_pool_only_when_the_copy_is_whole()
    {
        await using var node = Node(Pools);
        var image = await Saved(node);
        var before = (await node.Ask<VolumeList>(new ListVolumes())).Volumes;
        Assert.All(before, volume => Assert.Equal(1, volume.Images));

        var job = await Only(node, new MigrateImages(
            RequestId.New(), new PoolName("offsite"), FromPool: new PoolName("disk")));
        var moved = await node.Ended(job);

        Assert.True(moved.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(moved));
        Assert.Equal(JobKind.Migrate, moved.Job.Kind);
        Assert.Contains(moved.Log, line => line.Code == "original-retired");
        var volumes = (await node.Ask<VolumeList>(new ListVolumes())).Volumes.ToLookup(
            volume => volume.Pool!.Value.Value, volume => volume.Images);
        Assert.All(volumes["disk"], images => Assert.Equal(0, images));
        Assert.Contains(volumes["offsite"], images => images == 1);
        await node.RestoresIdentical(image);
        var again = await node.Ask<JobsStarted>(new MigrateImages(
            RequestId.New(), new PoolName("offsite"), FromPool: new PoolName("disk")));
        Assert.Empty(again.Jobs);
        var same = await node.Connection.Ask(
            new CopyImages(RequestId.New(), new PoolName("offsite"), image), CancellationToken.None);
        Assert.Contains("already", Assert.IsType<Refused>(same).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_selection_is_copied_once_and_a_request_that_is_repeated_is_answered_alike()
    {
        await using var node = Node(TwoDrives);
        await Saved(node);
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        await node.Backup();
        var request = new CopyImages(RequestId.New(), new PoolName("offsite"), Uncopied: true, Match: "^night");

        var first = await node.Ask<JobsStarted>(request);
        var second = await node.Ask<JobsStarted>(request);
        foreach (var job in first.Jobs) await node.Ended(job);
        var later = await node.Ask<JobsStarted>(request with { Request = RequestId.New() });

        Assert.Equal(2, first.Jobs.Count);
        Assert.Equal(first.Jobs, second.Jobs);
        Assert.Empty(later.Jobs);
        Assert.All(
            (await node.Ask<ImageList>(new ListImages())).Images, image => Assert.Equal(2, image.Copies!.Count));
    }

    [Fact]
    public async Task A_scrub_names_what_is_damaged_and_another_copy_heals_it_by_a_record_of_its_own()
    {
        await using var node = Node(TwoDrives);
        var image = await Saved(node);
        await Copied(node, image);
        await node.Stop();
        Hurt(node.Library, "disk-", half: 0);
        var hurt = Tapes.Assemble(node.Library).Images.Single().Fragments.Count;
        await node.Start();

        var scrub = await node.Ended(await Only(
            node, new ScrubMedia(RequestId.New(), Pool: new PoolName("disk"))));

        Assert.True(scrub.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(scrub));
        Assert.Contains(scrub.Log, line => line.Code == "medium-damaged");
        Assert.NotEmpty((await node.Ask<ExceptionList>(new ListExceptions(scrub.Job.Job))).Exceptions);
        var heals = (await node.Ask<JobsStarted>(new HealCopies(RequestId.New()))).Jobs;
        var healed = await node.Ended(Assert.Single(heals));
        Assert.True(healed.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(healed));
        Assert.Empty((await node.Ask<JobsStarted>(new HealCopies(RequestId.New()))).Jobs);
        await node.Stop();
        // Without the second pool: what was healed is all that is whole
        foreach (var volume in Directory.GetDirectories(node.Library, "offsite-*"))
            Directory.Move(volume, Path.Combine(node.Root, Path.GetFileName(volume)));
        await node.Start();
        await node.RestoresIdentical(image);
        Assert.True(hurt > 0);
    }

    [Fact]
    public async Task What_is_in_a_vault_is_not_loaded_and_is_asked_for_by_name_and_place()
    {
        await using var node = Node(Pools);
        node.WaitForVolume = "1h";
        var image = await Saved(node);
        var volume = (await node.Ask<VolumeList>(new ListVolumes())).Volumes.Single().Volume;

        await node.Ask<VolumesVaulted>(new VaultVolumes(
            RequestId.New(), [volume.Value], "the bank, box 4", "anna"));
        var target = Path.Combine(node.Root, "restored");
        var job = (await node.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), image, [], target))).Jobs[0];

        await node.Until(job, details => details.WaitsFor.Any(reason =>
            reason.Contains("the bank, box 4", StringComparison.Ordinal)
            && reason.Contains(volume.Value, StringComparison.Ordinal)));
        var away = Assert.Single((await node.Ask<VaultShown>(new ShowVault())).Away);
        Assert.Equal((volume, "the bank, box 4", "anna"), (away.Volume, away.Place, away.By));
        await node.Ask<VolumesVaulted>(new VaultVolumes(RequestId.New(), [volume.Value]));
        var restored = await node.Ended(job);
        Assert.True(restored.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restored));
        var shown = await node.Ask<VaultShown>(new ShowVault());
        Assert.Empty(shown.Away);
        Assert.Equal(2, shown.Log.Count);
        await node.VolumeBecomes(volume.Value, "full");
    }

    [Fact]
    public async Task A_copy_in_another_library_comes_over_the_data_plane_and_is_restored_from_there()
    {
        await using var node = Node(Pools);
        var far = Path.Combine(node.Root, "far");
        node.Extra += $"\nbackup.libraries.far {{ directory = \"{far}\", slots = 8, volume-capacity = 3MiB }}"
            + "\nbackup.pools.remote { library = far }";
        var image = await Saved(node);
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        var second = await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: "incremental"))).Jobs[0]);

        var torn = await node.Connection.Ask(
            new MigrateImages(RequestId.New(), new PoolName("remote"), image), CancellationToken.None);
        var copy = await Copied(node, image, "remote");
        await Copied(node, second.Job.Image!.Value.ToString(), "remote");

        Assert.Contains("builds", Assert.IsType<Refused>(torn).Sentence, StringComparison.Ordinal);
        Assert.True(copy.Report!.Volumes.Count > 2, NodeFixture.Describe(copy));
        Assert.All(copy.Report.Volumes, volume => Assert.StartsWith("remote-", volume.Value, StringComparison.Ordinal));
        await node.Stop();
        foreach (var volume in Directory.GetDirectories(node.Library, "disk-*"))
            Directory.Move(volume, Path.Combine(node.Root, Path.GetFileName(volume)));
        node.WaitForVolume = "1h"; // nobody is asked: the other library has it
        await node.Start();
        await node.RestoresIdentical(second.Job.Image!.Value.ToString());
        await node.Stop();
        Directory.Move(node.Library, Path.Combine(node.Root, "away"));
        await node.Start();
        var scan = await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("far")))).Jobs[0]);
        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
    }

    [Fact]
    public async Task A_copy_that_is_killed_goes_on_behind_what_it_has_sealed()
    {
        await using var node = Node(Pools);
        node.FragmentSize = "1MiB";
        Fill(node.Source);
        node.DriveSpeedLimit = "4MiB";
        await node.StartProcess();
        var image = (await node.Backup()).Job.Image!.Value.ToString();
        var job = await Only(node, new CopyImages(RequestId.New(), new PoolName("offsite"), image));

        await node.Until(job, details => details.Log.Any(line => line.Code == "fragment-copied"));
        await node.Kill();
        node.DriveSpeedLimit = "0";
        await node.Start();

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Contains(ended.Log, line => line.Code == "resumed");
        var listed = (await node.Ask<ImageList>(new ListImages())).Images.Single();
        Assert.All(listed.Copies!, copy => Assert.Equal(listed.Fragments, copy.Fragments));
        await node.Stop();
        foreach (var volume in Directory.GetDirectories(node.Library, "disk-*"))
            Directory.Move(volume, Path.Combine(node.Root, Path.GetFileName(volume)));
        await node.Start();
        await node.RestoresIdentical(image);
    }

    [Fact]
    public async Task A_backup_is_complete_without_its_promised_copies_and_they_are_made_when_they_can_be()
    {
        await using var node = Node(Pools);
        var far = Path.Combine(node.Root, "far");
        node.Extra += $"\nbackup.libraries.far {{ directory = \"{far}\", slots = 2, autolabel = off }}"
            + "\nbackup.pools.remote { library = far }";
        node.Policy = "copy-to = [offsite, remote]";
        var image = await Saved(node); // the library for the second has no volume at all

        var job = (await node.Ask<JobList>(new ListJobs())).Jobs.Last();
        var half = await node.Until(job.Job, details => details.Job.PendingCopies?.Count == 1);
        Assert.Equal(new PendingCopy(3, new PoolName("remote")), half.Job.PendingCopies!.Single());
        Assert.Contains(
            (await node.Ask<NodeStatus>(new ShowStatus())).Warnings!,
            warning => warning.Contains("no copy in pool remote", StringComparison.Ordinal));
        // What was promised outlives the node, the configuration that promised it, and another backup
        await node.Stop();
        node.Policy = "";
        await node.Start();
        var other = await node.Backup();
        Assert.Null(other.Job.PendingCopies);
        Assert.NotNull((await node.Ask<JobDetails>(new ShowJob(job.Job))).Job.PendingCopies);
        await node.Ask<VolumeLabelled>(new LabelVolume(RequestId.New(), new PoolName("remote")));

        await node.Until(job.Job, details => details.Job.PendingCopies is null);
        var listed = (await node.Ask<ImageList>(new ListImages())).Images.Last();
        Assert.Equal(
            [("disk", listed.Fragments), ("offsite", listed.Fragments), ("remote", listed.Fragments)],
            listed.Copies!.Select(copy => (copy.Pool.Value, copy.Fragments)));
        Assert.Null(listed.PendingCopies);
        await node.RestoresIdentical(image);
    }

    [Fact]
    public async Task Backup_copy_and_expiry_of_the_first_copy_follow_from_the_configuration_alone()
    {
        await using var node = Node(Pools
            + "\nbackup.pools.disk.retention.for = 1s\nbackup.retention { every = 1s, grace = 0s }");
        node.Policy = "copy-to = [offsite], level = incremental";
        await Saved(node);
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        var second = await node.Backup();
        Assert.True(second.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(second));

        await Eventually(node, async () => (await node.Ask<ImageList>(new ListImages())).Images is { Count: 2 } images
            && images.All(image => image.PendingCopies is null
                && image.Copies!.All(copy => copy.Pool.Value == "offsite")));

        var shown = await node.Ask<RetentionShown>(new ShowRetention());
        Assert.All(shown.Images, image => Assert.True(image.Kept)); // the policy keeps all
        var copies = shown.Images.SelectMany(image => image.Copies!).ToList();
        Assert.All(copies, copy => Assert.Equal(("offsite", true), (copy.Pool.Value, copy.Kept)));
        Assert.Equal(2, copies.Count);
        Assert.Empty((await node.Ask<JobsStarted>(new CopyImages(
            RequestId.New(), new PoolName("disk"), FromPool: new PoolName("offsite")))).Jobs);
        await node.RestoresIdentical(second.Job.Image!.Value.ToString());
    }

    private static async Task Eventually(NodeFixture node, Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await holds())
        {
            if (limit.IsCancellationRequested)
                Assert.Fail("It does not get there: " + string.Join("; ", (
                    await node.Ask<ImageList>(new ListImages())).Images.SelectMany(image => image.Copies ?? [])));
            await Task.Delay(50, CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_copy_is_written_with_its_image_where_a_drive_is_free_and_behind_it_where_none_is()
    {
        await using var node = Node(TwoDrives);
        node.Policy = "copy-to = [offsite], copies-during = on";
        var image = await Saved(node);

        var job = (await node.Ask<JobList>(new ListJobs())).Jobs.Last().Job;
        var saved = await node.Ask<JobDetails>(new ShowJob(job));
        Assert.True(saved.Log.Any(line => line.Code == "copy-sealed"), NodeFixture.Describe(saved));
        Assert.Null(saved.Job.PendingCopies);
        Assert.All((await node.Ask<ImageList>(new ListImages())).Images, listed => Assert.Equal(
            [(1, "disk", listed.Fragments), (2, "offsite", listed.Fragments)],
            listed.Copies!.Select(each => (each.Copy, each.Pool.Value, each.Fragments))));
        // Each alone is enough
        await node.RestoresIdentical(image);
        await node.Stop();
        var originals = Directory.GetDirectories(node.Library, "disk-*");
        foreach (var volume in originals) Directory.Move(volume, Path.Combine(node.Root, Path.GetFileName(volume)));
        await node.Start();
        await node.RestoresIdentical(image);
        await node.Stop();
        foreach (var volume in originals) Directory.Move(Path.Combine(node.Root, Path.GetFileName(volume)), volume);

        // With one drive there is none to spare: the promise is kept behind the backup
        node.Extra = node.Extra.Replace("drives = 2", "drives = 1", StringComparison.Ordinal);
        await node.Start();
        var alone = await node.Backup();
        Assert.True(alone.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(alone));
        Assert.DoesNotContain(alone.Log, line => line.Code is "copy-during" or "copy-sealed");
        await node.Until(alone.Job.Job, details => details.Job.PendingCopies is null);
        Assert.Contains((await node.Ask<JobList>(new ListJobs())).Jobs,
            made => made.Kind == JobKind.Copy && made.Image == alone.Job.Image);
    }

    private static NodeFixture Node(string extra) => new(
        extra + "\nbackup.pools.third { library = tapes }")
    { FragmentSize = "2MiB", VolumeCapacity = "64MiB" };

    private static void Fill(string source)
    {
        var random = new Random(7);
        for (var number = 0; number < 12; number++)
        {
            var bytes = new byte[700_000];
            random.NextBytes(bytes);
            File.WriteAllBytes(Path.Combine(source, $"file-{number}"), bytes);
        }
        File.WriteAllText(Path.Combine(source, "small"), "small");
    }

    private static async Task<string> Saved(NodeFixture node)
    {
        Fill(node.Source);
        await node.Start();
        var saved = await node.Backup();
        Assert.True(saved.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(saved));
        return saved.Job.Image!.Value.ToString();
    }

    private static async Task<JobDetails> Copied(NodeFixture node, string image, string pool = "offsite")
    {
        var copy = await node.Ended(await Only(node, new CopyImages(RequestId.New(), new PoolName(pool), image)));
        Assert.True(copy.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(copy));
        return copy;
    }

    private static async Task<JobId> Only(NodeFixture node, IRequest request) =>
        Assert.Single((await node.Ask<JobsStarted>(request)).Jobs);

    private static async Task Scanned(NodeFixture node)
    {
        var scan = await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);
        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
    }

    private static async Task ByTools(NodeFixture node, string command)
    {
        var target = Directory.CreateDirectory(Path.Combine(node.Root, "by-tar")).FullName;
        await Shell.Run("/bin/bash", "-c", $"set -e; cd {node.Library}; {command} -C {target}");
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
    }

    /// <summary>One byte in each second block of data of a pool's volumes.</summary>
    private static void Hurt(string library, string prefix, int half)
    {
        var number = 0;
        foreach (var file in Directory.GetDirectories(library, prefix + "*").Order(StringComparer.Ordinal)
            .SelectMany(volume => Directory.GetFiles(volume, "*data*").Order(StringComparer.Ordinal)))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            for (long at = TapeFormat.HeaderBytes; at < stream.Length; at += TapeFormat.BlockBytesMax, number++)
            {
                if (number % 2 != half) continue;
                stream.Position = at + Math.Min(1000, (stream.Length - at) / 2);
                var was = stream.ReadByte();
                stream.Position--;
                stream.WriteByte((byte)(was ^ 0x40));
            }
        }
    }

    private static bool IsOfImages(string line) => !line.StartsWith("volume ", StringComparison.Ordinal);
}

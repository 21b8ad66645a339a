using System.Globalization;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System;

/// <summary>
/// kill -9 of the node at random moments. `BACKUP_KILLS=200 BACKUP_SEED=7 dotnet test Tests/System --filter
/// FullyQualifiedName~KillSpecs` kills as often as it says; without, 10 times with a seed of its own, which every
/// failure names.
/// </summary>
public sealed class KillSpecs(ITestOutputHelper output)
{
    private const int KillsInOneLibrary = 20;
    private static readonly int Kills = Setting("BACKUP_KILLS", 10);
    private static readonly int Seed = Setting("BACKUP_SEED", Environment.TickCount & 0xFFFFFF);

    [Fact]
    public async Task A_killed_backup_goes_on_under_its_number_and_loses_nothing()
    {
        for (var done = 0; done < Kills; done += KillsInOneLibrary)
            await Round(Seed + done, Math.Min(KillsInOneLibrary, Kills - done));
    }

    [Fact]
    public async Task A_killed_restore_and_a_killed_verify_go_on()
    {
        var random = new Random(Seed);
        await using var node = Node();
        FillSource(node.Source, random);
        await node.StartProcess();
        var backup = await node.Backup();
        Assert.True(backup.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(backup));
        for (var kill = 0; kill < 6; kill++)
        {
            var target = Path.Combine(node.Root, $"restored-{kill}");
            var image = backup.Job.Image!.Value.ToString();
            IRequest request = kill % 2 == 0
                ? new RestoreFiles(RequestId.New(), image, [], target)
                : new VerifyImage(RequestId.New(), image, VerifyTarget.Media);
            var job = (await node.Ask<JobsStarted>(request)).Jobs[0];
            await Task.Delay(random.Next(400));
            await node.Kill();
            await node.StartProcess();
            var ended = await node.Ended(job);
            Assert.True(
                ended.Job.Outcome == JobOutcome.Complete, $"Seed {Seed}, kill {kill}: {NodeFixture.Describe(ended)}");
            if (kill % 2 == 0) Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        }
    }

    private async Task Round(int seed, int kills)
    {
        output.WriteLine($"Seed {seed}, {kills} kills.");
        var random = new Random(seed);
        await using var node = Node();
        FillSource(node.Source, random);
        await node.StartProcess();
        var killed = 0;
        while (killed < kills)
        {
            // A full, and incrementals one on the other
            var images = (await node.Ask<ImageList>(new ListImages())).Images;
            if (images.Count > 0) ChangeSource(node.Source, random);
            var job = (await node.Ask<JobsStarted>(new RunPolicy(
                RequestId.New(), new PolicyName("nightly"), Level: images.Count > 0 ? "incremental" : "full"))).Jobs[0];
            for (var times = 1 + random.Next(3); times > 0 && killed < kills; times--, killed++)
            {
                await Task.Delay(random.Next(1600));
                await node.Kill();
                await node.StartProcess();
            }
            var details = await node.Ended(job);
            Assert.True(
                details.Job.Outcome == JobOutcome.Complete,
                $"Seed {seed}, after {killed} kills: {NodeFixture.Describe(details)}\n{node.Child!.Log}");
            Assert.Equal(Math.Min(images.Count, 9), details.Job.Level);
            await node.RestoresIdentical(details.Job.Image!.Value.ToString());
            output.WriteLine($"Job {job}: complete after {details.Job.Attempts} attempts.");
        }
        await node.Stop();
        AtMostOneFragmentSentAgain(node, killed, seed);
        await ScanGivesTheSame(node, seed);
    }

    /// <summary>
    /// What lies on the media and in no chain of a seal is an open fragment that a kill cut off, or one whose seal
    /// nobody had heard of.
    /// </summary>
    private static void AtMostOneFragmentSentAgain(NodeFixture node, int kills, int seed)
    {
        var found = Tapes.Assemble(node.Library);
        var again = found.Unfinished.Select(header => (header.Image.Image, header.Start.Fragment, header.Epoch))
            .Concat(found.Abandoned.Select(fragment => (fragment.Image, fragment.Fragment, fragment.Epoch)))
            .Distinct().ToList();
        Assert.True(again.Count <= kills,
            $"Seed {seed}: {kills} kills, and {again.Count} fragments were sent again: {string.Join(", ", again)}");
        Assert.Empty(found.Broken);
        Assert.Empty(found.MissingParts);
    }

    private static async Task ScanGivesTheSame(NodeFixture node, int seed)
    {
        var before = node.Dump();
        node.LoseCatalog();
        await node.Start();
        var scan = await node.Ended(
            (await node.Ask<JobsStarted>(new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);
        Assert.True(scan.Job.Outcome is JobOutcome.Complete or JobOutcome.CompleteWithExceptions,
            $"Seed {seed}: {NodeFixture.Describe(scan)}");
        await node.Stop();
        Assert.Equal(before, node.Dump());
    }

    private static NodeFixture Node() => new()
    {
        FragmentSize = "1MiB",
        VolumeCapacity = "24MiB",
        Slots = "40",
        DriveSpeedLimit = "12MB",
    };

    /// <summary>
    /// 12 MiB that do not compress: small files in folders, and some that are larger than a fragment.
    /// </summary>
    private static void FillSource(string directory, Random random)
    {
        for (var folder = 0; folder < 8; folder++)
        {
            var path = Directory.CreateDirectory(Path.Combine(directory, $"folder-{folder}")).FullName;
            for (var file = 0; file < 40;
                file++) File.WriteAllBytes(Path.Combine(path, $"file-{file}"), Bytes(random, random.Next(20_000)));
            File.WriteAllBytes(Path.Combine(path, "large"), Bytes(random, 200_000 + random.Next(2_500_000)));
            File.CreateSymbolicLink(Path.Combine(path, "link"), "large");
        }
    }

    /// <summary>About a third of it is other or elsewhere, or gone.</summary>
    private static void ChangeSource(string directory, Random random)
    {
        var folders = Directory.GetDirectories(directory).Order(StringComparer.Ordinal).ToList();
        foreach (var folder in folders)
        {
            if (random.Next(3) > 0) continue;
            File.WriteAllBytes(Path.Combine(folder, "large"), Bytes(random, 200_000 + random.Next(2_500_000)));
            foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
                if (random.Next(4) == 0 && !file.EndsWith("/large", StringComparison.Ordinal)) File.Delete(file);
            Directory.Move(folder, $"{folder}-{random.Next(10)}");
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    internal static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture,
            out var value) ? value : otherwise;
}

namespace Backup.Benchmark;

/// <summary>
/// Eight jobs at once to four virtual drives, against the same one after another: with drives that take so much a
/// second, as tapes do, and with such as take what the disk takes.
/// </summary>
internal sealed class ParallelRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const int JobsAtOnce = 8;
    private const int Drives = 4;

    /// <summary>Of a drive that is as slow as a tape: four of them leave the processors idle for the most part.</summary>
    private const long TapeBytesPerSecond = 25_000_000;

    /// <summary>Four drives at the best take a fourth of the time; what is above it is beginnings and ends.</summary>
    private const double PacedRatioMax = 0.4;

    /// <summary>Where the drives are not what limits, jobs at once at least lose nothing to each other.</summary>
    private const double FreeRatioMax = 1.05;

    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Measure()
    {
        var sets = new Dictionary<string, string[]>();
        var bytes = options.LargeBytes / JobsAtOnce;
        for (var job = 0; job < JobsAtOnce; job++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(trees, $"parallel-{job}")).FullName;
            Trees.Large(Path.Combine(folder, "large.dat"), bytes, seed: 30 + job);
            sets[$"tree{job}"] = [folder];
        }
        say($"\n{JobsAtOnce} jobs of {bytes >> 20} MiB at once to {Drives} drives, against one after another");
        try
        {
            var paced = await Compare(sets, TapeBytesPerSecond, PacedRatioMax);
            return await Compare(sets, 0, FreeRatioMax) && paced;
        }
        finally
        {
            foreach (var folder in sets.Values) await Shell.Remove(folder[0]);
        }
    }

    private async Task<bool> Compare(Dictionary<string, string[]> sets, long drive, double ratioMax)
    {
        say(drive == 0 ? "  drives as fast as the disk"
            : FormattableString.Invariant($"  drives of {drive / 1e6:F0} MB/s"));
        await using var node = await NodeProcess.Start(
            NodeServer.Mode, NodeProcess.Folder(media, "node"), root => NodeTexts.Alone(root, sets, drive, Drives)
                + $"\nbackup.client.jobs-max = {JobsAtOnce}\n");
        var ratios = new List<double>();
        for (var round = 0; round <= options.Rounds; round++)
        {
            var (alone, processor) = (0.0, 0.0);
            foreach (var policy in sets.Keys)
            {
                var job = await node.Backup(policy, "full");
                (alone, processor) = (alone + job.Seconds, processor + job.Processor);
            }
            var together = await node.Backups(sets.Keys);
            if (round == 0) continue; // compiled code is what is measured
            ratios.Add(together.Seconds / alone);
            say(FormattableString.Invariant(
                $"  {round,5}   at once {together.Seconds:F2} s ({together.Processor:F2} of processor), one after ")
                + FormattableString.Invariant($"another {alone:F2} s ({processor:F2}), {ratios[^1]:F2}"));
        }
        var ratio = Spread.Of(ratios);
        say($"  {ratio} of the time of one after another; at most {ratioMax}");
        return ratio.Median <= ratioMax;
    }
}

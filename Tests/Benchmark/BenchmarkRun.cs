namespace Backup.Benchmark;

/// <summary>One run of the benchmark: makes the trees, measures, reports, removes all that it made.</summary>
internal sealed class BenchmarkRun(BenchmarkOptions options, string trees, string media)
{
    private const double BackupRatioMax = 1.2;
    private const double RestoreRatioMax = 1.3;
    private readonly string _small = Path.Combine(trees, "small");
    private readonly string _large = Path.Combine(trees, "large");
    private readonly string _warm = Path.Combine(trees, "warm");
    private readonly string _target = Path.Combine(trees, "restored");
    private bool _held = true;

    /// <returns>The exit code.</returns>
    public static async Task<int> Of(BenchmarkOptions options)
    {
        var name = $"backup-benchmark-{Environment.ProcessId}";
        var run = new BenchmarkRun(options, Path.Combine(options.Trees, name), Path.Combine(options.Media, name));
        try
        {
            return await run.Measure();
        }
        finally
        {
            await Shell.Remove(Path.Combine(options.Trees, name));
            await Shell.Remove(Path.Combine(options.Media, name));
        }
    }

    private async Task<int> Measure()
    {
        Directory.CreateDirectory(media);
        Directory.CreateDirectory(trees);
        Say($"Trees in {trees}, media in {media}, {Environment.ProcessorCount} processors, {options.Rounds} rounds.");
        if (options.Does("data")) await new DataRun(Say).Measure();
        if (options.Does("speed")) await Speed();
        if (options.Does("memory")) Check(await new MemoryRun(options, trees, media, Say).Measure());
        if (options.Does("two")) Check(await new PairRun(options, trees, media, Say).Measure());
        if (options.Does("heartbeats")) Check(await new PulseRun(options, trees, media, Say).Measure());
        if (options.Does("crowd")) Check(await new CrowdRun(options, trees, media, Say).Measure());
        if (options.Does("kill")) Check(await new KillRun(options, trees, media, Say).Measure());
        if (options.Does("levels")) Check(await new LevelRun(options, trees, media, Say).Measure());
        if (options.Does("diff")) Check(await new ManifestRun(options, media, Say).Diff());
        if (options.Does("browse")) Check(await new ManifestRun(options, media, Say).Browse());
        if (options.Does("merge")) Check(await new MergeRun(options, trees, media, Say).Measure());
        if (options.Does("despool")) Check(await new DespoolRun(options, trees, media, Say).Measure());
        if (options.Does("copy")) Check(await new CopyRun(options, trees, media, Say).Measure());
        if (options.Does("scan")) Check(await new ScanRun(options, trees, media, Say).Measure());
        if (options.Does("parallel")) Check(await new ParallelRun(options, trees, media, Say).Measure());
        if (options.Does("retention")) Check(new RetentionRun(options, media, Say).Measure());
        Say(_held ? "All limits are held." : "Not all limits are held.");
        return _held ? 0 : 1;
    }

    private async Task Speed()
    {
        Trees.Small(_warm, 2000);
        Trees.Small(_small, options.SmallFiles);
        await Compare($"{options.SmallFiles:N0} small files", _small);
        await Shell.Remove(_small);
        await Compare($"4 files of {options.LargeBytes >> 20} MiB", Trees.LargeOnes(_large, options.LargeBytes));
        await Shell.Remove(_large);
    }

    /// <summary>Floor and node take turns, so that whatever else the machine does meets both.</summary>
    private async Task Compare(string title, string tree)
    {
        Say($"\n{title}: seconds (of processor)");
        Say("  round   tar|zstd      backup       ratio   zstd|tar      restore      ratio");
        await using var node = await NodeProcess.Start(media, new Dictionary<string, string[]> { ["warm"] = [_warm], ["tree"] = [tree] });
        await node.Restore((await node.Backup("warm")).Image, _target); // compiled code is what is measured
        await Shell.Remove(_target);
        var archive = Path.Combine(media, "floor.tar.zst");
        var (backups, restores, backupCpu, restoreCpu) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 1; round <= options.Rounds; round++)
        {
            await Shell.Run("sync");
            var floor = await Shell.Run($"tar -C '{tree}' -cf - . | zstd -1 -T2 -q -f -o '{archive}'; sync '{archive}'");
            await Shell.Run("sync");
            var backup = await node.Backup("tree");
            await Shell.Run("sync");
            var extract = await Shell.Run($"mkdir '{_target}'; zstd -dcq '{archive}' | tar -C '{_target}' -xpf -");
            await Shell.Remove(_target);
            var restore = await node.Restore(backup.Image, _target);
            if (round == 1) await Shell.Run($"diff -r '{tree}' '{_target}{tree}'"); // a fast restore of something else would be none
            await Shell.Remove(_target);
            backups.Add(backup.Seconds / floor.Seconds);
            restores.Add(restore.Seconds / extract.Seconds);
            backupCpu.Add(backup.Processor / floor.Processor);
            restoreCpu.Add(restore.Processor / extract.Processor);
            Say(FormattableString.Invariant(
                $"  {round,5}   {Times(floor)}  {Times((backup.Seconds, backup.Processor))}  {backups[^1],5:F2}   {Times(extract)}  {Times((restore.Seconds, restore.Processor))}  {restores[^1],5:F2}"));
            Say(FormattableString.Invariant(
                $"          peak MiB: backup {backup.PeakKib / 1024.0:F0}, restore {restore.PeakKib / 1024.0:F0}; collector paused {backup.Pauses:F2} and {restore.Pauses:F2} s"));
        }
        var (b, r) = (Spread.Of(backups), Spread.Of(restores));
        Say($"  backup {b} × the floor's time, {Spread.Of(backupCpu)} × its processor time; at most {BackupRatioMax}");
        Say($"  restore {r} × the floor's time, {Spread.Of(restoreCpu)} × its processor time; at most {RestoreRatioMax}");
        Check(b.Median <= BackupRatioMax && r.Median <= RestoreRatioMax);
    }

    private static string Times((double Seconds, double Processor) of) => FormattableString.Invariant($"{of.Seconds,5:F2} ({of.Processor,5:F2})");

    private void Check(bool held) => _held &= held;

    private static void Say(string line) => Console.WriteLine(line);
}

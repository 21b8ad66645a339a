namespace Backup.Benchmark;

/// <summary>Client and storage node in two processes, without and with TLS, against one process and the floors.</summary>
internal sealed class PairRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const double RatioMax = 1.15;
    private const int WarmFiles = 10_000;
    private const int WarmTimes = 2;
    private readonly string _target = Path.Combine(trees, "restored");
    private readonly string _warm = Path.Combine(trees, "warm");
    private bool _held = true;

    /// <returns>Whether the limit is held.</returns>
    public async Task<bool> Measure()
    {
        var identities = NodePair.Identities(Directory.CreateDirectory(Path.Combine(media, "identities")).FullName);
        Trees.Small(_warm, WarmFiles);
        var small = Path.Combine(trees, "small");
        Trees.Small(small, options.SmallFiles);
        await Compare($"{options.SmallFiles:N0} small files", small, identities);
        await Shell.Remove(small);
        var large = Trees.LargeOnes(Path.Combine(trees, "large"), options.LargeBytes);
        await Compare($"4 files of {options.LargeBytes >> 20} MiB", large, identities);
        await Shell.Remove(large);
        return _held;
    }

    private async Task Compare(string title, string tree, string identities)
    {
        say($"\n{title}: seconds (of processor)");
        say("                  tar and zstd     one process          two          two, TLS");
        var sets = new Dictionary<string, string[]> { ["warm"] = [_warm], ["tree"] = [tree] };
        await using var one = await NodeProcess.Start(media, sets);
        await using var plain = await NodePair.Start(media, sets);
        await using var secure = await NodePair.Start(media, sets, identities);
        Contender[] all =
        [
            new("one process", one.Backup, one.Restore), new("two", plain.Backup, plain.Restore),
            new("two, TLS", secure.Backup, secure.Restore),
        ];
        for (var time = 0; time < WarmTimes; time++) // compiled code is what is measured
            foreach (var each in all)
            {
                await each.Restore((await each.Backup("warm")).Image, _target);
                await Shell.Remove(_target);
            }
        foreach (var node in new[] { plain.Client, plain.Store, secure.Client, secure.Store }) await node.Pulse();
        for (var round = 1; round <= options.Rounds; round++) await Round(round, all, tree);
        Verdict("backup", all, each => each.Backups);
        Verdict("restore", all, each => each.Restores);
        foreach (var (name, pair) in new[] { ("two", plain), ("two, TLS", secure) })
            foreach (var node in new[] { pair.Client, pair.Store })
                say(PulseRun.Sentence($"{name}, {(node == pair.Client ? "client" : "store")}", await node.Pulse()));
    }

    /// <summary>All take turns, so that whatever else the machine does meets all.</summary>
    private async Task Round(int round, Contender[] all, string tree)
    {
        var archive = Path.Combine(media, "floor.tar.zst");
        await Shell.Run("sync");
        var (seconds, processor) =
            await Shell.Run($"tar -C '{tree}' -cf - . | zstd -1 -T2 -q -f -o '{archive}'; sync '{archive}'");
        var line = $"  {round} backup   {Times(seconds, processor)}";
        var images = new List<string>();
        foreach (var each in all)
        {
            await Shell.Run("sync");
            var backup = await each.Backup("tree");
            each.Backups.Add(backup);
            images.Add(backup.Image);
            line += $"   {Times(backup.Seconds, backup.Processor)}";
        }
        say(line);
        await Shell.Run("sync");
        (seconds, processor) =
            await Shell.Run($"mkdir '{_target}'; zstd -dcq '{archive}' | tar -C '{_target}' -xpf -");
        line = $"  {round} restore  {Times(seconds, processor)}";
        for (var at = 0; at < all.Length; at++)
        {
            await Shell.Remove(_target);
            var restore = await all[at].Restore(images[at], _target);
            if (round == 1) await Shell.Run($"diff -r '{tree}' '{_target}{tree}'");
            all[at].Restores.Add(restore);
            line += $"   {Times(restore.Seconds, restore.Processor)}";
        }
        await Shell.Remove(_target);
        say(line);
    }

    private void Verdict(string what, Contender[] all, Func<Contender, List<Measured>> of)
    {
        foreach (var each in all.Skip(1))
        {
            var time = Spread.Of(of(each).Zip(of(all[0]), (its, one) => its.Seconds / one.Seconds));
            var processor = Spread.Of(of(each).Zip(of(all[0]), (its, one) => its.Processor / one.Processor));
            var isLimited = each == all[1];
            if (isLimited) _held &= time.Median <= RatioMax;
            say($"  {what}, {each.Name}: {time} × the time of one process, {processor} × its processor time"
                + FormattableString.Invariant($"; peak of a process {of(each).Max(each => each.PeakKib) / 1024.0:F0} MiB")
                + (isLimited
                    ? FormattableString.Invariant($"; at most {RatioMax}: {(time.Median <= RatioMax ? "held" : "NOT held")}")
                    : ""));
        }
    }

    private static string Times(double seconds, double processor) =>
        FormattableString.Invariant($"{seconds,6:F2} ({processor,6:F2})");

    private sealed record Contender(
        string Name, Func<string, Task<Measured>> Backup, Func<string, string, Task<Measured>> Restore)
    {
        public List<Measured> Backups { get; } = [];

        public List<Measured> Restores { get; } = [];
    }
}

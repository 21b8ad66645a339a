namespace Backup.Benchmark;

/// <summary>
/// Incrementals of a tree in which nothing, and in which one file of a hundred, has changed, against the least that any
/// program must do: a walk with the state of every file, sorted; and, of what changed, an archive.
/// </summary>
internal sealed class LevelRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const double RatioMax = 1.5;
    private const double PeakMibMax = 256;
    private const double GrowthMax = 0.01;
    private const int Unchanged = 10;
    private const int OneOf = 100;

    /// <summary>With fewer it would be the start of a job that is measured.</summary>
    private const int Files = 100_000;

    private readonly string _tree = Path.Combine(trees, "changing");

    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Measure()
    {
        Trees.Small(_tree, Files);
        say($"\nIncrementals of {Files:N0} small files, against `find -printf | sort`");
        var root = NodeProcess.Folder(media, "node");
        try
        {
            var held = await Growth(root); // while the catalog has one full
            return await Times(root) && held;
        }
        finally
        {
            await Shell.Remove(root);
            await Shell.Remove(_tree);
        }
    }

    private async Task<bool> Times(string root)
    {
        var node = await Start(root);
        await node.Backup("tree", "full");
        await node.Backup("tree", "incremental"); // compiled code is what is measured
        var (same, changed, peaks) = (new List<double>(), new List<double>(), new List<double>());
        var (peers, faster) = (new Peers(_tree, media), new Dictionary<string, List<double>>());
        await peers.Prepare();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var walk = await Shell.Run(Walk);
            var nothing = await node.Backup("tree", "differential");
            foreach (var (name, seconds) in await peers.Unchanged(round))
            {
                if (!faster.TryGetValue(name, out var ratios)) faster[name] = ratios = [];
                ratios.Add(nothing.Seconds / seconds);
                say(FormattableString.Invariant($"  {round,5}   unchanged by {name} {seconds:F2} s"));
            }
            await Shell.Run(
                $"find '{_tree}' -type f | LC_ALL=C sort | awk 'NR % {OneOf} == {round}' > '{List}'; "
                    + $"while read -r file; do echo {round} >> \"$file\"; done < '{List}'; sync");
            var floor = await Shell.Run(
                $"{Walk}; tar -cf - -T '{List}' 2>/dev/null | zstd -1 -T2 -q -f -o '{Archive}'; sync '{Archive}'");
            var some = await node.Backup("tree", "incremental");
            await node.Backup("tree", "full");
            same.Add(nothing.Seconds / walk.Seconds);
            changed.Add(some.Seconds / floor.Seconds);
            peaks.Add(Math.Max(nothing.PeakKib, some.PeakKib) / 1024.0);
            say(FormattableString.Invariant(
                $"  {round,5}   unchanged {nothing.Seconds:F2} s, floor {walk.Seconds:F2} s;   ")
                + FormattableString.Invariant(
                $"1 % changed {some.Seconds:F2} s, floor {floor.Seconds:F2} s; peak {peaks[^1]:F0} MiB"));
        }
        await node.Stop();
        await peers.Remove();
        foreach (var (name, ratios) in faster) say($"  unchanged {Spread.Of(ratios)} × the time of {name}");
        if (peers.Missing.Count > 0) say($"  not installed, so not compared: {string.Join(", ", peers.Missing)}");
        var (s, c) = (Spread.Of(same), Spread.Of(changed));
        say($"  unchanged {s} × the floor's time, 1 % changed {c} × its floor's; at most {RatioMax}");
        return s.Median <= RatioMax && c.Median <= RatioMax && peaks.Max() <= PeakMibMax;
    }

    private string List => Path.Combine(media, "changed.list");

    private string Archive => Path.Combine(media, "changed.tar.zst");

    private string Walk => $"find '{_tree}' -printf '%p %y %s %T@ %C@ %i %m %U %G %n\\n' | LC_ALL=C sort > /dev/null";

    /// <summary>A node that has stopped has all in the catalog's one file.</summary>
    private async Task<bool> Growth(string root)
    {
        var node = await Start(root);
        await node.Backup("tree", "full");
        await node.Stop();
        var before = node.CatalogBytes;
        node = await Start(root);
        for (var times = 0; times < Unchanged; times++) await node.Backup("tree", "incremental");
        await node.Stop();
        var growth = (node.CatalogBytes - before) / (double)Unchanged / before;
        say(FormattableString.Invariant(
            $"  catalog: {before / 1e6:F1} MB; an unchanged incremental adds {growth:P2} of it, at most {GrowthMax:P0}"));
        return growth <= GrowthMax;
    }

    private Task<NodeProcess> Start(string root) => NodeProcess.Start(
        NodeServer.Mode, root,
        folder => NodeTexts.Alone(folder, new Dictionary<string, string[]> { ["tree"] = [_tree] }, 0));
}

namespace Backup.Benchmark;

/// <summary>
/// A full and an incremental become a full, against reading what lies on the medium and writing it again. That takes no
/// account of what a merge must do besides: a chunk in which a file has changed is unpacked and compressed anew.
/// </summary>
internal sealed class MergeRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const double PeakMibMax = 256;
    private const int OneOf = 100;

    private readonly string _small = Path.Combine(trees, "merged-small");
    private readonly string _large = Path.Combine(trees, "merged-large");

    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Measure()
    {
        Trees.Small(_small, options.SmallFiles);
        Trees.LargeOnes(_large, options.LargeBytes / 4);
        say($"\nA merge of a full and an incremental: {options.SmallFiles:N0} small files and 4 of "
            + $"{options.LargeBytes >> 22} MiB; one of {OneOf} changed; against cp of the same tape files, and sync");
        try
        {
            return await Times();
        }
        finally
        {
            await Shell.Remove(_small);
            await Shell.Remove(_large);
        }
    }

    private async Task<bool> Times()
    {
        await using var node = await NodeProcess.Start(
            media, new Dictionary<string, string[]> { ["tree"] = [_small, _large] });
        var (ratios, peaks) = (new List<double>(), new List<double>());
        var copy = Path.Combine(media, "copied");
        for (var round = 0; round <= options.Rounds; round++)
        {
            var before = Data(node);
            await node.Backup("tree", "full");
            await Shell.Run(
                $"find '{_small}' -type f | LC_ALL=C sort | awk 'NR % {OneOf} == {round + 1}' | "
                    + $"while read -r file; do echo {round} >> \"$file\"; done; sync");
            var incremental = await node.Backup("tree", "incremental");
            var files = string.Join(' ', Data(node).Except(before).Select(file => $"'{file}'"));
            var floor = await Shell.Run($"mkdir -p '{copy}'; cp {files} '{copy}'; sync '{copy}'/*");
            await Shell.Remove(copy);
            var merge = await node.Merge(incremental.Image);
            if (round == 0) continue; // compiled code is what is measured
            ratios.Add(merge.Seconds / floor.Seconds);
            peaks.Add(merge.PeakKib / 1024.0);
            say(FormattableString.Invariant(
                $"  {round,5}   merge {merge.Seconds:F2} s ({merge.Processor:F2} of processor, ")
                + FormattableString.Invariant(
                $"{merge.StoredBytes / 1e6 / merge.Seconds:F0} MB/s), floor {floor.Seconds:F2} s, {ratios[^1]:F2}; ")
                + FormattableString.Invariant($"peak {peaks[^1]:F0} MiB"));
        }
        var ratio = Spread.Of(ratios);
        say($"  {ratio} × the floor's time; peak at most {PeakMibMax} MiB");
        return peaks.Max() <= PeakMibMax;
    }

    private static IReadOnlyList<string> Data(NodeProcess node) =>
        [.. Directory.EnumerateFiles(Path.Combine(node.Root, "tapes"), "*.data", SearchOption.AllDirectories)];
}

namespace Backup.Benchmark;

/// <summary>An image is copied from one drive to another, against cp of the same tape files, and sync.</summary>
internal sealed class CopyRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    /// <summary>No less than 0.9 of the speed of cp.</summary>
    private const double RatioMax = 1 / 0.9;

    private readonly string _large = Path.Combine(trees, "copied-large");

    /// <returns>Whether the limit is held.</returns>
    public async Task<bool> Measure()
    {
        Trees.LargeOnes(_large, options.LargeBytes);
        say($"\nA copy of an image of 4 files of {options.LargeBytes >> 20} MiB, by two drives; against cp of the same "
            + "tape files, and sync");
        try
        {
            return await Times();
        }
        finally
        {
            await Shell.Remove(_large);
        }
    }

    private async Task<bool> Times()
    {
        await using var node = await NodeProcess.Start(
            media, new Dictionary<string, string[]> { ["tree"] = [_large] });
        var ratios = new List<double>();
        var copied = Path.Combine(media, "copied");
        for (var round = 0; round <= options.Rounds; round++)
        {
            var before = Data(node);
            var backup = await node.Backup("tree", "full");
            var files = string.Join(' ', Data(node).Except(before).Select(file => $"'{file}'"));
            await Shell.Run("sync");
            var floor = await Shell.Run(
                $"mkdir -p '{copied}'; cp --reflink=never {files} '{copied}'; sync '{copied}'/*");
            await Shell.Remove(copied);
            await Shell.Run("sync");
            var copy = await node.Copy(backup.Image);
            if (round == 0) continue; // compiled code is what is measured
            ratios.Add(copy.Seconds / floor.Seconds);
            say(FormattableString.Invariant(
                $"  {round,5}   copy {copy.Seconds:F2} s ({copy.Processor:F2} of processor, ")
                + FormattableString.Invariant(
                $"{copy.StoredBytes / 1e6 / copy.Seconds:F0} MB/s), cp {floor.Seconds:F2} s, {ratios[^1]:F2}"));
        }
        var ratio = Spread.Of(ratios);
        say(FormattableString.Invariant($"  {ratio} × the time of cp; at most {RatioMax:F2}"));
        return ratio.Median <= RatioMax;
    }

    private static IReadOnlyList<string> Data(NodeProcess node) =>
        [.. Directory.EnumerateFiles(Path.Combine(node.Root, "tapes"), "*.data", SearchOption.AllDirectories)];
}

namespace Backup.Benchmark;

/// <summary>
/// An image goes from the spool to a volume, against cp of the same tape files, and sync; both in each round.
/// </summary>
internal sealed class DespoolRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    /// <summary>No less than 0.9 of the speed of cp.</summary>
    private const double RatioMax = 1 / 0.9;

    private readonly string _large = Path.Combine(trees, "spooled-large");

    /// <returns>Whether the limit is held.</returns>
    public async Task<bool> Measure()
    {
        Trees.LargeOnes(_large, options.LargeBytes);
        say($"\nA despool of an image of 4 files of {options.LargeBytes >> 20} MiB; against cp of the same tape files, "
            + "and sync");
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
        var sets = new Dictionary<string, string[]> { ["tree"] = [_large] };
        await using var node = await NodeProcess.Start(
            NodeServer.Mode, NodeProcess.Folder(media, "node"), root => NodeTexts.Alone(root, sets, 0)
                + $"\nbackup.libraries.tapes.spool {{ directory = \"{root}/spool\", start-at = 1TiB }}\n");
        var ratios = new List<double>();
        var copied = Path.Combine(media, "copied");
        for (var round = 0; round <= options.Rounds; round++)
        {
            await node.Backup("tree", "full");
            var files = string.Join(' ', Data(node).Select(file => $"'{file}'"));
            await Shell.Run("sync");
            var floor = await Shell.Run(
                $"mkdir -p '{copied}'; cp --reflink=never {files} '{copied}'; sync '{copied}'/*");
            await Shell.Remove(copied);
            await Shell.Run("sync");
            var despool = await node.Flush();
            if (round == 0) continue; // compiled code is what is measured
            ratios.Add(despool.Seconds / floor.Seconds);
            say(FormattableString.Invariant(
                $"  {round,5}   despool {despool.Seconds:F2} s ({despool.Processor:F2} of processor, ")
                + FormattableString.Invariant(
                $"{despool.StoredBytes / 1e6 / despool.Seconds:F0} MB/s), cp {floor.Seconds:F2} s, {ratios[^1]:F2}"));
        }
        var ratio = Spread.Of(ratios);
        say(FormattableString.Invariant($"  {ratio} × the time of cp; at most {RatioMax:F2}"));
        return ratio.Median <= RatioMax;
    }

    private static IReadOnlyList<string> Data(NodeProcess node) =>
        [.. Directory.EnumerateFiles(Path.Combine(node.Root, "spool"), "*.data", SearchOption.AllDirectories)];
}

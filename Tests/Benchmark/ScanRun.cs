namespace Backup.Benchmark;

/// <summary>
/// A node that has lost everything rebuilds its catalog from its volumes; against reading and comparing all of them,
/// which the same node does then, and against cat of all tape files.
/// </summary>
internal sealed class ScanRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    /// <summary>What the process reads, with its catalog, of what lies on the volumes.</summary>
    private const double BytesRatioMax = 0.05;

    /// <summary>Of the time of reading and comparing all.</summary>
    private const double TimeRatioMax = 0.5;

    private readonly string _small = Path.Combine(trees, "scanned-small");
    private readonly string _large = Path.Combine(trees, "scanned-large");

    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Measure()
    {
        Trees.Small(_small, options.SmallFiles);
        Trees.LargeOnes(_large, options.LargeBytes);
        say($"\nA scan of the volumes with {options.SmallFiles:N0} small files and 4 of {options.LargeBytes >> 20} MiB "
            + "into an empty catalog; against a verification that reads all, and cat of all tape files");
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
        var root = NodeProcess.Folder(media, "node");
        var sets = new Dictionary<string, string[]> { ["tree"] = [_small, _large] };
        string image;
        await using (var first = await Start()) image = (await first.Backup("tree", "full")).Image;
        var (bytes, times) = (new List<double>(), new List<double>());
        for (var round = 0; round <= options.Rounds; round++)
        {
            Directory.Delete(Path.Combine(root, "data"), recursive: true);
            await using var node = await Start();
            var before = node.ReadBytes;
            var scan = await node.Scan("tapes");
            var read = node.ReadBytes - before;
            var all = await node.Verify(image);
            var files = TapeFiles(root);
            var floor = await Shell.Run($"cat {string.Join(' ', files.Select(file => $"'{file}'"))} > /dev/null");
            if (round == 0) continue; // what is read is in the page cache from now on
            bytes.Add(read / (double)files.Sum(file => new FileInfo(file).Length));
            times.Add(scan.Seconds / all.Seconds);
            say(FormattableString.Invariant(
                $"  {round,5}   scan {scan.Seconds:F2} s ({scan.Processor:F2} of processor), {read / 1e6:F1} MB read, ")
                + FormattableString.Invariant(
                $"verification {all.Seconds:F2} s, cat {floor.Seconds:F2} s; {bytes[^1]:F4} of the bytes, ")
                + FormattableString.Invariant($"{times[^1]:F2} of the time"));
        }
        await Shell.Remove(root);
        say($"  highest {bytes.Max():F4} of the bytes; at most {BytesRatioMax}");
        say($"  {Spread.Of(times)} of the time of reading and comparing all; at most {TimeRatioMax}");
        return bytes.Max() <= BytesRatioMax && Spread.Of(times).Median <= TimeRatioMax;

        Task<NodeProcess> Start() =>
            NodeProcess.Start(NodeServer.Mode, root, folder => NodeTexts.Alone(folder, sets, 0), keepsFiles: true);
    }

    private static IReadOnlyList<string> TapeFiles(string root) => [.. Directory.EnumerateFiles(
        Path.Combine(root, "tapes"), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".data" or ".index")];
}

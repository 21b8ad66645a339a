namespace Backup.Benchmark;

/// <summary>Memory of nodes that save and restore one tree each, of one that does many jobs, and the growth of their
/// catalog.</summary>
internal sealed class MemoryRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const double PeakMibMax = 256;
    private const double CatalogBytesMax = 80;
    private const long SlowBytesPerSecond = 5_000_000;
    private const int JobsInARow = 6;
    private readonly string _files = Path.Combine(trees, "files");
    private readonly string _restored = Path.Combine(trees, "restored");
    private readonly List<double> _peaks = [];

    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Measure()
    {
        var files = options.SmallFiles;
        Trees.Small(_files, files * 3);
        say($"\nPeak of resident memory (VmHWM) of a fresh node; at most {PeakMibMax} MiB");
        var few = await Fresh($"{files / 10:N0} small files", Trees.Groups(_files, files / 10));
        var many = await Fresh($"{files:N0} small files", Trees.Groups(_files, files));
        await Fresh($"{files * 3:N0} small files", [_files]);
        await Fresh($"{files / 20:N0} small files, drive of 5 MB/s", Trees.Groups(_files, Math.Max(1000, files / 20)),
            SlowBytesPerSecond);
        await InARow(files);
        await Shell.Remove(_files);
        await Large();
        var perFile = (many - few) / (files * 0.9);
        say(FormattableString.Invariant(
            $"Catalog: {perFile:F1} bytes for each further file; at most {CatalogBytesMax}: {Word(perFile <= CatalogBytesMax)}"));
        say(FormattableString.Invariant(
            $"Highest peak: {_peaks.Max():F0} MiB, at most {PeakMibMax}: {Word(_peaks.Max() <= PeakMibMax)}"));
        return perFile <= CatalogBytesMax && _peaks.Max() <= PeakMibMax;
    }

    private static string Word(bool held) => held ? "held" : "NOT held";

    private async Task Large()
    {
        var files = Trees.LargeOnes(Path.Combine(trees, "large"), options.LargeBytes);
        var quarter = Path.Combine(trees, "quarter.dat");
        Trees.Large(quarter, options.LargeBytes / 4, seed: 9);
        await Fresh($"a file of {options.LargeBytes >> 22} MiB", [quarter]);
        await Fresh($"a file of {options.LargeBytes >> 20} MiB", [Path.Combine(files, "large-0.dat")]);
        await Fresh($"4 files of {options.LargeBytes >> 20} MiB", [files]);
        await Shell.Remove(files);
    }

    /// <returns>Bytes of the catalog afterwards.</returns>
    private async Task<long> Fresh(string title, string[] roots, long driveBytesPerSecond = 0)
    {
        await using var node = await Start(roots, driveBytesPerSecond);
        var backup = await node.Backup("tree");
        await Restore(node, title, backup);
        await node.Stop();
        return node.CatalogBytes;
    }

    /// <summary>What a job leaves behind would add up.</summary>
    private async Task InARow(int files)
    {
        say($"One node, {JobsInARow} backups of {files:N0} small files and {JobsInARow} restores, one after another");
        await using var node = await Start(Trees.Groups(_files, files));
        for (var job = 1; job <= JobsInARow; job++)
            await Restore(node, $"job {(2 * job) - 1} and {2 * job}", await node.Backup("tree"));
    }

    private Task<NodeProcess> Start(string[] roots, long driveBytesPerSecond = 0) =>
        NodeProcess.Start(media, new Dictionary<string, string[]> { ["tree"] = roots }, driveBytesPerSecond);

    private async Task Restore(NodeProcess node, string title, Measured backup)
    {
        var restore = await node.Restore(backup.Image, _restored);
        await Shell.Remove(_restored);
        _peaks.Add(Math.Max(backup.PeakKib, restore.PeakKib) / 1024.0);
        say(FormattableString.Invariant(
            $"  {title,-40} backup {backup.PeakKib / 1024.0,4:F0} MiB, restore {restore.PeakKib / 1024.0,4:F0} MiB   ")
            + FormattableString.Invariant(
            $"({backup.StoredBytes / 1e6 / backup.Seconds:F0} MB/s to the drive; at the end {restore.ResidentKib / 1024.0:F0} MiB, ")
            + FormattableString.Invariant($"{restore.CommittedBytes / 1048576.0:F0} of it the collector's)"));
    }
}

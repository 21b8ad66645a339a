namespace Backup.Benchmark;

/// <summary>Memory of nodes that do one backup each, and the growth of their catalog.</summary>
internal sealed class MemoryRun(BenchmarkOptions options, string small, string large, string media, Action<string> say)
{
    private const double PeakMibMax = 256;
    private const double CatalogBytesMax = 80;
    private const long SlowBytesPerSecond = 5_000_000;

    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Measure()
    {
        var quarter = Path.Combine(large, "..", "quarter.dat");
        Trees.Large(Path.GetFullPath(quarter), options.LargeBytes / 4, seed: 9);
        var one = Path.Combine(large, "large-0.dat");
        var files = options.SmallFiles;
        say($"\nPeak of resident memory (VmHWM) of a fresh node; at most {PeakMibMax} MiB");
        var few = await Backup($"{files / 10:N0} small files", Trees.Groups(small, files / 10));
        var many = await Backup($"{files:N0} small files", [small]);
        var rest = await Backup($"a file of {options.LargeBytes >> 22} MiB", [Path.GetFullPath(quarter)]);
        var whole = await Backup($"a file of {options.LargeBytes >> 20} MiB", [one]);
        var four = await Backup($"4 files of {options.LargeBytes >> 20} MiB", [large]);
        var slow = await Backup($"{files / 20:N0} small files, drive of 5 MB/s", Trees.Groups(small, Math.Max(1000, files / 20)), SlowBytesPerSecond);
        var perFile = (many.Catalog - few.Catalog) / (files * 0.9);
        say(FormattableString.Invariant($"Catalog: {perFile:F1} bytes for each further file; at most {CatalogBytesMax}"));
        return perFile <= CatalogBytesMax && new[] { few, many, rest, whole, four, slow }.All(peak => peak.Mib <= PeakMibMax);
    }

    private async Task<(double Mib, long Catalog)> Backup(string title, string[] roots, long driveBytesPerSecond = 0)
    {
        await using var node = await NodeProcess.Start(media, new Dictionary<string, string[]> { ["tree"] = roots }, driveBytesPerSecond);
        var backup = await node.Backup("tree");
        var restored = Path.Combine(Path.GetDirectoryName(small)!, "restored");
        var restore = await node.Restore(backup.Image, restored);
        await Shell.Remove(restored);
        await node.Stop();
        var peak = Math.Max(backup.PeakKib, restore.PeakKib) / 1024.0;
        say(FormattableString.Invariant(
            $"  {title,-40} backup {backup.PeakKib / 1024.0,4:F0} MiB, restore {restore.PeakKib / 1024.0,4:F0} MiB   ({backup.StoredBytes / 1e6 / backup.Seconds:F1} MB/s to the drive)"));
        return (peak, node.CatalogBytes);
    }
}

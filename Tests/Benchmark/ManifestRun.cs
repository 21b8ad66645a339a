using System.Diagnostics;
using System.Globalization;
using Backup.Persistence.Catalog.Sqlite;

namespace Backup.Benchmark;

/// <summary>Manifests of millions of files: what it takes to compare two of them, and to look into one.</summary>
internal sealed class ManifestRun(BenchmarkOptions options, string media, Action<string> say)
{
    private const double PeakMibMax = 256;
    private const double PageMillisecondsMax = 100;
    private const int DiffFiles = 1_000_000;
    private const int BrowseFiles = 10_000_000;
    private const int Incrementals = 100;
    private const int OneOf = 100;

    private readonly bool _quick = options.SmallFiles < 100_000;

    /// <summary>Compares two fulls of a million files, of which one of a hundred differs.</summary>
    /// <returns>Whether the limit is held.</returns>
    public async Task<bool> Diff()
    {
        var files = _quick ? DiffFiles / 10 : DiffFiles;
        say($"\nTwo manifests of {files:N0} files, of which one of {OneOf} differs, in a fresh process");
        return await In("diff", async folder =>
        {
            string[] images;
            using (var store = SqliteCatalog.Open(folder, TimeProvider.System).Value)
            {
                var manifests = new Manifests(store);
                images =
                [
                    manifests.Full(Manifests.Paths(files), _ => false).Image.ToString(),
                    manifests.Full(Manifests.Paths(files), number => number % OneOf == 7).Image.ToString(),
                ];
            }
            var line = (await Ask(folder, ["diff", .. images]))[0].Split('\t');
            var peak = Number(line[3]) / 1024;
            say(FormattableString.Invariant(
                $"  {line[1]} differences in {line[2]} s, peak {peak:F0} MiB; at most {PeakMibMax} MiB"));
            return peak <= PeakMibMax && Number(line[1]) > files / OneOf * 0.9;
        });
    }

    /// <summary>Pages of 500 items of an image of ten million files, with a hundred incrementals behind it.</summary>
    /// <returns>Whether the limits are held.</returns>
    public async Task<bool> Browse()
    {
        var files = _quick ? BrowseFiles / 10 : BrowseFiles;
        say($"\nPages of 500 items of {files:N0} files; {Incrementals} unchanged incrementals follow the full");
        return await In("browse", async folder =>
        {
            string image;
            var clock = Stopwatch.StartNew();
            var file = new FileInfo(Path.Combine(folder, SqliteCatalog.FileName));
            using (var store = SqliteCatalog.Open(folder, TimeProvider.System).Value)
            {
                var manifests = new Manifests(store);
                var (full, blocks) = manifests.Full(Manifests.Paths(files), _ => false);
                image = full.ToString();
                file.Refresh();
                var (written, bytes) = (clock.Elapsed.TotalSeconds, file.Length);
                var last = full;
                for (var i = 0; i < Incrementals; i++) last = manifests.Unchanged(last, blocks);
                var each = (clock.Elapsed.TotalSeconds - written) / Incrementals;
                say(FormattableString.Invariant(
                    $"  written in {written:F0} s, {bytes / 1e6:F0} MB; an unchanged incremental took {each * 1000:F1} ms"));
            }
            var held = true;
            foreach (var line in await Ask(
                folder, ["browse", image, $"{files}", $"{Incrementals + 1}"]))
            {
                var field = line.Split('\t');
                held &= Number(field[3]) <= PageMillisecondsMax;
                say($"  {field[0],-42} {field[1],4} items: median {field[2]} ms, 99 % {field[3]} ms; "
                    + $"peak {Number(field[4]) / 1024:F0} MiB");
            }
            say($"  at most {PageMillisecondsMax} ms in 99 % of the pages of each kind");
            return held;
        });
    }

    private async Task<bool> In(string name, Func<string, Task<bool>> measure)
    {
        var folder = Directory.CreateDirectory(Path.Combine(media, name)).FullName;
        try
        {
            return await measure(folder);
        }
        finally
        {
            await Shell.Remove(folder);
        }
    }

    private static async Task<string[]> Ask(string folder, string[] words)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ManifestRun).Assembly.Location);
        foreach (var word in (string[])[PageServer.Mode, folder, .. words]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{words[0]} ended with {process.ExitCode}.");
        return said.Trim().Split('\n');
    }

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
}

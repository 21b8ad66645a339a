using System.Diagnostics;
using System.Globalization;

namespace Backup.Benchmark;

/// <summary>What one job took.</summary>
/// <param name="Seconds">From the command to its end.</param>
/// <param name="Processor">Seconds of processor time, user and system, of the whole process.</param>
/// <param name="PeakKib">Highest resident memory meanwhile (VmHWM), in KiB.</param>
/// <param name="Image">The image.</param>
/// <param name="StoredBytes">Bytes on the medium.</param>
/// <param name="Pauses">Seconds that the collector stopped all threads.</param>
internal sealed record Measured(
    double Seconds, double Processor, long PeakKib, string Image, long StoredBytes, double Pauses);

/// <summary>
/// A node in a process of its own, with a library and a catalog of its own; all of it is removed with it.
/// </summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;

    private NodeProcess(Process process, string root) => (_process, Root) = (process, root);

    /// <summary>Where its library and its data are.</summary>
    public string Root { get; }

    /// <summary>Bytes of its catalog's files.</summary>
    public long CatalogBytes =>
        Directory.EnumerateFiles(Path.Combine(Root, "data"), "catalog*").Sum(file => new FileInfo(file).Length);

    /// <summary>Starts a node.</summary>
    /// <param name="media">Where it keeps everything.</param>
    /// <param name="fileSets">What can be saved, by policy.</param>
    /// <param name="driveBytesPerSecond">0: as fast as the disk.</param>
    public static async Task<NodeProcess> Start(
        string media, IReadOnlyDictionary<string, string[]> fileSets, long driveBytesPerSecond = 0)
    {
        var root = Directory.CreateDirectory(Path.Combine(media, $"node-{Guid.NewGuid():N}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(root, "node.conf"), $$"""
            backup {
              node { name = benchmark, data-directory = "{{root}}/data" }
              libraries.tapes { directory = "{{root}}/tapes", slots = 20, volume-capacity = 10GiB, drive-speed-limit = {{driveBytesPerSecond}} }
              pools.disk { library = tapes }
              {{string.Join('\n', fileSets.Select(set => $"file-sets.{set.Key} {{ operations = [ {{ roots = [{string.Join(", ", set.Value.Select(path => $"\"{path}\""))}] }} ] }}"))}}
              {{string.Join('\n', fileSets.Keys.Select(name => $"policies.{name} {{ file-set = {name}, pool = disk }}"))}}
            }
            """);
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        start.ArgumentList.Add(NodeServer.Mode);
        start.ArgumentList.Add(root);
        var node = new NodeProcess(Process.Start(start)!, root);
        while (await node.Line() != "ready") { }
        return node;
    }

    public Task<Measured> Backup(string policy) => Run($"backup\t{policy}");

    public Task<Measured> Restore(string image, string target) => Run($"restore\t{image}\t{target}");

    /// <summary>Ends the node; its files stay until it is disposed.</summary>
    public async Task Stop()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _process.Dispose();
        await Shell.Remove(Root);
    }

    private async Task<Measured> Run(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        string line;
        do line = await Line();
        while (!line.Contains('\t'));
        var field = line.Split('\t');
        if (field[0] != "Complete") throw new InvalidOperationException($"{command} ended {field[0]}: {field[^1]}");
        return new Measured(Number(1), Number(2), (long)Number(3), field[4], (long)Number(6), Number(7));

        double Number(int at) => double.Parse(field[at], CultureInfo.InvariantCulture);
    }

    private async Task<string> Line() =>
        await _process.StandardOutput.ReadLineAsync()
        ?? throw new InvalidOperationException("The node ended by itself.");
}

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
/// <param name="ResidentKib">Resident memory at its end, in KiB.</param>
/// <param name="CommittedBytes">Of this, what the collector has.</param>
internal sealed record Measured(
    double Seconds, double Processor, long PeakKib, string Image, long StoredBytes, double Pauses, long ResidentKib,
    long CommittedBytes);

/// <summary>What a process took since it was last asked.</summary>
/// <param name="Processor">Seconds of processor time, user and system.</param>
/// <param name="PeakKib">Highest resident memory (VmHWM), in KiB.</param>
/// <param name="HeapBytes">What lives in the collector's heap now.</param>
internal sealed record Usage(double Processor, long PeakKib, long HeapBytes);

/// <summary>
/// A node in a process of its own, with a folder of its own for all that it keeps; the folder is removed with it.
/// </summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;

    private readonly bool _keepsFiles;

    private NodeProcess(Process process, string root, bool keepsFiles) =>
        (_process, Root, _keepsFiles) = (process, root, keepsFiles);

    /// <summary>Where its library and its data are.</summary>
    public string Root { get; }

    /// <summary>Where it answers commands.</summary>
    public string Socket => Path.Combine(Root, "data", "backup.sock");

    /// <summary>What it has read from files and sockets so far, from the page cache too (proc(5)).</summary>
    public long ReadBytes => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/io").First(line => line.StartsWith("rchar:", StringComparison.Ordinal))[6..],
        CultureInfo.InvariantCulture);

    /// <summary>Bytes of its catalog's files.</summary>
    public long CatalogBytes =>
        Directory.EnumerateFiles(Path.Combine(Root, "data"), "catalog*").Sum(file => new FileInfo(file).Length);

    /// <summary>Starts a node that is alone.</summary>
    /// <param name="media">Where it keeps everything.</param>
    /// <param name="fileSets">What can be saved, by policy.</param>
    /// <param name="driveBytesPerSecond">0: as fast as the disk.</param>
    public static Task<NodeProcess> Start(
        string media, IReadOnlyDictionary<string, string[]> fileSets, long driveBytesPerSecond = 0) =>
        Start(NodeServer.Mode, Folder(media, "node"), root => NodeTexts.Alone(root, fileSets, driveBytesPerSecond));

    /// <summary>A folder for a node.</summary>
    public static string Folder(string media, string name) =>
        Directory.CreateDirectory(Path.Combine(media, $"{name}-{Guid.NewGuid():N}")).FullName;

    /// <summary>Starts a node.</summary>
    /// <param name="mode">What the process does: <see cref="NodeServer.Mode"/> or <see cref="CrowdServer.Mode"/>.</param>
    /// <param name="root">Where it keeps everything; from a life before, or empty.</param>
    /// <param name="configuration">Its configuration, by its root.</param>
    /// <param name="keepsFiles">Its root stays when it ends.</param>
    public static async Task<NodeProcess> Start(
        string mode, string root, Func<string, string> configuration, bool keepsFiles = false)
    {
        await File.WriteAllTextAsync(Path.Combine(root, "node.conf"), configuration(root));
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        start.ArgumentList.Add(mode);
        start.ArgumentList.Add(root);
        var node = new NodeProcess(Process.Start(start)!, root, keepsFiles);
        while (await node.Line() != "ready") { }
        return node;
    }

    public Task<Measured> Backup(string policy) => Run($"backup\t{policy}");

    public Task<Measured> Backup(string policy, string level) => Run($"backup\t{policy}\t{level}");

    /// <summary>Full backups that are begun at once.</summary>
    /// <param name="policies">Which.</param>
    public Task<Measured> Backups(IEnumerable<string> policies) => Run($"backups\t{string.Join(',', policies)}");

    public Task<Measured> Scan(string library) => Run($"scan\t{library}");

    /// <summary>Reads and compares all of an image on its volumes.</summary>
    public Task<Measured> Verify(string image) => Run($"verify\t{image}");

    public Task<Measured> Merge(string image) => Run($"merge\t{image}");

    public Task<Measured> Copy(string image) => Run($"copy\t{image}");

    /// <summary>The one image that is spooled goes to a volume.</summary>
    public Task<Measured> Flush() => Run("flush\t");

    public Task<Measured> Restore(string image, string target) => Run($"restore\t{image}\t{target}");

    /// <summary>Waits until it sees so many nodes.</summary>
    public Task Sees(int nodes) => Ask($"members\t{nodes}");

    /// <summary>What it took since it was last asked; then it counts anew.</summary>
    public async Task<Usage> Took()
    {
        var field = await Ask("took\t");
        return new Usage(Number(field[0]), (long)Number(field[1]), (long)Number(field[2]));
    }

    /// <summary>How the answers of other members have come since this was last asked.</summary>
    public async Task<PulseReading> Pulse()
    {
        var field = await Ask("pulse\t");
        return new PulseReading(
            (int)Number(field[0]), Number(field[1]), Number(field[2]), Number(field[3]), (int)Number(field[4]),
            Number(field[5]));
    }

    /// <summary>Ends the node; its files stay until it is disposed.</summary>
    public async Task Stop()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends it with SIGKILL; its files stay.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        _process.Dispose();
        if (!_keepsFiles) await Shell.Remove(Root);
    }

    private async Task<Measured> Run(string command)
    {
        var field = await Ask(command);
        if (field[0] != "Complete") throw new InvalidOperationException($"{command} ended {field[0]}: {field[^1]}");
        return new Measured(Number(field[1]), Number(field[2]), (long)Number(field[3]), field[4],
            (long)Number(field[6]), Number(field[7]), (long)Number(field[8]), (long)Number(field[9]));
    }

    private async Task<string[]> Ask(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        string line;
        do line = await Line();
        while (!line.Contains('\t', StringComparison.Ordinal));
        return line.Split('\t');
    }

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);

    private async Task<string> Line() =>
        await _process.StandardOutput.ReadLineAsync()
        ?? throw new InvalidOperationException("The node ended by itself.");
}

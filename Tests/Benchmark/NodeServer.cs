using System.Diagnostics;
using System.Globalization;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Benchmark;

/// <summary>
/// The other end of <see cref="NodeProcess"/>: a node in this process and nothing else, so that its memory and
/// processor time are the node's. Commands come by lines on standard input, each is answered by one line.
/// </summary>
internal static class NodeServer
{
    public const string Mode = "node-of-benchmark";

    /// <summary>Serves until its input ends.</summary>
    /// <param name="root">Holds node.conf.</param>
    /// <param name="settings">Nothing more.</param>
    public static async Task<int> Run(string root, string[] settings)
    {
        if (settings.Length > 0) return 2;
        var (read, problems) = SettingsReader.Read(Path.Combine(root, "node.conf"));
        if (read is null)
        {
            Console.Error.WriteLine(SettingProblems.Render(problems));
            return 2;
        }
        var node = await BackupNode.Start(read, NodeMode.All, CancellationToken.None);
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(await Serve(node, line.Split('\t')));
        await node.Stop();
        return 0;
    }

    private static async Task<string> Serve(BackupNode node, string[] command)
    {
        IRequest request = command switch
        {
            ["backup", var policy] => new RunPolicy(RequestId.New(), new PolicyName(policy)),
            ["restore", var image, var target] => new RestoreFiles(RequestId.New(), image, [], target),
            _ => throw new ArgumentException($"Unknown command: {string.Join(' ', command)}"),
        };
        File.WriteAllText("/proc/self/clear_refs", "5"); // VmHWM begins anew (proc(5))
        var processor = Environment.CpuUsage.TotalTime;
        var pauses = GC.GetTotalPauseDuration();
        var clock = Stopwatch.StartNew();
        var started = (JobsStarted)await node.Connection.Ask(request, CancellationToken.None);
        JobDetails details;
        do
        {
            await Task.Delay(10);
            details =
                (JobDetails)await node.Connection.Ask(
                    new ShowJob(started.Jobs[0], LogLimit: 0), CancellationToken.None);
        }
        while (details.Job.State != "ended");
        var seconds = clock.Elapsed.TotalSeconds;
        processor = Environment.CpuUsage.TotalTime - processor;
        return string.Create(CultureInfo.InvariantCulture,
            $"{details.Job.Outcome}\t{seconds:F3}\t{processor.TotalSeconds:F3}\t{PeakKib()}\t{details.Job.Image}\t{details.Job.Files}\t{details.Job.StoredBytes}\t{(GC.GetTotalPauseDuration() - pauses).TotalSeconds:F3}\t{details.Job.Failure}");
    }

    private static long PeakKib()
    {
        var line = File.ReadLines("/proc/self/status")
            .First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(
            line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}

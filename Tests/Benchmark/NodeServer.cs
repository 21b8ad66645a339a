using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Host.Service;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Benchmark;

/// <summary>
/// The other end of <see cref="NodeProcess"/>: a node in this process and nothing else, so that its memory and
/// processor time are the node's. Commands come by lines on standard input, each is answered by one line. It also
/// answers at the node's socket.
/// </summary>
internal static class NodeServer
{
    public const string Mode = "node-of-benchmark";

    /// <summary>Serves until its input ends.</summary>
    /// <param name="root">Holds node.conf.</param>
    public static async Task<int> Run(string root)
    {
        var settings = Settings(root);
        var node = await BackupNode.Start(settings, NodeMode.All, CancellationToken.None);
        await using (await Host.Http.NodeServer.Start(
            node.Connection, settings.Node.SocketFile, new NodeHealth(TimeProvider.System)))
        {
            // A node that is alone has nobody to hear of
            var pulse = settings.Cluster.IsAlone
                ? ActorRefs.Nobody : node.Cluster.ActorOf(Props.Create(() => new Pulse()), "pulse");
            Console.WriteLine("ready");
            while (Console.ReadLine() is { } line) Console.WriteLine(await Serve(node, pulse, line.Split('\t')));
        }
        await node.Stop();
        return 0;
    }

    /// <summary>The settings in a folder.</summary>
    /// <exception cref="InvalidOperationException">They are wrong.</exception>
    public static BackupSettings Settings(string root)
    {
        var (read, problems) = SettingsReader.Read(Path.Combine(root, "node.conf"));
        return read ?? throw new InvalidOperationException(SettingProblems.Render(problems));
    }

    /// <summary>Processor time and peak since this was last asked, and the heap.</summary>
    public static string Took()
    {
        var (processor, peak) = (Environment.CpuUsage.TotalTime, PeakKib());
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{(processor - _processor).TotalSeconds:F3}\t{peak}\t{GC.GetTotalMemory(forceFullCollection: true)}");
        _processor = processor;
        ForgetPeak();
        return text;
    }

    private static TimeSpan _processor;

    private static async Task<string> Serve(BackupNode node, IActorRef pulse, string[] command)
    {
        switch (command)
        {
            case ["backup", var policy]:
                return await Job(node, new RunPolicy(RequestId.New(), new PolicyName(policy)));
            case ["backup", var policy, var level]:
                return await Job(node, new RunPolicy(RequestId.New(), new PolicyName(policy), Level: level));
            case ["backups", var policies]:
                return await Jobs(node, [.. policies.Split(',').Select(
                    policy => new RunPolicy(RequestId.New(), new PolicyName(policy), Level: "full"))]);
            case ["scan", var library]:
                return await Job(node, new ScanLibrary(RequestId.New(), new LibraryName(library)));
            case ["verify", var image]:
                return await Job(node, new VerifyImage(RequestId.New(), image, VerifyTarget.Media));
            case ["merge", var image]:
                return await Job(node, new MergeImage(RequestId.New(), image));
            case ["copy", var image]:
                return await Job(node, new CopyImages(RequestId.New(), new PoolName("second"), image));
            case ["flush", _]:
                return await Job(node, new FlushSpool(RequestId.New()));
            case ["restore", var image, var target]:
                return await Job(node, new RestoreFiles(RequestId.New(), image, [], target));
            case ["members", var count]:
                await Members(node, int.Parse(count, CultureInfo.InvariantCulture));
                return "\t";
            case ["took", _]:
                return Took();
            case ["pulse", _]:
                return (await pulse.Ask<PulseReading>(Pulse.Read.Instance)).Line;
            default:
                throw new ArgumentException($"Unknown command: {string.Join(' ', command)}");
        }
    }

    private static async Task Members(BackupNode node, int count)
    {
        while (await node.Connection.Ask(new ShowStatus(), CancellationToken.None) is not NodeStatus { Nodes: { } seen }
            || seen.Count(each => each is { State: "up", SilentFor: not null }) < count)
            await Task.Delay(50);
    }

    private static Task<string> Job(BackupNode node, IRequest request) => Jobs(node, [request]);

    /// <summary>Begins all and waits for all; the counts are those of the last one, or of one that failed.</summary>
    private static async Task<string> Jobs(BackupNode node, IReadOnlyList<IRequest> requests)
    {
        ForgetPeak();
        var processor = Environment.CpuUsage.TotalTime;
        var pauses = GC.GetTotalPauseDuration();
        var clock = Stopwatch.StartNew();
        var started = new List<JobId>();
        foreach (var request in requests) started.Add((await Ask<JobsStarted>(node, request)).Jobs[0]);
        JobDetails? last = null;
        foreach (var job in started)
        {
            var details = await Ended(node, job);
            if (last is null or { Job.Outcome: JobOutcome.Complete }) last = details;
        }
        return Measured(last!, clock, processor, pauses);
    }

    private static async Task<JobDetails> Ended(BackupNode node, JobId job)
    {
        while (true)
        {
            await Task.Delay(10);
            var details = await Ask<JobDetails>(node, new ShowJob(job, LogLimit: 0));
            if (details.Job.State == "ended") return details;
        }
    }

    private static string Measured(JobDetails details, Stopwatch clock, TimeSpan processor, TimeSpan pauses)
    {
        var seconds = clock.Elapsed.TotalSeconds;
        processor = Environment.CpuUsage.TotalTime - processor;
        return string.Create(CultureInfo.InvariantCulture,
            $"{details.Job.Outcome}\t{seconds:F3}\t{processor.TotalSeconds:F3}\t{PeakKib()}\t{details.Job.Image}\t")
            + string.Create(CultureInfo.InvariantCulture,
            $"{details.Job.Files}\t{details.Job.StoredBytes}\t{(GC.GetTotalPauseDuration() - pauses).TotalSeconds:F3}\t")
            + string.Create(CultureInfo.InvariantCulture,
            $"{Status("VmRSS:")}\t{GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes}\t")
            + details.Job.Failure;
    }

    private static async Task<T> Ask<T>(BackupNode node, IRequest request)
        where T : class, IReply =>
        await node.Connection.Ask(request, CancellationToken.None) is var reply && reply is T answer
            ? answer : throw new InvalidOperationException($"{request} was answered by {reply}");

    /// <summary>VmHWM begins anew (proc(5)).</summary>
    private static void ForgetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Highest resident memory of this process (proc(5)).</summary>
    public static long PeakKib() => Status("VmHWM:");

    private static long Status(string field)
    {
        var line = File.ReadLines("/proc/self/status")
            .First(text => text.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(
            line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}

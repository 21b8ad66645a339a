using System.Diagnostics;
using Backup.Host.Http;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests;

namespace Backup.Benchmark;

/// <summary>Many clients with many small jobs: a director, a storage node, and all clients in a third process.</summary>
internal sealed class CrowdRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const int Clients = 200;
    private const int JobsPerClient = 5;
    private const int FilesPerJob = 20;
    private const int Drives = 4;
    private const double AnswerMsMax = 100;
    private const int WarmTimes = 50;
    private static readonly TimeSpan WatchWaiting = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenQueries = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    /// <returns>Whether no job is lost and the director answers in time.</returns>
    public async Task<bool> Measure()
    {
        var tree = Path.Combine(trees, "crowd");
        Trees.Small(tree, FilesPerJob);
        var clients = options.SmallFiles < 100_000 ? Clients / 10 : Clients;
        say($"\n{clients} clients in one process, {clients * JobsPerClient:N0} jobs of {FilesPerJob} files, "
            + $"{Drives} drives; a director, SQLite");
        var plan = new ClusterPlan(
            FreePorts.Take(), CrowdServer.Names(clients),
            new Dictionary<string, string[]> { ["crowd"] = [tree] })
        {
            Drives = Drives,
        };
        await using var director = await Start(NodeServer.Mode, "dir1", "director", plan.SeedPort, plan);
        await using var crowd = await Start(CrowdServer.Mode, "crowd", "client", FreePorts.Take(), plan);
        await director.Sees(clients + 1);
        await using var connection = new HttpNodeConnection(director.Socket);
        var (jobs, started) = await Wait(director, connection);
        await using var store = await Start(NodeServer.Mode, "store", "storage", FreePorts.Take(), plan);
        return await Work(connection, jobs, director) && started;
    }

    private Task<NodeProcess> Start(string mode, string name, string roles, int port, ClusterPlan plan) =>
        NodeProcess.Start(
            mode, NodeProcess.Folder(media, name), root => NodeTexts.Member(root, name, roles, port, plan));

    /// <summary>Starts all jobs while there is no storage node, so that all wait at the same time.</summary>
    private async Task<(IReadOnlyList<JobId> Jobs, bool Held)> Wait(NodeProcess director, HttpNodeConnection connection)
    {
        for (var time = 0; time < WarmTimes; time++) await Look(connection, [new JobId(1)], new Answers());
        var before = await director.Took();
        var clock = Stopwatch.StartNew();
        var jobs = new List<JobId>();
        for (var time = 0; time < JobsPerClient; time++)
            jobs.AddRange(((JobsStarted)await connection.Ask(
                new RunPolicy(RequestId.New(), new PolicyName("crowd")), CancellationToken.None)).Jobs);
        say(FormattableString.Invariant(
            $"  {jobs.Count:N0} jobs accepted in {clock.Elapsed.TotalSeconds:F1} s, {jobs.Distinct().Count():N0} numbers"));
        await connection.Ask(new ShowJob(jobs[^1]), CancellationToken.None); // its saga is there
        var accepted = await director.Took();
        var answers = new Answers();
        clock.Restart();
        while (clock.Elapsed < WatchWaiting) await Look(connection, jobs, answers);
        var waiting = await director.Took();
        say(FormattableString.Invariant(
            $"  a waiting saga: {(accepted.HeapBytes - before.HeapBytes) / 1024.0 / jobs.Count:F1} KiB of heap ")
            + FormattableString.Invariant(
            $"({(waiting.HeapBytes - before.HeapBytes) / 1024.0 / jobs.Count:F1} after {WatchWaiting.TotalSeconds:F0} s); ")
            + FormattableString.Invariant(
            $"director's peak {accepted.PeakKib / 1024.0:F0} MiB while they were accepted, {waiting.PeakKib / 1024.0:F0} while all wait"));
        say(FormattableString.Invariant(
            $"  director's processor time while all wait: {waiting.Processor / clock.Elapsed.TotalSeconds:P0} of one"));
        return (jobs, Told("while all wait", answers));
    }

    private async Task<bool> Work(HttpNodeConnection connection, IReadOnlyList<JobId> jobs, NodeProcess director)
    {
        var clock = Stopwatch.StartNew();
        var answers = new Answers();
        while (await Look(connection, jobs, answers) > 0)
            if (clock.Elapsed > Patience) throw new InvalidOperationException("The jobs do not come to their end.");
        var seconds = clock.Elapsed.TotalSeconds;
        var took = await director.Took();
        var list = (JobList)await connection.Ask(new ListJobs(10_000), CancellationToken.None);
        var mine = list.Jobs.Where(job => jobs.Contains(job.Job)).ToList();
        var complete = mine.Count(job => job.Outcome == JobOutcome.Complete);
        say(FormattableString.Invariant(
            $"  {complete:N0} of {jobs.Count:N0} jobs complete in {seconds:F0} s, {jobs.Count / seconds:F1} a second; ")
            + $"lost: {jobs.Count - mine.Count}; " + FormattableString.Invariant(
            $"director: peak {took.PeakKib / 1024.0:F0} MiB, {took.Processor / seconds:P0} of one processor"));
        foreach (var other in mine.Where(job => job.Outcome != JobOutcome.Complete).Take(5))
            say($"  job {other.Job}: {other.State} {other.Outcome} {other.Failure}");
        return Told("while they run", answers) & complete == jobs.Count;
    }

    /// <summary>Five questions, one behind the other; the last to another kind of object each time.</summary>
    /// <returns>How many jobs have not ended.</returns>
    private static async Task<int> Look(HttpNodeConnection connection, IReadOnlyList<JobId> jobs, Answers answers)
    {
        var status = (NodeStatus)await Timed(new ShowStatus());
        await Timed(new ShowJob(jobs[Random.Shared.Next(jobs.Count)], LogLimit: 50));
        await Timed(new ListJobs());
        await Timed(new ListClients());
        var (kind, name) = Object(jobs, answers.Rounds++);
        await Timed(new ShowObject(kind, name), $"{nameof(ShowObject)} {kind}");
        return status.RunningJobs;

        async Task<IReply> Timed(IRequest request, string? name = null)
        {
            var clock = Stopwatch.StartNew();
            await Task.Delay(BetweenQueries);
            answers.Add(Answers.Own, (clock.Elapsed - BetweenQueries).TotalMilliseconds);
            clock.Restart();
            var reply = await connection.Ask(request, CancellationToken.None);
            answers.Add(name ?? request.GetType().Name, clock.Elapsed.TotalMilliseconds);
            return reply;
        }
    }

    /// <summary>Each kind of object in its turn (NW-06).</summary>
    private static (ObjectKind Kind, string Name) Object(IReadOnlyList<JobId> jobs, int round) => (round % 6) switch
    {
        0 => (ObjectKind.Job, $"{jobs[Random.Shared.Next(jobs.Count)]}"),
        1 => (ObjectKind.Drive, "tapes/0"),
        2 => (ObjectKind.Library, "tapes"),
        3 => (ObjectKind.Client, CrowdServer.Names(1)[0]),
        4 => (ObjectKind.FileSet, "crowd"),
        _ => (ObjectKind.Policy, "crowd"),
    };

    private bool Told(string when, Answers answers)
    {
        foreach (var (name, sorted) in answers.Sorted)
            say(FormattableString.Invariant(
                $"  {when}, {name,-20} {sorted.Length,6}: median {At(sorted, 0.5):F1} ms, ")
                + FormattableString.Invariant($"99 % within {At(sorted, 0.99):F1} ms, worst {sorted[^1]:F0} ms"));
        var all = answers.Sorted.Where(each => each.Name != Answers.Own).SelectMany(each => each.Sorted).Order()
            .ToArray();
        var objects = answers.Sorted.Where(each => each.Name.StartsWith(nameof(ShowObject), StringComparison.Ordinal))
            .SelectMany(each => each.Sorted).Order().ToArray();
        var held = At(all, 0.99) < AnswerMsMax & At(objects, 0.99) < AnswerMsMax;
        say(FormattableString.Invariant(
            $"  {when}: 99 % of all answers within {At(all, 0.99):F1} ms, of those of objects (NW-06) within ")
            + FormattableString.Invariant(
            $"{At(objects, 0.99):F1} ms, less than {AnswerMsMax}: {(held ? "held" : "NOT held")}"));
        return held;
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];

    private sealed class Answers
    {
        /// <summary>How late this process's own timer is: what the machine adds to every time here.</summary>
        public const string Own = "(own timer late)";

        /// <summary>How often was asked.</summary>
        public int Rounds { get; set; }

        private readonly SortedDictionary<string, List<double>> _times = new(StringComparer.Ordinal);

        public IEnumerable<(string Name, double[] Sorted)> Sorted =>
            _times.Select(pair => (pair.Key, pair.Value.Order().ToArray()));

        public void Add(string name, double milliseconds)
        {
            if (!_times.TryGetValue(name, out var times)) _times[name] = times = [];
            times.Add(milliseconds);
        }
    }
}

using Backup.Host;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Backup.Tests.System;

/// <summary>A node of its own in a directory of its own, and the questions that tests ask it.</summary>
public sealed class NodeFixture : IAsyncDisposable
{
    private BackupNode? _node;
    private ChildNode? _child;

    public NodeFixture(string? extra = null, string? root = null)
    {
        Root = root is null ? Directory.CreateTempSubdirectory("backup-spec-").FullName
            : Directory.CreateDirectory(root).FullName;
        Source = Directory.CreateDirectory(Path.Combine(Root, "source")).FullName;
        Library = Path.Combine(Root, "tapes");
        Extra = extra ?? "";
    }

    public string Root { get; }

    public string Source { get; }

    public string Library { get; set; }

    /// <summary>Further roots of the file set.</summary>
    public IReadOnlyList<string> OtherRoots { get; init; } = [];

    public string Data => Path.Combine(Root, "data");

    /// <summary>Settings put behind the standard ones; set before the node starts.</summary>
    public string Extra { get; set; }

    public string Slots { get; set; } = "8";

    public string VolumeCapacity { get; set; } = "1GiB";

    public string FragmentSize { get; set; } = "64MiB";

    public string DriveSpeedLimit { get; set; } = "0";

    /// <summary>How long a job waits for a volume: most tests have nobody who would bring one.</summary>
    public string WaitForVolume { get; set; } = "0s";

    public string Rules { get; set; } = "";

    /// <summary>All save operations of the file set, instead of one with the roots and rules.</summary>
    public string? Operations { get; set; }

    /// <summary>The configuration, after <see cref="Settings"/> or a start.</summary>
    public string ConfigFile => Path.Combine(Root, "node.conf");

    /// <summary>Settings of the policy, as `attempts = 3`.</summary>
    public string Policy { get; set; } = "";

    public INodeConnection Connection => _child ?? _node!.Connection;

    /// <summary>
    /// Stops a session, drive or other actor of the node in this process, as a crash would: `client/job-1-epoch-1`.
    /// </summary>
    public void Crash(string actor) => _node!.Local.ActorSelection("/user/" + actor).Tell(Akka.Actor.Kill.Instance);

    /// <summary>The node in a process of its own; null while it is in this one.</summary>
    internal ChildNode? Child => _child;

    public BackupSettings Settings()
    {
        var roots = string.Join(", ", OtherRoots.Prepend("").Select(root => $"\"{Source}{root}\""));
        var operations = Operations ?? $"{{ roots = [{roots}], rules = [ {Rules} ] }}";
        File.WriteAllText(ConfigFile, $$"""
            backup {
              node { name = tester, data-directory = "{{Data}}" }
              libraries.tapes { directory = "{{Library}}", slots = {{Slots}}, volume-capacity = {{VolumeCapacity}}, drive-speed-limit = {{DriveSpeedLimit}} }
              pools.disk { library = tapes, fragment-size = {{FragmentSize}} }
              file-sets.all { operations = [ {{operations}} ] }
              policies.nightly { file-set = all, pool = disk, {{Policy}} }
              job.progress-interval = 100ms
              storage { wait-for-volume = {{WaitForVolume}}, look-for-volume-every = 100ms }
            }
            {{Extra}}
            """);
        var (settings, problems) = SettingsReader.Read(ConfigFile);
        return settings ?? throw new InvalidOperationException(SettingProblems.Render(problems));
    }

    public async Task Start(
        NodeMode mode = NodeMode.All) => _node = await BackupNode.Start(Settings(), mode, CancellationToken.None);

    /// <summary>Whether the node was started, and not stopped since.</summary>
    public bool IsRunning => _node is not null || _child is not null;

    /// <summary>Starts the node in a process of its own, which may be killed.</summary>
    /// <param name="tracer">A program with arguments that runs it; none: none.</param>
    public async Task StartProcess(params string[] tracer)
    {
        _ = Settings();
        _child = await ChildNode.Start(ConfigFile, tracer);
    }

    /// <summary>Ends the node's process with SIGKILL.</summary>
    public async Task Kill()
    {
        await _child!.Kill();
        await _child.DisposeAsync();
        _child = null;
    }

    public async Task Stop()
    {
        if (_child is not null) await _child.DisposeAsync();
        _child = null;
        if (_node is null) return;
        await _node.Stop();
        _node = null;
    }

    public async Task<T> Ask<T>(IRequest request)
        where T : class, IReply =>
        await Connection.Ask(request, CancellationToken.None) switch
        {
            T reply => reply,
            Refused refused => throw new InvalidOperationException(refused.Sentence),
            var other => throw new InvalidOperationException($"Expected {typeof(T).Name}, found {other}."),
        };

    /// <summary>Labels a volume for pool disk, as soon as the node that owns the library is there.</summary>
    public async Task Label()
    {
        var label = new LabelVolume(RequestId.New(), new PoolName("disk"));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await Connection.Ask(label, limit.Token) is Refused refused)
        {
            if (refused.Code != RefusalCode.Unavailable) throw new InvalidOperationException(refused.Sentence);
            await Task.Delay(50, limit.Token);
        }
    }

    public async Task<JobDetails> Backup() =>
        await Ended((await Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("nightly")))).Jobs[0]);

    public async Task<JobDetails> Restore(string image, string target, params string[] paths) =>
        await Ended((await Ask<JobsStarted>(new RestoreFiles(RequestId.New(), image, paths, target))).Jobs[0]);

    public async Task<JobDetails> Verify(string image, VerifyTarget against) =>
        await Ended((await Ask<JobsStarted>(new VerifyImage(RequestId.New(), image, against))).Jobs[0]);

    /// <summary>Waits for the end of a job, four minutes at most.</summary>
    public async Task<JobDetails> Ended(JobId job)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (true)
        {
            var details = await Ask<JobDetails>(new ShowJob(job));
            if (details.Job.State == "ended") return details;
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Job {job} did not end: {Describe(details)}");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>Starts a backup; returns its number.</summary>
    public async Task<JobId> Run() =>
        (await Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("nightly")))).Jobs[0];

    /// <summary>Waits until a job is in a state, a minute at most.</summary>
    public async Task<JobDetails> Until(JobId job, Func<JobDetails, bool> condition, int seconds = 60)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            var details = await Ask<JobDetails>(new ShowJob(job));
            if (condition(details)) return details;
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Job {job} did not get there: {Describe(details)}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>
    /// Waits until the catalog says what became of a volume; storage repeats what it could not tell after five seconds.
    /// </summary>
    public async Task VolumeBecomes(string volume, string state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            var found = (await Ask<VolumeList>(new ListVolumes())).Volumes.FirstOrDefault(known =>
                known.Volume.Value == volume);
            if (found?.State == state) return;
            if (limit.IsCancellationRequested)
                Assert.Fail($"Expected volume {volume} to become {state}, found {found}.");
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>
    /// What the catalog holds, as lines that do not depend on when it was recorded. The node must not run.
    /// </summary>
    public IReadOnlyList<string> Dump()
    {
        Assert.True(
            SqliteCatalog.OpenReadOnly(Data, TimeProvider.System).Is(out var store, out var failure), $"{failure}");
        using (store)
        {
            Assert.True(store.Dump.Lines().Is(out var lines, out failure), $"{failure}");
            return lines;
        }
    }

    /// <summary>Removes the catalog, and the journal too unless it is to be kept.</summary>
    public void LoseCatalog(bool keepJournal = false)
    {
        SqliteConnection.ClearAllPools(); // a pooled connection of this process would write the removed file
        foreach (var file in Directory.GetFiles(Data, "catalog.db*")) File.Delete(file);
        if (keepJournal) return;
        foreach (var file in Directory.GetFiles(Data, "journal.db*")) File.Delete(file);
    }

    public static IReadOnlyList<FileException> Differences(string expected, string found)
    {
        var differences = new List<FileException>();
        new TreeComparer(new CompareOptions(), differences.Add).CompareTrees(expected, found);
        return differences;
    }

    /// <summary>Restores an image whole and compares it with the source.</summary>
    public Task RestoresIdentical(string image) => RestoresWithout(image);

    /// <summary>As the other, of a source with files that the rules leave out.</summary>
    public async Task RestoresWithout(string image, params string[] leftOut)
    {
        var target = Path.Combine(Root, "restored-" + Guid.NewGuid().ToString("N"));
        var restore = await Restore(image, target);
        Assert.True(restore.Job.Outcome == JobOutcome.Complete, Describe(restore));
        foreach (var path in leftOut) File.Copy(Path.Combine(Source, path), target + Source + "/" + path);
        Assert.DoesNotContain(
            Differences(Source, target + Source), other => leftOut.Length == 0 || other.Kind != FileExceptionKind.Differs);
        Directory.Delete(target, recursive: true);
    }

    public static string Describe(JobDetails details) =>
        $"{details.Job}\n{string.Join("\n", details.Log.Select(line => $"{line.Severity} {line.Code} {line.Text}"))}\n{details.Progress}\nwaits: {string.Join("; ", details.WaitsFor)}";

    public async ValueTask DisposeAsync()
    {
        await Stop();
        // .NET's own deletion refuses names that are no UTF-8 and long paths.
        using var remove = global::System.Diagnostics.Process.Start("rm", ["-rf", Root]);
        await remove.WaitForExitAsync();
    }
}

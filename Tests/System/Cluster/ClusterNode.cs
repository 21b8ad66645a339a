using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Backup.Host;
using Backup.Host.Http;
using Backup.Messages.Operations;
using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System.Cluster;

/// <summary>One `backup node` of a cluster, as a process that may be killed and started again.</summary>
/// <param name="name">Its name.</param>
/// <param name="role">`director`, `storage` or `client`.</param>
/// <param name="address">Where it listens.</param>
/// <param name="directory">Its data directory; the configuration lies beside it.</param>
internal sealed class ClusterNode(string name, string role, string address, string directory) : IAsyncDisposable
{
    private static readonly TimeSpan SpeaksWithin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(15);
    private static readonly BlockingCollection<Action> Starts = StartsByOneThread();

    private readonly ConcurrentQueue<string> _log = new();
    private DiagnosticProcess? _process;

    public string Name { get; } = name;

    public string Role { get; } = role;

    public string Address { get; set; } = address;

    public string DataDirectory { get; set; } = directory;

    public string ConfigFile { get; } = directory + ".conf";

    /// <summary>The namespace of its network; null: this process's.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>A file that it sees as /etc/hosts; null: that of the machine.</summary>
    public string? Hosts { get; init; }

    /// <summary>True: it may read only what its user may read, root too.</summary>
    public bool ObeysModes { get; set; }

    /// <summary>
    /// A program with arguments that runs it; none: none. The node must be the process that it is started as.
    /// </summary>
    public IReadOnlyList<string> Tracer { get; set; } = [];

    /// <summary>What it wrote in all its lives.</summary>
    public string Log => string.Join('\n', _log);

    public bool Runs => _process is { HasExited: false };

    /// <summary>True after SIGSTOP.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Starts it; returns when it listens.</summary>
    public async Task Start()
    {
        Assert.False(Runs, $"Node {Name} runs already.");
        string[] network = NetworkNamespace is null ? [] : ["ip", "netns", "exec", NetworkNamespace];
        string[] rights = ObeysModes && Environment.IsPrivilegedProcess
            ? ["--bounding-set", "-dac_override,-dac_read_search"] : [];
        // The kernel ends it when this process dies, so that no node outlives its test.
        string[] hosts = Hosts is null ? []
            : ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/hosts; exec \"$@\"", Hosts];
        string[] command = ["setpriv", "--pdeathsig", "KILL", .. rights, .. network, .. hosts, .. Tracer,
            "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "backup.dll"), "node", "--config", ConfigFile];
        var spoke = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource<DiagnosticProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() => started.SetResult(Run(command, spoke)));
        _process?.Dispose();
        _process = await started.Task;
        IsPaused = false;
        var ended = _process.WaitForExitAsync();
        var first = await Task.WhenAny(spoke.Task, ended, Task.Delay(SpeaksWithin));
        Assert.True(first == spoke.Task, $"Node {Name} does not start:\n{Log}");
    }

    /// <summary>Ends it with SIGKILL.</summary>
    public async Task Kill()
    {
        if (!Runs) return;
        Note("SIGKILL");
        _process!.Kill();
        await _process.WaitForExitAsync(); // the kernel sees to it, however busy it is
    }

    /// <summary>Ends it with SIGTERM, as systemd does; fails the test unless it ends well.</summary>
    public async Task Stop()
    {
        await Signal("TERM");
        await Ended();
        Assert.True(_process!.ExitCode == 0, $"Node {Name} ended with {_process.ExitCode}:\n{Log}");
    }

    public async Task Pause()
    {
        IsPaused = true;
        await Signal("STOP");
    }

    public async Task Continue()
    {
        await Signal("CONT");
        IsPaused = false;
    }

    /// <summary>Asks it; a refusal and its silence are told apart from an answer by the caller.</summary>
    /// <exception cref="NodeUnreachableException">It does not answer.</exception>
    public async Task<IReply> Ask(IRequest request)
    {
        await using var connection = new HttpNodeConnection(Path.Combine(DataDirectory, "backup.sock"));
        using var limit = new CancellationTokenSource(AnswersWithin);
        try
        {
            return await connection.Ask(request, limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new NodeUnreachableException($"Node {Name} did not answer in {AnswersWithin.TotalSeconds:0} s.");
        }
    }

    /// <summary>Its page `healthz` or `readyz`, which says the same as the status of the answer.</summary>
    public async Task<JsonObject> Page(string name)
    {
        using var client = OfSocket();
        using var answer = await client.GetAsync(new Uri("/" + name, UriKind.Relative));
        var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal((bool)page["ok"]! ? 200 : 503, (int)answer.StatusCode);
        return page;
    }

    /// <summary>What keeps it from being ready, by the name of the check; nothing: it is.</summary>
    public async Task<IReadOnlyList<string>> Troubles() =>
    [
        .. ((JsonArray)(await Page("readyz"))["checks"]!).Where(check => !(bool)check!["ok"]!)
            .Select(check => (string)check!["name"]!),
    ];

    /// <summary>Writes a line into its log, so that what a test did stands beside what the node said.</summary>
    public void Note(string text) => _log.Enqueue(
        string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} ==== {Name}: {text}"));

    public async ValueTask DisposeAsync()
    {
        await Kill();
        _process?.Dispose();
    }

    private DiagnosticProcess Run(string[] command, TaskCompletionSource spoke)
    {
        Note("starts");
        var process = DiagnosticProcess.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) return;
            _log.Enqueue(line.Data);
            spoke.TrySetResult();
        };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) _log.Enqueue(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private HttpClient OfSocket() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(
                new UnixDomainSocketEndPoint(Path.Combine(DataDirectory, "backup.sock")), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://node"),
    };

    private async Task Signal(string signal)
    {
        Note("SIG" + signal);
        await Shell.Run("kill", "-" + signal, _process!.Id.ToString(CultureInfo.InvariantCulture));
    }

    private async Task Ended()
    {
        using var limit = new CancellationTokenSource(EndsWithin);
        try
        {
            await _process!.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Node {Name} does not end within {EndsWithin.TotalSeconds:0} s:\n{Log}");
        }
    }

    /// <summary>The kernel's signal at the death of the parent is for the death of the thread that forked.</summary>
    private static BlockingCollection<Action> StartsByOneThread()
    {
        var starts = new BlockingCollection<Action>();
        new Thread(() => { foreach (var start in starts.GetConsumingEnumerable()) start(); })
        { IsBackground = true, Name = "node-starts" }.Start();
        return starts;
    }
}

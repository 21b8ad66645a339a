using System.Collections.Concurrent;
using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System.Cluster;

/// <summary>The sample docs/samples/RunAndRestore in a process of its own, which says whom it speaks with.</summary>
internal sealed class SampleProgram : IAsyncDisposable
{
    private readonly DiagnosticProcess _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private SampleProgram(DiagnosticProcess process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => { if (line.Data is { } text) _lines.Enqueue(text); };
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) _lines.Enqueue(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private string Said => string.Join('\n', _lines);

    public static SampleProgram Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "RunAndRestore.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RUN_AND_RESTORE_HOCON"] = "akka.loglevel = INFO";
        return new SampleProgram(DiagnosticProcess.Start(start)!);
    }

    /// <summary>When its job runs: the director with whose receptionist it is connected.</summary>
    public async Task<ClusterNode> SpeaksWithOneOf(IReadOnlyList<ClusterNode> directors)
    {
        ClusterNode? contact = null;
        await ClusterFixture.Until(
            () =>
            {
                contact = directors.LastOrDefault(each => _lines.Any(line =>
                    line.Contains("Connected", StringComparison.Ordinal)
                        && line.Contains($"@{each.Address}:", StringComparison.Ordinal)));
                var runs = _lines.Any(line => line.StartsWith("job ", StringComparison.Ordinal));
                return Task.FromResult(contact is not null && runs);
            },
            () => Task.FromResult($"It does not run a job:\n{Said}"));
        return contact!;
    }

    /// <summary>It ends well: the job is complete, and a file of its image restored.</summary>
    public async Task Restored()
    {
        await ClusterFixture.Until(
            () => Task.FromResult(_process.HasExited), () => Task.FromResult($"It does not end:\n{Said}"));
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == 0, Said);
        Assert.Contains(_lines, line => line.StartsWith("restored ", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

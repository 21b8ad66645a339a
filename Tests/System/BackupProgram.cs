using System.Globalization;
using System.Text;
using Backup.Host.Operations;
using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>The `backup` program as a process of its own, as a person runs it.</summary>
internal sealed class BackupProgram : IAsyncDisposable
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(3);
    private readonly DiagnosticProcess _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BackupProgram(DiagnosticProcess process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) =>
        {
            Append(_output, line.Data);
            _firstLine.TrySetResult();
        };
        process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Text(_output);

    public string Error => Text(_error);

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Its exit code; after <see cref="Ended"/>.</summary>
    public int Code => _process.ExitCode;

    /// <summary>Runs it to its end.</summary>
    public static async Task<BackupProgram> Run(params string[] arguments)
    {
        var program = Start([], arguments);
        await program.Ended();
        return program;
    }

    /// <summary>Starts it.</summary>
    /// <param name="tracer">A program with arguments that runs it, as strace; none: none.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="variables">Environment variables.</param>
    public static BackupProgram Start(
        string[] tracer, string[] arguments, params (string Name, string Value)[] variables)
    {
        string[] command =
            [.. tracer, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "backup.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("BACKUP_CONFIG");
        foreach (var (name, value) in variables) start.Environment[name] = value;
        var process = DiagnosticProcess.Start(start)!;
        process.StandardInput.Close();
        return new BackupProgram(process);
    }

    /// <summary>Waits for its first line on standard output: a node's says that it listens.</summary>
    public async Task Speaks()
    {
        var ended = _process.WaitForExitAsync();
        Assert.True(await Task.WhenAny(_firstLine.Task, ended).WaitAsync(EndsWithin) == _firstLine.Task, ToString());
    }

    /// <summary>Waits for its end, a minute at most.</summary>
    public async Task Ended()
    {
        using var limit = new CancellationTokenSource(EndsWithin);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"It does not end: {this}");
        }
    }

    /// <summary>Sends a signal, as `KILL` or `TERM`.</summary>
    public Task Signal(string name) =>
        Shell.Run("kill", $"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Fails the test unless it ended so.</summary>
    public BackupProgram Expect(int code)
    {
        Assert.True(Code == code, $"Expected exit code {code}, found {Code}: {this}");
        return this;
    }

    /// <summary>Its lines as replies; fails the test at one that is none.</summary>
    public IReadOnlyList<object> Replies(params Type[] schemas) =>
        [.. Lines.Select(line => WireJson.Reply(line, [.. OperationTable.ReplyTypes, .. schemas]))];

    public override string ToString() => $"{string.Join(' ', _process.StartInfo.ArgumentList)}\n{Output}\n{Error}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Backup.Host;
using Backup.Messages.Operations;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>A node in a process of its own (see <see cref="Program"/>).</summary>
internal sealed class ChildNode : INodeConnection
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(2);
    private readonly DiagnosticProcess _process;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _log = new();
    private readonly SemaphoreSlim _turn = new(1);

    private ChildNode(DiagnosticProcess process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => OnLine(line.Data);
        process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) _log.Enqueue(text); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The node itself, which is not the process that was started when a tracer stands before it.</summary>
    public int Id { get; private set; }

    /// <summary>What it wrote besides answers.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Starts a node; returns when it is ready.</summary>
    /// <param name="file">Its configuration.</param>
    /// <param name="tracer">A program with arguments that runs it, as strace; none: none.</param>
    /// <exception cref="NodeUnreachableException">It ended instead; the message is what it said.</exception>
    public static Task<ChildNode> Start(string file, params string[] tracer) => Start([file], tracer);

    /// <summary>Starts nodes in one process; the first of them is asked.</summary>
    public static async Task<ChildNode> Start(IReadOnlyList<string> files, params string[] tracer)
    {
        string[] command = [.. tracer,
            Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet",
            "exec", typeof(Program).Assembly.Location, "node", .. files];
        var node = new ChildNode(DiagnosticProcess.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
        var ready = await node.Line();
        node.Id = int.Parse(ready.Split(' ')[1], CultureInfo.InvariantCulture);
        return node;
    }

    public async Task<IReply> Ask(IRequest request, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await _process.StandardInput.WriteLineAsync(Program.Written(request));
            await _process.StandardInput.FlushAsync(cancellation);
            return (IReply)Program.Read(await Line());
        }
        catch (IOException broken)
        {
            throw new NodeUnreachableException($"The node went away: {broken.Message}\n{Log}");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Ends it with SIGKILL.</summary>
    public async Task Kill()
    {
        using var node = Id == _process.Id ? null : DiagnosticProcess.GetProcessById(Id);
        (node ?? _process).Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Holds all of it still.</summary>
    public Task Pause() => Shell.Run("kill", "-STOP", Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lets it go on.</summary>
    public Task Resume() => Shell.Run("kill", "-CONT", Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Lets it stop; gracefully, if it can within a minute.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                _process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It is being killed at this moment, behind a request that was not read.
            }
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        _process.Dispose();
        _turn.Dispose();
    }

    private async Task<string> Line()
    {
        using var limit = new CancellationTokenSource(AnswerWithin);
        try
        {
            return await _answers.Reader.ReadAsync(limit.Token);
        }
        catch (ChannelClosedException)
        {
            await _process.WaitForExitAsync();
            throw new NodeUnreachableException($"The node ended with {_process.ExitCode}:\n{Log}");
        }
    }

    private void OnLine(string? line)
    {
        if (line is null) _answers.Writer.TryComplete();
        else if (line.StartsWith(Program.Answer, StringComparison.Ordinal)
            && line.EndsWith(Program.AnswerEnd, StringComparison.Ordinal))
            _answers.Writer.TryWrite(line[Program.Answer.Length..^Program.AnswerEnd.Length]);
        else _log.Enqueue(line);
    }
}

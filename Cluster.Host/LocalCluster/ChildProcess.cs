using System.Diagnostics;
using Backup.Host.CommandLine;
using Backup.Media.Posix;

namespace Backup.Host.LocalCluster;

/// <summary>A program that was started, with its words in a file. It lives on when this one is killed.</summary>
internal sealed class ChildProcess : IDisposable
{
    // A session of its own: Ctrl-C in a terminal is for all of the foreground, and would stop the database before the
    // nodes.
    private const string NewSession = "setsid";

    private static readonly TimeSpan CancelledWithin = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    private ChildProcess(Process process, string log, string command) =>
        (_process, Log, Id, Command) = (process, log, process.Id, command);

    /// <summary>The file of what it writes.</summary>
    public string Log { get; }

    public int Id { get; }

    /// <summary>How to start it by hand.</summary>
    public string Command { get; }

    public bool HasEnded => _process.HasExited;

    public Task Ended => _process.WaitForExitAsync();

    /// <summary>As the shell counts: 128 and the signal's number where one ended it.</summary>
    public int Code => _process.ExitCode;

    /// <summary>This very program, as a person would have to call it again.</summary>
    public static IReadOnlyList<string> ThisProgram => Environment.ProcessPath is { } path
        && Path.GetFileNameWithoutExtension(path) != "dotnet"
            ? [path] : [Environment.ProcessPath ?? "dotnet", typeof(ChildProcess).Assembly.Location];

    /// <summary>Starts a program.</summary>
    /// <param name="log">What it writes is put behind what is in this file.</param>
    /// <param name="command">Program and arguments.</param>
    public static ChildProcess Start(string log, IEnumerable<string> command)
    {
        string[] words = [.. command];
        // The shell gives way to the program, so the number is the program's.
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", log, NewSession, .. words])
        {
            WorkingDirectory = "/",
        };
        start.Environment.Remove("BACKUP_CONFIG");
        return new ChildProcess(Process.Start(start)!, log, string.Join(' ', words));
    }

    /// <summary>Runs a program to its end; when that is cancelled, the program ends first.</summary>
    /// <exception cref="CommandFailure">It failed; its last words are in the sentence.</exception>
    public static async Task Run(string log, IEnumerable<string> command, CancellationToken cancellation)
    {
        using var child = Start(log, command);
        try
        {
            await child._process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            await child.Stop(ProcessSignal.Terminate, CancelledWithin);
            throw;
        }
        if (child.Code != 0) throw child.Failure($"{command.First()} failed");
    }

    /// <summary>Lets it stop, and kills it when it does not.</summary>
    /// <param name="signal">What asks it to.</param>
    /// <param name="within">How long it may take.</param>
    /// <returns>Whether it stopped by itself.</returns>
    public async Task<bool> Stop(ProcessSignal signal, TimeSpan within)
    {
        if (_process.HasExited) return true;
        signal.Send(Id);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(within);
            return true;
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            return false;
        }
    }

    /// <summary>A sentence for the operator, with the program's last words.</summary>
    public CommandFailure Failure(string what) => new(ExitCode.Failed, new(
        Messages.Operations.RefusalCode.Unavailable,
        $"{what}; its last words in {Log}: {string.Join(" | ", File.ReadLines(Log).TakeLast(3))}"));

    public void Dispose() => _process.Dispose();
}

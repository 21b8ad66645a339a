using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Backup.Messages.Jobs;

namespace Backup.Actors.Scripts;

/// <summary>Runs scripts as processes of this node: no shell, a clean environment, a time limit.</summary>
internal static class ScriptRun
{
    /// <summary>A process that a script left behind may keep its output open.</summary>
    private static readonly TimeSpan OutputWithin = TimeSpan.FromSeconds(1);

    /// <summary>Runs them in order; when it returns, none of them runs any more.</summary>
    /// <param name="order">Which.</param>
    /// <param name="tell">Takes lines for the job's log.</param>
    /// <param name="cancellation">Kills the one that runs and leaves out the others.</param>
    /// <returns>The first failure that counts; null: there was none.</returns>
    public static async Task<JobFailure?> All(
        ScriptOrder order, Action<ScriptLine> tell, CancellationToken cancellation)
    {
        JobFailure? first = null;
        foreach (var script in order.Scripts)
        {
            var failure = await One(order, script, tell, cancellation).ConfigureAwait(false);
            if (failure is null) continue;
            if (cancellation.IsCancellationRequested) return failure;
            if (script.AbortOnError && first is null) first = failure;
            else tell(new ScriptLine(LogSeverity.Warning, FailureText.Code(failure), FailureText.Sentence(failure)));
            if (!script.AbortOnError) continue;
            // What comes after the work tidies up, and does so whatever else fails.
            if (order.When == ScriptMoment.Before) break;
        }
        return first;
    }

    private static async Task<JobFailure?> One(
        ScriptOrder order, JobScript script, Action<ScriptLine> tell, CancellationToken cancellation)
    {
        var program = script.Command[0];
        if (cancellation.IsCancellationRequested)
            return Failed(order, script, null, "It was not run: the job was stopped.");
        if (ScriptAllowance.Refusal(program, order.Allowed, order.Key) is { } refusal)
            return Failed(order, script, null, $"It may not be run: {refusal}");
        tell(new ScriptLine(LogSeverity.Info, "script", $"Script {program} runs on {order.Place}."));
        try
        {
            using var process = Process.Start(SetUp(order, script))!;
            process.StandardInput.Close();
            return await Watch(order, script, process, tell, cancellation).ConfigureAwait(false);
        }
        catch (Win32Exception notStarted)
        {
            return Failed(order, script, null, $"It could not be started: {notStarted.Message}.");
        }
    }

    private static ProcessStartInfo SetUp(ScriptOrder order, JobScript script)
    {
        var start = new ProcessStartInfo(script.Command[0], script.Command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            UseShellExecute = false,
        };
        // What the node was started with, as where its service manager listens, is none of theirs.
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["HOME"] = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        foreach (var (name, value) in order.Environment) start.Environment[name] = value;
        return start;
    }

    private static async Task<JobFailure?> Watch(
        ScriptOrder order, JobScript script, Process process, Action<ScriptLine> tell, CancellationToken cancellation)
    {
        var output = new ScriptOutput(line => tell(new ScriptLine(
            LogSeverity.Info, "script-output", $"{Path.GetFileName(script.Command[0])}: {line}")));
        using var noMore = new CancellationTokenSource();
        var read = Task.WhenAll(
            output.Read(process.StandardOutput, noMore.Token), output.Read(process.StandardError, noMore.Token));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(script.TimeLimit);
        var ended = await Ends(process, limit.Token).ConfigureAwait(false);
        if (!ended)
        {
            process.Kill(entireProcessTree: true); // a child that went on would hold what the script was to let go
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        noMore.CancelAfter(OutputWithin);
        await read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (output.Untold > 0)
            tell(new ScriptLine(
                LogSeverity.Info, "script-output",
                $"{Path.GetFileName(script.Command[0])}: {output.Untold} further lines are not logged."));
        var last = output.Last.Length == 0 ? "It wrote nothing." : $"Its last line: \"{output.Last}\".";
        if (ended)
            return process.ExitCode == 0 ? null : Failed(
                order, script, process.ExitCode, $"It ended with exit code {process.ExitCode}. {last}");
        var why = cancellation.IsCancellationRequested
            ? "It was killed because the job was stopped."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"It was killed when it had run for its time limit of {script.TimeLimit.TotalSeconds:0.###} s.");
        return Failed(order, script, null, $"{why} {last}");
    }

    private static async Task<bool> Ends(Process process, CancellationToken cancellation)
    {
        try
        {
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return process.HasExited;
        }
    }

    private static JobFailure.ScriptFailed Failed(ScriptOrder order, JobScript script, int? exitCode, string detail) =>
        new(order.Place, script.Command[0], exitCode, detail);
}

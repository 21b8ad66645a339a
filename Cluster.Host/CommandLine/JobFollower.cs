using System.Diagnostics;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>How often a follower asks and speaks.</summary>
/// <param name="Poll">Between two questions.</param>
/// <param name="PlainLine">Between two lines of progress where nobody looks, and between two in JSON.</param>
/// <param name="GoneMax">How long a node may be away until the follower gives up; a restart is shorter.</param>
internal sealed record FollowPace(TimeSpan Poll, TimeSpan PlainLine, TimeSpan GoneMax)
{
    public static FollowPace Usual { get; } = new(
        TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
}

/// <summary>
/// Follows a job to its end: its log as it grows, its progress, its report. Ctrl-C asks on a terminal whether to leave
/// it running or to cancel it; elsewhere it leaves it running. A node that restarts is waited for.
/// </summary>
internal sealed class JobFollower(CommandContext context, OpenDoor door, FollowPace pace)
{
    private readonly Screen _screen = context.Screen;
    private readonly LiveLines _live = new(context.Screen);
    private readonly Stopwatch _running = Stopwatch.StartNew();
    private TimeSpan _saidAt = TimeSpan.MinValue;
    private TimeSpan? _goneSince;
    private long _logNumber;
    private string _waits = "";

    /// <summary>Follows.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Follow(JobId job, CancellationToken cancellation)
    {
        while (true)
        {
            if (await Look(job, cancellation) is { } details)
            {
                Tell(details);
                if (details.Job.State == "ended") return End(details);
            }
            if (!await context.Interrupts.Within(pace.Poll)) continue;
            _live.Clear();
            if (await OnInterrupt(job, cancellation) is { } code) return code;
        }
    }

    private async Task<JobDetails?> Look(JobId job, CancellationToken cancellation)
    {
        try
        {
            var details = await CommandContext.Ask<JobDetails>(door.Node, new ShowJob(job, _logNumber), cancellation);
            if (_goneSince is not null) _screen.Note("The node is back.");
            _goneSince = null;
            return details;
        }
        catch (NodeUnreachableException gone)
        {
            if (_goneSince is null)
            {
                _live.Clear();
                _screen.Note($"{gone.Message} Waiting for it; job {job} goes on when it is back.");
            }
            _goneSince ??= _running.Elapsed;
            if (_running.Elapsed - _goneSince < pace.GoneMax) return null;
            throw new NodeUnreachableException(
                $"The node did not come back. Job {job} goes on when one runs: backup node. "
                    + $"To see it: backup job {job}");
        }
    }

    private void Tell(JobDetails details)
    {
        if (_screen.Json)
        {
            if (details.Log.Count > 0 || details.Report is not null || IsTime()) _screen.Reply(details);
        }
        else if (_screen.IsInteractive) TellLive(details);
        else TellPlain(details);
        if (details.Log.Count > 0) _logNumber = details.Log[^1].Number;
    }

    private void TellLive(JobDetails details)
    {
        if (details.Log.Count > 0) _live.Clear();
        foreach (var line in details.Log) _screen.Line(JobText.Log(line));
        if (details.Progress is { } progress)
            _live.Draw(ProgressText.Line(details.Job.Job, progress, _running.Elapsed),
                progress.Path is { Length: > 0 } path ? $"  /{path.TrimStart('/')}" : "");
        else if (details.Job.State != "ended")
            _live.Draw(
                $"job {details.Job.Job}  {details.Job.State}{Reasons(details)}  {Quantity.Time(_running.Elapsed)}");
    }

    private void TellPlain(JobDetails details)
    {
        foreach (var line in details.Log) _screen.Line(JobText.Log(line));
        var waits = Reasons(details);
        var changed = waits != _waits;
        _waits = waits;
        if (details.Job.State == "ended" || !(IsTime() || changed)) return;
        if (details.Progress is { } progress)
            _screen.Line(ProgressText.Line(details.Job.Job, progress, _running.Elapsed));
        else _screen.Line($"job {details.Job.Job}  {details.Job.State}{waits}");
    }

    private static string Reasons(JobDetails details) =>
        details.WaitsFor.Count == 0 ? "" : $", waits for {string.Join("; ", details.WaitsFor)}";

    private bool IsTime()
    {
        if (_saidAt != TimeSpan.MinValue && _running.Elapsed - _saidAt < pace.PlainLine) return false;
        _saidAt = _running.Elapsed;
        return true;
    }

    private int End(JobDetails details)
    {
        _live.Clear();
        if (!_screen.Json)
        {
            _screen.Line();
            JobText.Print(_screen, details);
        }
        return ExitCode.For(details.Job.Outcome ?? JobOutcome.Failed);
    }

    /// <returns>The exit code; null to go on.</returns>
    private async Task<int?> OnInterrupt(JobId job, CancellationToken cancellation)
    {
        if (!_screen.IsInteractive) return Leave(job);
        _screen.Note(door.Solo
            ? $"Leave job {job} for the next node (l), cancel it (c), or go on watching (Enter)?"
            : $"Leave job {job} running (l), cancel it (c), or go on watching (Enter)?");
        switch ((await _screen.Input.ReadLineAsync(cancellation))?.Trim().ToLowerInvariant())
        {
            case "l" or "leave" or null: return Leave(job);
            case "c" or "cancel":
                var reply = await door.Node.Ask(new CancelJob(RequestId.New(), job), cancellation);
                if (reply is Refused refused) _screen.Refuse(refused);
                else _screen.Note($"Job {job} is being cancelled.");
                return null;
            default: return null;
        }
    }

    private int Leave(JobId job)
    {
        _screen.Note(door.Solo
            ? $"Job {job} is not finished. What it has sealed stays, and the next node takes it up: backup node. "
                + $"Then it can be cancelled: backup cancel {job}"
            : $"Job {job} goes on. To see it: backup job {job}. To cancel it: backup cancel {job}");
        return ExitCode.Interrupted;
    }
}

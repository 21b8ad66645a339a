using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Tests.Unit.Actors;

/// <summary>A job that does what a test says, behind the questions of a gateway.</summary>
internal sealed class ScriptedJob(JobId job)
{
    private readonly List<LogLine> _log = [];
    private readonly Lock _lock = new();
    private bool _ended;
    private int _looks;

    /// <summary>How often it was looked at.</summary>
    public int Looks => Volatile.Read(ref _looks);

    public void Log(int lines = 1)
    {
        lock (_lock)
            for (var line = 0; line < lines; line++)
                _log.Add(new LogLine(_log.Count + 1, default, LogSeverity.Info, "line", $"line {_log.Count + 1}"));
    }

    public void End()
    {
        lock (_lock) _ended = true;
    }

    public Task<IReply> Answer(IRequest request) => Task.FromResult<IReply>(request switch
    {
        ShowJob show when show.Job == job => Show(show),
        RunPolicy => new JobsStarted([job]),
        _ => new Refused(RefusalCode.NotFound, "There is no such job."),
    });

    private JobDetails Show(ShowJob show)
    {
        Interlocked.Increment(ref _looks);
        lock (_lock)
            return new JobDetails(
                new JobSummary(job, JobKind.Backup, null, null, null, _ended ? "ended" : "running",
                    _ended ? JobOutcome.Complete : null, null, default, null, 0, 0, 0, 0, 1, null),
                null, [], [.. _log.Where(line => line.Number > show.LogAfter).Take(show.LogLimit)],
                _ended ? Report : null);
    }

    private static JobReport Report { get; } = new(JobOutcome.Complete, null, null, new Dictionary<string, long>(), 0,
        0, 0, [], 0, new Dictionary<string, long>(), [], new Dictionary<string, long>(),
        new Dictionary<string, double>(), 1, null, null);
}

namespace Backup.Actors.Jobs;

/// <summary>How long a job was in which phase.</summary>
internal sealed class JobPhases
{
    private readonly Dictionary<string, double> _seconds = [];
    private string? _phase;
    private DateTimeOffset _since;

    /// <summary>Seconds by phase, of the phases that were left.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds;

    /// <summary>Enters a phase; the one before ends.</summary>
    public void Enter(JobStep step, DateTimeOffset now)
    {
        var next = Word(step);
        if (next == _phase) return;
        if (_phase is not null)
            _seconds[_phase] = _seconds.GetValueOrDefault(_phase) + Math.Max(0, (now - _since).TotalSeconds);
        (_phase, _since) = (next, now);
    }

    /// <summary>The operator's word for a step.</summary>
    public static string Word(JobStep step) => step switch
    {
        JobStep.Idle or JobStep.Reserving or JobStep.Pausing => "queued",
        JobStep.Starting or JobStep.Opening => "opening",
        JobStep.Scripting => "scripts",
        JobStep.Transferring => "transferring",
        JobStep.Releasing => "releasing",
        _ => "ending",
    };
}

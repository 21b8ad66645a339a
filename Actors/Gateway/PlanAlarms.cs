using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>
/// What plans warn of, for whoever asks how the system is: that is asked all the time, so it is judged once a minute.
/// </summary>
internal sealed class PlanAlarms
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly LastFulls.Memo _fulls = new();
    private (DateTimeOffset At, IReadOnlyList<string> Sentences)? _known;

    /// <summary>The sentences; none where they cannot be had now.</summary>
    /// <param name="setup">The gateway's.</param>
    public IReadOnlyList<string> Of(GatewaySetup setup)
    {
        var now = setup.Clock.Now;
        lock (_lock)
            if (_known is { } known && now - known.At < KeptFor && now >= known.At) return known.Sentences;
        if (setup.Policies().All(policy => policy.Plan is null)) return [];
        // What the catalog does not answer now, the status itself says.
        if (PlanRequests.Plans(setup, _fulls).Show(new ShowPlan()) is not PlanShown shown) return [];
        IReadOnlyList<string> sentences =
            [.. shown.Runs.SelectMany(run => run.Sets).Select(set => set.Warning).OfType<string>()];
        lock (_lock) _known = (now, sentences);
        return sentences;
    }
}

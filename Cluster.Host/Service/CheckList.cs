namespace Backup.Host.Service;

/// <summary>
/// Checks that are looked at together, side by side and for a bounded time. Whoever asks while somebody looks, or
/// shortly after, gets the same report: however many ask, a node does not work for them all the time.
/// </summary>
/// <param name="checks">The checks.</param>
/// <param name="within">What takes longer is not well.</param>
/// <param name="freshFor">How long a report is good.</param>
internal sealed class CheckList(
    IReadOnlyList<HealthCheck> checks, TimeSpan within, TimeSpan freshFor, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private Task<HealthReport>? _look;
    private long _lookedAt;

    public Task<HealthReport> Look()
    {
        lock (_lock)
        {
            if (_look is null || (_look.IsCompleted && clock.GetElapsedTime(_lookedAt) >= freshFor))
            {
                _lookedAt = clock.GetTimestamp();
                _look = Task.Run(LookAtAll);
            }
            return _look;
        }
    }

    private async Task<HealthReport> LookAtAll() =>
        HealthReport.Of(await Task.WhenAll(checks.Select(LookAt)).ConfigureAwait(false));

    private async Task<CheckResult> LookAt(HealthCheck check)
    {
        using var limit = new CancellationTokenSource(within);
        try
        {
            // The check may not look at its token.
            var trouble = await Task.Run(() => check.Trouble(limit.Token)).WaitAsync(limit.Token).ConfigureAwait(false);
            return new CheckResult(check.Name, trouble is null, trouble);
        }
        catch (OperationCanceledException)
        {
            return new CheckResult(check.Name, false, $"No answer within {within.TotalSeconds:0.#} s.");
        }
        // Whatever keeps a check from looking is what there is to say.
        catch (Exception failure)
        {
            return new CheckResult(check.Name, false, failure.GetBaseException().Message);
        }
    }
}

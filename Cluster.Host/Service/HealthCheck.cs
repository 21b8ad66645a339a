using System.Text.Json.Serialization;

namespace Backup.Host.Service;

/// <summary>One thing that must be so where a node is well.</summary>
/// <param name="Name">A word, as `catalog`.</param>
/// <param name="Trouble">Looks: null where it is so, else a sentence that says what is wrong.</param>
internal sealed record HealthCheck(string Name, Func<CancellationToken, Task<string?>> Trouble);

/// <summary>What /healthz and /readyz answer.</summary>
/// <param name="Ok">Whether every check is.</param>
/// <param name="Checks">All that was looked at.</param>
internal sealed record HealthReport(bool Ok, IReadOnlyList<CheckResult> Checks)
{
    /// <summary>What is wrong, in one line; empty where nothing is.</summary>
    [JsonIgnore]
    public string Troubles => string.Join("; ",
        Checks.Where(check => !check.Ok).Select(check => $"{check.Name}: {check.Trouble}"));

    /// <summary>The report of results.</summary>
    public static HealthReport Of(IReadOnlyList<CheckResult> checks) => new(checks.All(check => check.Ok), checks);
}

/// <summary>What a check found.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ok">Whether it is so.</param>
/// <param name="Trouble">What is wrong; null where nothing is.</param>
internal sealed record CheckResult(string Name, bool Ok, string? Trouble);

using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Which clients a run leaves out that a schedule started by a rule such as `full 7 days after the last`: it comes when
/// the first of them is due, and each client counts by itself.
/// </summary>
internal static class RunSpacing
{
    /// <summary>The clients that are not due yet.</summary>
    /// <param name="setup">The gateway's.</param>
    /// <param name="run">The run.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="clients">Those that it has made no job for.</param>
    /// <returns>Each with the reason, a sentence.</returns>
    public static CatalogAnswer<IReadOnlyDictionary<ClientName, string>> LeftOut(
        GatewaySetup setup, RunPolicy run, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        var left = new Dictionary<ClientName, string>();
        if (!run.Scheduled || run.DueAt is not { } due || policy.Calendar?.SinceLast.Any() != true) return left;
        if (!setup.Store.Schedules.Of(policy.Name, due).Is(out var firings, out var failure)) return failure;
        var rule = policy.Calendar.SinceLast.FirstOrDefault(
            rule => firings.Count > 0 && rule.Text == firings[0].Rule);
        if (rule is null) return left;
        var kind = policy.ScriptsOnly is null ? JobKind.Backup : JobKind.Admin;
        foreach (var client in clients)
        {
            if (!setup.Store.Jobs.Newest(policy.Name, client, kind, SinceLast.LevelMaxOf(rule))
                .Is(out var newest, out failure)) return failure;
            if (newest.Count > 0 && SinceLast.MomentOf(newest[0]) + rule.After!.Value is var next && next > due)
                left[client] = $"Client {client} is left out: by job {newest[0].Job} its next is due at {next:u}.";
        }
        return left;
    }
}

using Backup.Host;
using Backup.Host.Http;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Benchmark;

/// <summary>What is sent again when client or storage node are killed in the middle of a backup.</summary>
internal sealed class KillRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    private const int FragmentMib = 64;
    private const int HeaderBytes = 32 << 10;

    /// <returns>Whether it was one fragment at most, each time.</returns>
    public async Task<bool> Measure()
    {
        var large = Trees.LargeOnes(Path.Combine(trees, "large"), options.LargeBytes);
        say($"\nA kill in the middle of a backup of 4 files of {options.LargeBytes >> 20} MiB, fragments of {FragmentMib} MiB of archive");
        var held = true;
        for (var round = 0; round < options.Rounds; round++)
        {
            held &= await Kill("client", large, pair => pair.Client, pair => pair.ClientAgain());
            held &= await Kill("storage node", large, pair => pair.Store, pair => pair.StoreAgain());
        }
        await Shell.Remove(large);
        say($"At most one open fragment is sent again: {(held ? "held" : "NOT held")}");
        return held;
    }

    private async Task<bool> Kill(
        string who, string large, Func<NodePair, NodeProcess> victim, Func<NodePair, Task> again)
    {
        await using var pair = await NodePair.Start(
            media, new Dictionary<string, string[]> { ["tree"] = [large] }, identities: null,
            plan => plan with { FragmentSize = $"{FragmentMib}MiB" });
        await using var connection = new HttpNodeConnection(pair.Store.Socket);
        var job = ((JobsStarted)await connection.Ask(
            new RunPolicy(RequestId.New(), new PolicyName("tree")), CancellationToken.None))
            .Jobs.Single();
        var from = Random.Shared.NextDouble() * 2 * options.LargeBytes;
        while ((await Show()).Progress is not { } progress || progress.Bytes < from) await Task.Delay(10);
        await victim(pair).Kill();
        await again(pair);
        while ((await Show()).Job is not { State: "ended" }) await Task.Delay(50);
        var end = await Show();
        var (whole, cut) = Tapes(pair.Library);
        say(FormattableString.Invariant(
            $"  {who,-12} after {from / 1e6:F0} MB: {end.Job.Outcome}, {end.Job.Attempts} attempts; sent again: {cut / 1e6:F1} MB ")
            + FormattableString.Invariant(
            $"of {whole / 1e6:F0} MB stored ({whole / 1e6 / (4.0 * options.LargeBytes / (FragmentMib << 20)):F1} MB a fragment)"));
        return end.Job.Outcome == JobOutcome.Complete && cut <= FragmentMib << 20;

        async Task<JobDetails> Show()
        {
            while (true)
            {
                try
                {
                    return (JobDetails)await connection.Ask(
                        new ShowJob(job, LogLimit: 0), CancellationToken.None);
                }
                catch (NodeUnreachableException)
                {
                    await Task.Delay(50); // it starts
                }
            }
        }
    }

    /// <summary>
    /// Stored bytes of the fragments that have an index behind them, and of those that have none: they were sent again.
    /// Every fragment is one tape file here, since no volume becomes full.
    /// </summary>
    private static (long Whole, long Cut) Tapes(string library)
    {
        var (whole, cut) = (0L, 0L);
        foreach (var volume in Directory.EnumerateDirectories(library))
        {
            var files = Directory.EnumerateFiles(volume, "*.*").Order(StringComparer.Ordinal).ToList();
            for (var at = 0; at < files.Count; at++)
            {
                if (!files[at].EndsWith(".data", StringComparison.Ordinal)) continue;
                var bytes = new FileInfo(files[at]).Length - HeaderBytes;
                if (at + 1 < files.Count && files[at + 1].EndsWith(".index", StringComparison.Ordinal)) whole += bytes;
                else cut += bytes;
            }
        }
        return (whole, cut);
    }
}

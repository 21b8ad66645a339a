namespace Backup.Benchmark;

/// <summary>The cluster's heartbeats while the data plane takes all that the machine has.</summary>
internal sealed class PulseRun(BenchmarkOptions options, string trees, string media, Action<string> say)
{
    /// <summary>A second between two heartbeats, and as much again.</summary>
    private const double GapMsMax = 1000;

    /// <returns>Whether nobody was called unreachable and no answer was late by a heartbeat.</returns>
    public async Task<bool> Measure()
    {
        var large = Trees.LargeOnes(Path.Combine(trees, "large"), options.LargeBytes);
        var identities = NodePair.Identities(Directory.CreateDirectory(Path.Combine(media, "pulse")).FullName);
        say("\nQuestions between the members of a cluster, ten a second, while large files are saved");
        var held = true;
        foreach (var (title, level, secure) in new[]
        {
            ("stored as they are", 0, false), ("stored as they are, TLS", 0, true), ("zstd level 1, TLS", 1, true),
        })
            held &= await Saturate(title, level, large, secure ? identities : null);
        await Shell.Remove(large);
        say($"Nobody unreachable, no gap above {GapMsMax:F0} ms: {(held ? "held" : "NOT held")}");
        return held;
    }

    public static string Sentence(string who, PulseReading seen) => FormattableString.Invariant(
        $"  {who,-30} {seen.Answers} answers, median {seen.MedianMs:F1} ms, worst {seen.WorstMs:F0} ms; ")
        + FormattableString.Invariant(
        $"longest time without one {seen.GapMs:F0} ms; members called unreachable: {seen.Unreachable}; ")
        + FormattableString.Invariant($"a thread that only sleeps was {seen.LateMs:F0} ms late");

    private async Task<bool> Saturate(string title, int level, string large, string? identities)
    {
        await using var pair = await NodePair.Start(media, new Dictionary<string, string[]> { ["tree"] = [large] },
            identities, plan => plan with { Level = level });
        await pair.Client.Pulse();
        await pair.Store.Pulse();
        var (seconds, processor) = (0.0, 0.0);
        for (var round = 0; round < options.Rounds; round++)
        {
            var backup = await pair.Backup("tree");
            (seconds, processor) = (seconds + backup.Seconds, processor + backup.Processor);
        }
        say(FormattableString.Invariant(
            $"{title}: {options.Rounds * 4.0 * options.LargeBytes / 1e6 / seconds:F0} MB/s, {processor / seconds:F1} processors"));
        var readings = new[] { await pair.Client.Pulse(), await pair.Store.Pulse() };
        say(Sentence("the client asks the store", readings[0]));
        say(Sentence("the store asks the client", readings[1]));
        return readings.All(reading => reading is { Unreachable: 0, Answers: > 0, GapMs: <= GapMsMax });
    }
}

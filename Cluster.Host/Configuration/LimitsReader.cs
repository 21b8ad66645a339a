namespace Backup.Host.Configuration;

/// <summary>Reads what limits the actors: <c>backup.job</c>, <c>.storage</c> and <c>.client</c>.</summary>
internal static class LimitsReader
{
    private const int ChunksMax = 4096;

    // Shorter delays would spin, and a test has no reason for them: its clock is not the real one.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static JobSettings ReadJob(SettingsSection section)
    {
        var job = new JobSettings(
            section.Duration("ask-again-after", Tick, Hour), section.Duration("progress-interval", Tick, Hour));
        section.RefuseOtherKeys();
        return job;
    }

    public static StorageSettings ReadStorage(SettingsSection section)
    {
        var storage = new StorageSettings(
            section.Duration("outbox-retry-delay", Tick, Hour), section.Number("chunks-in-flight", 1, ChunksMax));
        section.RefuseOtherKeys();
        return storage;
    }

    public static ClientWorkSettings ReadClient(SettingsSection section)
    {
        var client = new ClientWorkSettings(
            section.Number("jobs-max", 1, 1000), section.Number("compressors", 0, 1024));
        section.RefuseOtherKeys();
        return client;
    }
}

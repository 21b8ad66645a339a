namespace Backup.Media.Tape;

/// <summary>Makes a writer as slow as a rate. Time in which nothing was written is not saved up.</summary>
internal sealed class WritePace(long bytesPerSecond, Action<TimeSpan> pause, TimeProvider clock)
{
    private long _readyAt = clock.GetTimestamp();

    public void After(int bytes)
    {
        var now = clock.GetTimestamp();
        _readyAt = Math.Max(_readyAt, now) + (long)((double)bytes / bytesPerSecond * clock.TimestampFrequency);
        pause(clock.GetElapsedTime(now, _readyAt));
    }
}

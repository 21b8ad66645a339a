namespace Backup.Persistence.Journal;

/// <summary>Something that has happened to a job, as its saga's journal keeps it. The family only grows; see <see cref="JournalCodec"/>.</summary>
public interface IJobEvent
{
    /// <summary>When it happened, by the saga's clock.</summary>
    DateTimeOffset At { get; }
}

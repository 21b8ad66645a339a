namespace Backup.Persistence.Journal;

/// <summary>
/// A journal holds what this program cannot have written, or cannot follow. Recovery of that one entity fails.
/// </summary>
/// <param name="message">What was found.</param>
/// <param name="cause">The reader's own exception, where there is one.</param>
public sealed class JournalCorruptException(string message, Exception? cause = null) : Exception(message, cause);

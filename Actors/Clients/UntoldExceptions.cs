using System.Collections.Concurrent;
using Backup.Messages.Files;

namespace Backup.Actors.Clients;

/// <summary>
/// Exceptions on their way from the thread that met them to the session that tells them; counted as they come. The end
/// of a session, good or bad, tells what is left: otherwise nobody would name it.
/// </summary>
/// <param name="onFirst">Told of one where none waits; on the thread that met it.</param>
internal sealed class UntoldExceptions(Action onFirst)
{
    private const int AtOnce = 500;
    private readonly ConcurrentQueue<FileException> _untold = new();

    /// <summary>All that came.</summary>
    public ExceptionTally Tally { get; } = new();

    /// <summary>Takes one; from one thread at a time.</summary>
    public void Add(FileException exception)
    {
        Tally.Add(exception);
        var isFirst = _untold.IsEmpty;
        _untold.Enqueue(exception);
        if (isFirst) onFirst();
    }

    /// <summary>Tells as many as one message holds.</summary>
    /// <returns>True when there are more.</returns>
    public bool TellSome(Action<IReadOnlyList<FileException>> tell)
    {
        var batch = new List<FileException>();
        while (batch.Count < AtOnce && _untold.TryDequeue(out var exception)) batch.Add(exception);
        if (batch.Count > 0) tell(batch);
        return !_untold.IsEmpty;
    }

    /// <summary>Tells all.</summary>
    public void TellAll(Action<IReadOnlyList<FileException>> tell)
    {
        while (TellSome(tell))
        {
        }
    }
}

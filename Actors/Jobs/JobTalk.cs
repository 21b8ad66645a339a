using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Jobs;

/// <summary>
/// The newest message of each party of a job: where nothing moves, who spoke last and what he was told last say where
/// to look (acceptance S1-23). As the saga knows it; a new one begins without.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class JobTalk(IScheduler clock)
{
    private const string Director = "director";
    private readonly Dictionary<string, (string Message, DateTimeOffset At)> _newest = [];

    /// <summary>A party's message came; what is nobody's report is none.</summary>
    public void Heard(object message)
    {
        if (message is ClientProtocol.IReport) Note("client", message);
        if (message is StorageProtocol.IReport) Note("storage", message);
        // An outbox says so when the catalog has it
        if (message is StorageProtocol.FragmentClosed) Note("catalog", message);
    }

    /// <summary>An order or a question goes out.</summary>
    /// <returns>The same.</returns>
    public T Told<T>(T order)
        where T : IWireMessage
    {
        Note(Director, order);
        return order;
    }

    /// <summary>A new attempt begins: what was said before is of the old one.</summary>
    public void Forget() => _newest.Clear();

    /// <summary>The part with its newest message; of the director, that which it sent.</summary>
    public JobPart With(JobPart part) => _newest.TryGetValue(part.Part, out var newest)
        ? part with { Message = newest.Message, MessageAt = newest.At } : part;

    private void Note(string party, object message)
    {
        var type = message.GetType();
        _newest[party] = ($"{type.DeclaringType?.Name}.{type.Name}", clock.Now);
    }
}

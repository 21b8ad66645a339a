using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Storage;

namespace Backup.Actors.Node;

/// <summary>
/// The items that an attempt has named, numbered from 0: a report that was on its way to a director that died is told
/// again when the job asks.
/// </summary>
/// <param name="keeps">False where they are recorded in another way, and numbered only.</param>
internal sealed class ToldItems(bool keeps)
{
    /// <summary>Some tens of MB; behind so many the oldest go, which are most likely recorded.</summary>
    private const int KeptMax = 100_000;

    private const int AtOnce = 500;

    private readonly Queue<FileException> _kept = new();
    private long _told;

    /// <summary>A report as it goes out.</summary>
    public IAttemptMessage Number(IAttemptMessage said) => said switch
    {
        ClientProtocol.Excepted report => report with { First = Take(report.Exceptions) },
        StorageProtocol.Excepted report => report with { First = Take(report.Exceptions) },
        _ => said,
    };

    /// <summary>What a question asks to be told again.</summary>
    public IEnumerable<IAttemptMessage> Again(IAttemptMessage query) => query switch
    {
        ClientProtocol.Query { ItemsFrom: { } from } of => From(from).Select(part =>
            new ClientProtocol.Excepted(of.Job, of.Epoch, part.Items, part.First)),
        StorageProtocol.Query { ItemsFrom: { } from } of => From(from).Select(part =>
            new StorageProtocol.Excepted(of.Job, of.Epoch, part.Items, part.First)),
        _ => [],
    };

    private long Take(IReadOnlyList<FileException> items)
    {
        var first = _told;
        _told += items.Count;
        if (!keeps) return first;
        foreach (var item in items) _kept.Enqueue(item);
        while (_kept.Count > KeptMax) _kept.Dequeue();
        return first;
    }

    private IEnumerable<(long First, IReadOnlyList<FileException> Items)> From(long number)
    {
        var oldest = _told - _kept.Count;
        var first = Math.Max(number, oldest);
        foreach (var items in _kept.Skip((int)Math.Min(first - oldest, _kept.Count)).Chunk(AtOnce))
        {
            yield return (first, items);
            first += items.Length;
        }
    }
}

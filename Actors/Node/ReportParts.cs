using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Serialization;
using Backup.Messages.Storage;

namespace Backup.Actors.Node;

/// <summary>
/// Reports that name items are as long as the items' names; those that a message would not hold go in several.
/// </summary>
internal static class ReportParts
{
    /// <summary>Bytes of names and sentences in one; a message holds several times as much.</summary>
    public const int BytesMax = MessagesSerializer.BytesMax / 4;

    /// <summary>The parts in order; any other report is its own only part.</summary>
    public static IEnumerable<IAttemptMessage> Of(IAttemptMessage report) => report switch
    {
        ClientProtocol.Excepted excepted => Cut(excepted.Exceptions)
            .Select(part => excepted with { Exceptions = part.Items, First = excepted.First + part.At }),
        StorageProtocol.Excepted excepted => Cut(excepted.Exceptions)
            .Select(part => excepted with { Exceptions = part.Items, First = excepted.First + part.At }),
        _ => [report],
    };

    private static IEnumerable<(int At, IReadOnlyList<FileException> Items)> Cut(IReadOnlyList<FileException> all)
    {
        var part = new List<FileException>();
        var (at, bytes) = (0, 0);
        foreach (var one in all)
        {
            var size = one.Path.Length + (one.Detail.Length * sizeof(char)) + one.Operation.Length;
            if (part.Count > 0 && bytes + size > BytesMax)
            {
                yield return (at, part);
                (at, part, bytes) = (at + part.Count, [], 0);
            }
            part.Add(one);
            bytes += size;
        }
        yield return (at, part);
    }
}

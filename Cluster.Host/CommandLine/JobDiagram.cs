using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>
/// A job's parties in the direction in which data flows, with what passes between them: the diagram to look at when it
/// is slow or stands still (acceptance S1-23).
/// </summary>
internal static class JobDiagram
{
    /// <summary>What a part may be silent before it is said.</summary>
    private static readonly TimeSpan SilenceMin = TimeSpan.FromSeconds(15);

    /// <summary>
    /// As "client web1 (node two, transferring, said Advanced 0:01 ago) --12.7 MiB/s--> drive tapes/0 (node one) -->
    /// catalog", and behind it who directs, and what that sent last.
    /// </summary>
    public static string Of(JobKind kind, IReadOnlyList<JobPart> parts)
    {
        var director = parts.FirstOrDefault(part => part.Part == "director");
        var flow = parts.Where(part => part != director).ToList();
        if (kind == JobKind.Restore) flow.Reverse();
        var drawn = "";
        foreach (var (part, next) in flow.Zip(flow.Skip(1).Append(null)))
            drawn += Box(part, director?.HeardAt) + (next is null ? "" : Arrow(part));
        return director is null
            ? drawn
            : $"{drawn}, directed by node {director.Node} ("
                .TrimStart(',', ' ') + Inside([director.Doing, Message(director, "sent", director.HeardAt)]) + ")";
    }

    private static string Arrow(JobPart from) =>
        from.BytesPerSecond is { } rate ? $" --{Quantity.Bytes(rate)}/s--> " : " --> ";

    private static string Box(JobPart part, DateTimeOffset? now)
    {
        var what = part.Part switch
        {
            "client" => $"client {part.Name}",
            "storage" => $"drive {part.Name}",
            _ => part.Part,
        };
        return $"{what} ({Inside([
            part.Part == "catalog" ? null : $"node {part.Node ?? "not connected"}", part.Doing, part.At,
            Message(part, part.Part == "catalog" ? "took" : "said", now),
            now - part.HeardAt is { } silence && silence > SilenceMin ? $"silent for {Quantity.Time(silence)}" : null,
        ])})";
    }

    /// <summary>The newest message, without the protocol's name before it.</summary>
    private static string? Message(JobPart part, string did, DateTimeOffset? now) => part.Message is not { } message
        ? null
        : $"{did} {message[(message.LastIndexOf('.') + 1)..]}"
            + (now - part.MessageAt is { } ago ? $" {Quantity.Time(ago)} ago" : "");

    private static string Inside(IEnumerable<string?> words) => string.Join(", ", words.OfType<string>());
}

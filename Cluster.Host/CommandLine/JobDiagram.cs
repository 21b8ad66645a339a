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
    /// As "client web1 (node two, transferring) --12.7 MiB/s--> drive tapes/0 (node one) --> catalog", and behind it
    /// who directs.
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
            : $"{drawn}, directed by node {director.Node} ({director.Doing})".TrimStart(',', ' ');
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
        string[] inside =
        [
            .. part.Part == "catalog" ? Array.Empty<string>() : [$"node {part.Node ?? "not connected"}"], part.Doing,
            .. part.At is { } at ? [at] : Array.Empty<string>(),
            .. now - part.HeardAt is { } silence && silence > SilenceMin
                ? [$"silent for {Quantity.Time(silence)}"] : Array.Empty<string>(),
        ];
        return $"{what} ({string.Join(", ", inside)})";
    }
}

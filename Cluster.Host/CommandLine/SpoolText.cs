using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>Spools for people.</summary>
internal static class SpoolText
{
    /// <summary>How a spool is, a line for each thing that can be said of it.</summary>
    public static IEnumerable<string> Lines(SpoolState spool)
    {
        yield return $"Spool of {spool.Library}: {Fill(spool)}; {Waiting(spool)}";
        if (spool.IsDegraded)
            yield return $"  no drive of {spool.Library} can be written: {spool.ReservePercent} % of the spool is kept "
                + "for incrementals";
        foreach (var leaving in spool.Leaving)
            yield return $"  job {leaving.Job} takes image {FileText.Short(leaving.Image)} to a volume of pool "
                + $"{leaving.Pool}";
    }

    /// <summary>What of an image lies on a spool.</summary>
    public static string Of(SpooledFragments spooled) =>
        $"{Quantity.Count(spooled.Fragments, "fragment")} on {string.Join(", ", spooled.Volumes)}, until a volume of "
            + $"pool {spooled.Pool} has {(spooled.Fragments == 1 ? "it" : "them")}";

    private static string Fill(SpoolState spool) => (spool.UsedBytes, spool.SizeBytes, spool.FreeBytes) switch
    {
        (null, _, _) => "its node does not say what it holds",
        ({ } used, { } size, _) =>
            $"{Quantity.Bytes(used)} of {Quantity.Bytes(size)} used ({Quantity.Count((long)(100.0 * used / size))} %)",
        ({ } used, null, { } free) => $"{Quantity.Bytes(used)} used, its disk takes {Quantity.Bytes(free)} more",
        ({ } used, null, null) => $"{Quantity.Bytes(used)} used",
    };

    private static string Waiting(SpoolState spool) => spool.Images == 0 ? "nothing waits"
        : $"{Quantity.Count(spool.Images, "image")} ({Quantity.Count(spool.Fragments, "fragment")}, "
            + $"{Quantity.Bytes(spool.Bytes)}) {(spool.Images == 1 ? "waits" : "wait")} for a volume";
}

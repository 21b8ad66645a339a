using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What a restore would do, for people.</summary>
internal static class PlanText
{
    public static void Print(Screen screen, RestorePlan plan)
    {
        var kinds = string.Join(", ", plan.Files.OrderByDescending(each => each.Value)
            .Select(each => $"{Quantity.Count(each.Value)} {each.Key}"));
        screen.Line($"Nothing was written. The restore of image {FileText.Short(plan.Image)} would:");
        screen.Line(
            "  write      "
                + $"{Quantity.Count(plan.Files.Values.Sum(), "item")}{(kinds.Length > 0 ? $" ({kinds})" : "")}, "
                + $"{Quantity.Bytes(plan.Bytes)}");
        screen.Line($"  below      {plan.Target}");
        screen.Line(
            $"  read       {Quantity.Bytes(plan.ReadBytes)} from "
                + $"{(plan.Volumes.Count == 0 ? "no volume" : string.Join(", ", plan.Volumes))}");
        screen.Line(plan is { Existing: { } existing, WouldReplace: { } replaced }
            ? $"  existing   {Quantity.Count(existing, "item")}, of which it would replace {Quantity.Count(replaced)}"
            : "  existing   not known: the client is on another node");
        if (plan.Deletes is { } deletes) Print(screen, deletes);
    }

    private static void Print(Screen screen, PlannedDeletion deletes)
    {
        screen.Line(
            $"  delete     {Quantity.Count(deletes.Items, "item")}"
                + (deletes.Kept > 0 ? $", and keep {Quantity.Count(deletes.Kept)} that would not have been saved" : "")
                + (deletes.IsMost ? "; more than half of what is there: that needs --delete=all" : ""));
        foreach (var path in deletes.First) screen.Line($"             {path}");
    }
}

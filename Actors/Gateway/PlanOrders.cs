using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Which orders of an operator still stand.</summary>
internal static class PlanOrders
{
    /// <summary>Images behind an order that are looked at: more than anybody makes without recording one.</summary>
    public const int ImagesMax = 100;

    /// <summary>What is still to be done; <see cref="PlanOrder.None"/>: nothing, or a backup has done it.</summary>
    /// <param name="order">The order; null: there is none.</param>
    /// <param name="images">Sealed images of the client and file set, newest first.</param>
    public static PlanOrder Standing(PlanOrderRecord? order, IEnumerable<ImageRecord> images) =>
        order is null || images.Any(image => image.Opened.Recorded && image.Opened.Since > order.At
            && Does(image.Opened.Level, order.What))
            ? PlanOrder.None : order.What;

    /// <summary>A full does all that may be ordered: behind it there is nothing to raise.</summary>
    private static bool Does(int level, PlanOrder order) => order switch
    {
        PlanOrder.ForceFull => level == 0,
        PlanOrder.ForceLevelOne => level <= 1,
        _ => true,
    };
}

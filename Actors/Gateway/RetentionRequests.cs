using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What people say about what is kept.</summary>
internal static class RetentionRequests
{
    private const int TextMax = 200;
    private const int ImagesMax = 1_000_000;

    private static readonly TimeSpan RunWithin = TimeSpan.FromMinutes(10);

    /// <summary>What it would do.</summary>
    public static IReply Show(GatewaySetup setup, ShowRetention show)
    {
        var grace = setup.Grace?.Invoke() ?? RetentionTerms.Usual.Grace;
        var pools = setup.PoolRules();
        return new RetentionQueries(
            setup.Store, setup.Policies(), pools, setup.Clock.Now, TimeZoneInfo.Local, grace).Show(show);
    }

    /// <summary>Has the keeper of all directors run it.</summary>
    public static async Task<IReply> Run(GatewaySetup setup, RunRetention run)
    {
        if (setup.Retention is not { } keeper)
            return new Refused(
                RefusalCode.Unavailable, "This node runs one job alone. Retention is run by `backup node`.");
        try
        {
            return await keeper.Ask<IReply>(run, RunWithin).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new Refused(
                RefusalCode.Unavailable, "Retention is still at work. What it does stands in the log of its director.");
        }
    }

    /// <summary>Holds, tags or reprieves.</summary>
    public static async Task<IReply> Mark(GatewaySetup setup, MarkImage mark)
    {
        if (BadText(mark) is { } bad) return bad;
        IReadOnlyList<ImageId> images;
        if (mark is { Change: ImageChange.Undo, Image: "all" })
        {
            if (!Condemned(setup.Store).Is(out images!, out var unread)) return CatalogQueries.Unavailable(unread);
        }
        else
        {
            if (new CatalogQueries(setup.Store, setup.Policies()).Find(mark.Image, out var image) is { } unknown)
                return unknown;
            if (image!.State == ImageState.Purged)
                return new Refused(
                    RefusalCode.Conflict, $"Image {image.Opened.Image} was removed at {image.PurgedAt:u}.");
            if (mark.Change == ImageChange.Release && IsLegal(setup.Store, image.Opened.Image))
                return new Refused(
                    RefusalCode.Conflict,
                    $"Image {image.Opened.Image} has a legal hold. Whoever may release it says so: "
                        + $"`backup unhold {mark.Image} --legal`.");
            images = [image.Opened.Image];
        }
        var at = setup.Clock.Now;
        var done = await setup.Catalog.Write(store => Do(store, mark, images, at)).ConfigureAwait(false);
        return done.Failure is { } failure ? CatalogQueries.Unavailable(failure) : new ImageMarked(images, mark.Change);
    }

    private static CatalogAnswer<Recorded> Do(
        CatalogStore store, MarkImage mark, IReadOnlyList<ImageId> images, DateTimeOffset at)
    {
        if (mark.Change == ImageChange.Undo)
            return store.Retention.Reprieve(images).Is(out _, out var failure) ? Recorded.Now : failure;
        return mark.Change switch
        {
            ImageChange.Hold => Add(ImageMarkKind.Hold, "", mark.Text),
            ImageChange.LegalHold => Add(ImageMarkKind.LegalHold, "", mark.Text),
            ImageChange.Tag => Add(ImageMarkKind.Tag, mark.Text!, null),
            ImageChange.Release => store.Retention.Unmark(images[0], ImageMarkKind.Hold, ""),
            ImageChange.ReleaseLegal => store.Retention.Unmark(images[0], ImageMarkKind.LegalHold, ""),
            _ => store.Retention.Unmark(images[0], ImageMarkKind.Tag, mark.Text!),
        };

        CatalogAnswer<Recorded> Add(ImageMarkKind kind, string name, string? note) =>
            store.Retention.Mark(new ImageMark(images[0], kind, name, note, at));
    }

    private static CatalogAnswer<IReadOnlyList<ImageId>> Condemned(CatalogStore store)
    {
        var found = new List<ImageId>();
        foreach (var state in (ImageState[])[ImageState.Sealed, ImageState.Abandoned])
        {
            if (!store.Images.List(new ImageFilter(State: state), ImagesMax).Is(out var images, out var failure))
                return failure;
            found.AddRange(images.Where(image => image.CondemnedAt is not null).Select(image => image.Opened.Image));
        }
        if (!store.Expiry.List().Is(out var copies, out var unread)) return unread;
        found.AddRange(copies.Where(copy => copy.ExpiredAt is null).Select(copy => copy.Copy.Image));
        return CatalogAnswer<IReadOnlyList<ImageId>>.Of([.. found.Distinct()]);
    }

    private static bool IsLegal(CatalogStore store, ImageId image) => store.Retention.Marks().Is(out var marks, out _)
        && marks.Any(mark => mark.Image == image && mark.Kind == ImageMarkKind.LegalHold);

    private static Refused? BadText(MarkImage mark)
    {
        var isTag = mark.Change is ImageChange.Tag or ImageChange.Untag;
        if (isTag && string.IsNullOrWhiteSpace(mark.Text))
            return new Refused(RefusalCode.BadRequest, "Expected a tag, found none.");
        return mark.Text?.Length > TextMax
            ? new Refused(
                RefusalCode.BadRequest, $"Expected at most {TextMax} characters, found {mark.Text.Length}.")
            : null;
    }
}

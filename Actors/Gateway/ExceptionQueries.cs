using System.Globalization;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Answers what exceptions a job had. All calls block.</summary>
/// <param name="store">The catalog, open at least for reading.</param>
internal sealed class ExceptionQueries(CatalogStore store)
{
    /// <summary>A page of a job's exceptions.</summary>
    /// <param name="request">Which.</param>
    public IReply List(ListExceptions request)
    {
        RecordedException? after = null;
        if (request.After is { } number && (after = PlaceOf(number)) is null)
            return new Refused(
                RefusalCode.BadRequest, $"Expected the number of an exception in a list, found \"{number}\".");
        if (!store.Jobs.Get(request.Job).Is(out _, out var failure)) return CatalogQueries.Unavailable(failure);
        var limit = Math.Clamp(request.Limit, 1, 10_000);
        if (!store.Jobs.Exceptions(request.Job, after, limit).Is(out var found, out failure))
            return CatalogQueries.Unavailable(failure);
        return new ExceptionList(
            [.. found.Select(each => new JobException(
                NumberOf(each), ExceptionText.Code(each.Exception.Kind), ExceptionText.Sentence(each.Exception)))],
            found.Count < limit ? null : NumberOf(found[^1]));
    }

    private static string NumberOf(RecordedException exception) => string.Create(
        CultureInfo.InvariantCulture, $"{exception.Image}/{exception.Fragment}/{exception.Sequence}");

    private static RecordedException? PlaceOf(string number)
    {
        if (number.Split('/') is not [var image, var fragment, var sequence]) return null;
        ImageId found = default;
        if (image.Length > 0 && !ImageId.TryParse(image, out found)) return null;
        return int.TryParse(fragment, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var which)
            && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            ? new RecordedException(
                image.Length == 0 ? null : found, which, at, new FileException([], default, "", 0, ""))
            : null;
    }
}

using System.Globalization;
using System.Text;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Where the newest images lie on their volumes, as text for people and for `backup extract --bootstrap`: what is
/// needed when the catalog is gone. Layout: docs/formats/bootstrap.md.
/// </summary>
public static class BootstrapText
{
    private const int ImagesMax = 10_000;
    private const int FragmentsAtOnce = 100;

    /// <summary>
    /// The newest image of the catalog itself first, then the newest of each client and file set, each with all that it
    /// builds on.
    /// </summary>
    /// <param name="store">The catalog.</param>
    /// <param name="own">The policy of the catalog's own images; null: there is none.</param>
    /// <param name="now">The moment.</param>
    public static CatalogAnswer<string> Of(CatalogStore store, PolicyName? own, DateTimeOffset now)
    {
        var whole = new ImageFilter(State: ImageState.Sealed);
        if (!store.Images.List(whole, ImagesMax).Is(out var images, out var failure)) return failure;
        var known = images.ToDictionary(image => image.Opened.Image);
        var chosen = new List<ImageRecord>();
        foreach (var newest in images.OrderByDescending(image => image.Opened.Policy == own)
            .DistinctBy(image => (image.Opened.Client, image.Opened.FileSet)))
            for (var image = newest; image is not null && !chosen.Contains(image);)
            {
                chosen.Add(image);
                var (below, next) = (image.Opened.Base, default(ImageRecord));
                if (below is { } id && !known.TryGetValue(id, out next)
                    && !store.Images.Get(id).Is(out next, out failure) && failure is not CatalogFailure.Unknown)
                    return failure;
                image = next;
            }
        var text = new StringBuilder()
            .AppendLine("# Where the newest backups lie on their volumes, for the day on which the catalog is gone.")
            .AppendLine(CultureInfo.InvariantCulture, $"# Written {now.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}.")
            .AppendLine("# Of files:       backup extract --bootstrap THIS-FILE --list LIBRARY-DIRECTORY")
            .AppendLine("# Of the catalog: backup catalog restore --bootstrap THIS-FILE LIBRARY-DIRECTORY");
        foreach (var image in chosen)
            if (Add(text, store, image).Failure is { } unread) return unread;
        return text.ToString();
    }

    private static CatalogAnswer<Recorded> Add(StringBuilder text, CatalogStore store, ImageRecord image)
    {
        var places = new SortedDictionary<int, (VolumeName Volume, SortedSet<int> Fragments, SortedSet<int> Files)>();
        var numbers = new Dictionary<VolumeName, int>();
        for (var after = -1; ;)
        {
            if (!store.Images.Fragments(image.Opened.Image, after, FragmentsAtOnce).Is(out var page, out var failure))
                return failure;
            foreach (var fragment in page)
                foreach (var place in fragment.Parts.Select(part => part.Position).Append(fragment.Index))
                {
                    numbers.TryAdd(place.Volume, numbers.Count);
                    places.TryAdd(numbers[place.Volume], (place.Volume, [], []));
                    places[numbers[place.Volume]].Fragments.Add(fragment.Key.Fragment);
                    places[numbers[place.Volume]].Files.Add(place.TapeFile);
                }
            if (page.Count < FragmentsAtOnce) break;
            after = page[^1].Key.Fragment;
        }
        foreach (var (volume, fragments, files) in places.Values)
        {
            var (opened, since) = (image.Opened, image.Opened.Since.UtcDateTime);
            text.AppendLine()
                .AppendLine(CultureInfo.InvariantCulture, $"Image={opened.Image}")
                .AppendLine(CultureInfo.InvariantCulture, $"Job={opened.Job}")
                .AppendLine(CultureInfo.InvariantCulture, $"Client={opened.Client}")
                .AppendLine(CultureInfo.InvariantCulture, $"Policy={opened.Policy}")
                .AppendLine(CultureInfo.InvariantCulture, $"# level {opened.Level}, of {since:yyyy-MM-ddTHH:mm:ssZ}")
                .AppendLine(CultureInfo.InvariantCulture, $"Volume={volume}");
            if (store.Volumes.Get(volume).Is(out var record, out _))
                text.AppendLine(CultureInfo.InvariantCulture, $"VolumeId={record.Uuid.Value:N}");
            text.AppendLine(CultureInfo.InvariantCulture, $"Fragment={Ranges(fragments)}")
                .AppendLine(CultureInfo.InvariantCulture, $"TapeFile={Ranges(files)}");
        }
        return Recorded.Now;
    }

    /// <summary>As 1-4,7.</summary>
    private static string Ranges(SortedSet<int> numbers)
    {
        var text = new StringBuilder();
        int? first = null, last = null;
        foreach (var number in numbers)
        {
            if (last == number - 1)
            {
                last = number;
                continue;
            }
            Close();
            first = last = number;
        }
        Close();
        return text.ToString();

        void Close()
        {
            if (first is null) return;
            text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{first}");
            if (last > first) text.Append(CultureInfo.InvariantCulture, $"-{last}");
        }
    }
}

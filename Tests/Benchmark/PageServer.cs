using System.Diagnostics;
using System.Globalization;
using Backup.Actors.Gateway;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;

namespace Backup.Benchmark;

/// <summary>
/// A process that does nothing but ask a catalog, as a node's gateway does: its memory and its times are those of the
/// answers.
/// </summary>
internal static class PageServer
{
    public const string Mode = "pages-of-benchmark";
    private const int PageItems = 500;
    private const int Pages = 200;
    private const int WarmUp = 20;

    /// <summary>Asks, and prints a line for each thing asked.</summary>
    /// <param name="words">A folder with a catalog; then `diff`, two images; or `browse`, an image, its files and how
    /// many images there are.</param>
    public static int Run(string[] words)
    {
        using var store = SqliteCatalog.OpenReadOnly(words[0], TimeProvider.System).Value;
        var queries = new CatalogQueries(store, []);
        if (words[1] == "diff") Diff(queries, words[2], words[3]);
        else
            foreach (var (kind, ask) in Questions(words[2], Number(words[3]), Number(words[4])))
                Browse(queries, kind, ask);
        return 0;
    }

    private static void Diff(CatalogQueries queries, string from, string to)
    {
        var clock = Stopwatch.StartNew();
        var (count, request) = (0, new DiffImages(from, to));
        do
        {
            var page = (ImageDifferences)queries.Answer(request)!;
            count += page.Differences.Count;
            request = request with { After = page.Next };
        }
        while (request.After is not null);
        Say($"diff\t{count}\t{clock.Elapsed.TotalSeconds:F3}\t{NodeServer.PeakKib()}");
    }

    private static void Browse(CatalogQueries queries, string kind, Func<Random, ListFiles> ask)
    {
        var (random, times, items) = (new Random(5), new List<double>(), 0);
        for (var page = 0; page < WarmUp + Pages; page++)
        {
            var request = ask(random);
            var clock = Stopwatch.GetTimestamp();
            var answer = (FileList)queries.Answer(request)!;
            var taken = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
            if (page < WarmUp) continue; // compiled code is what is measured
            times.Add(taken);
            items += answer.Files.Count;
        }
        times.Sort();
        Say($"{kind}\t{items / Pages}\t{times[Pages / 2]:F1}\t{times[Pages * 99 / 100]:F1}\t{NodeServer.PeakKib()}");
    }

    private static IEnumerable<(string Kind, Func<Random, ListFiles> Ask)> Questions(
        string image, int files, int images)
    {
        var (tenth, narrow, groups) = (files / 10, files / 10 / 200, files / 10 * 8 / 100_000);
        yield return ("a folder of many files", random => Page(
            image, "flat", $"/flat/file-{random.Next(tenth):00000000}.dat"));
        yield return ("a folder of many small folders", random => Page(
            image, "narrow", $"/narrow/n{random.Next(narrow):00000000}"));
        yield return ("the same with their sizes", random => Page(
            image, "narrow", $"/narrow/n{random.Next(narrow):00000000}") with
        {
            Sizes = true,
        });
        yield return ("a folder of 100 folders of 1,000 files", random => Page(
            image, Name($"tree/g{random.Next(groups):00000}")));
        yield return ("the same with their sizes", random => Page(
            image, Name($"tree/g{random.Next(groups):00000}")) with
        {
            Sizes = true,
        });
        yield return ("all folders with their sizes", _ => Page(image, "") with
        {
            Sizes = true,
        });
        yield return ("a folder of 1,000 files as of a moment", random =>
        {
            var directory = random.Next(groups * 100);
            return Page("latest", Name($"tree/g{directory / 100:00000}/d{directory:00000000}")) with
            {
                Client = Manifests.Client,
                FileSet = Manifests.Set,
                AsOf = Manifests.Since(random.Next(images)).AddMinutes(random.Next(60)),
            };
        }
        );
    }

    private static ListFiles Page(string image, string path, FormattableString? after = null) =>
        new(image, path, after is null ? null : Name(after), PageItems);

    private static string Name(FormattableString path) => path.ToString(CultureInfo.InvariantCulture);

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}

using Backup.Actors.Gateway;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class FileQueriesSpecs : IDisposable
{
    private readonly SqliteFixture _catalog = new();

    public void Dispose() => _catalog.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void A_listing_gives_a_directorys_children_in_order_whatever_the_size_of_a_page(int limit)
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed: 1);
        var directories = manifest.Directories.Where((_, at) => at % 40 == 0)
            .Append(FilePath.Root).Concat(limit == 1 ? [] : [FilePath.FromText("many")]);

        foreach (var directory in directories)
        {
            var children = manifest.Entries.Where(entry => entry.Path.Parent == directory)
                .Select(entry => "/" + entry.Path);

            Assert.Equal(children, List(manifest, directory, limit, recursive: false));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(211)]
    [InlineData(10_000)]
    public void A_recursive_listing_gives_all_below(int limit)
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed: 2);
        var directories = limit == 3 ? manifest.Directories.Take(3) : [.. manifest.Directories.Take(3), FilePath.Root];

        foreach (var directory in directories)
        {
            var below = manifest.Entries.Where(entry => entry.Path.IsWithin(directory))
                .Select(entry => "/" + entry.Path);

            Assert.Equal(below, List(manifest, directory, limit, recursive: true));
        }
    }

    /// <summary>Nothing above the roots is in a manifest, and each root fills several blocks.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Above_the_roots_a_listing_gives_the_roots(int blockEntries)
    {
        var entries = new List<FileEntry>();
        foreach (var root in (string[])["a/b/r1", "a/c/r2", "d"])
        {
            entries.Add(ManifestSample.Directory(FilePath.FromText(root)));
            for (var file = 10; file < 40; file++) entries.Add(ManifestSample.File(FilePath.FromText($"{root}/{file}")));
        }
        var manifest = ManifestSample.Of(_catalog.Store, entries, blockEntries, new Random(0));

        foreach (var limit in (int[])[1, 2, 100])
        {
            Assert.Equal(["/a/b/r1", "/a/c/r2", "/d"], List(manifest, FilePath.Root, limit, recursive: false));
            Assert.Equal(["/a/b/r1", "/a/c/r2"], List(manifest, FilePath.FromText("a"), limit, recursive: false));
            Assert.Equal(["/a/c/r2"], List(manifest, FilePath.FromText("a/c"), limit, recursive: false));
        }
        Assert.Equal(30, List(manifest, FilePath.FromText("a/c/r2"), 100, recursive: false).Count());
    }

    [Fact]
    public void A_file_lists_itself_and_what_is_not_there_is_refused()
    {
        var manifest = ManifestSample.Of(
            _catalog.Store,
            [ManifestSample.Directory(FilePath.FromText("etc")), ManifestSample.File(FilePath.FromText("etc/hosts"))],
            1, new Random(0));
        var queries = new FileQueries(_catalog.Store);

        var one = Assert.IsType<FileList>(queries.List(new ListFiles(manifest.Image.ToString(), "/etc/hosts")));
        var none = Assert.IsType<Refused>(queries.List(new ListFiles(manifest.Image.ToString(), "/etc/shadow")));

        Assert.Equal("/etc/hosts", Assert.Single(one.Files).Path);
        Assert.Equal(RefusalCode.NotFound, none.Code);
        Assert.Contains("/etc/shadow", none.Sentence);
    }

    [Fact]
    public void Names_are_found_as_people_write_them()
    {
        var manifest = ManifestSample.Of(
            _catalog.Store,
            [
                ManifestSample.Directory(FilePath.FromText("etc")), ManifestSample.File(FilePath.FromText("etc/hosts")),
                ManifestSample.File(FilePath.FromText("etc/hosts.allow")),
                ManifestSample.File(FilePath.FromText("etc/passwd")),
            ],
            2,
            new Random(0));
        var queries = new FileQueries(_catalog.Store);

        var found = Assert.IsType<FoundFiles>(queries.Find(new FindFiles("hosts", manifest.Image.ToString())));
        var cut = Assert.IsType<FoundFiles>(queries.Find(new FindFiles("hosts", manifest.Image.ToString(), Limit: 1)));

        Assert.Equal(["/etc/hosts", "/etc/hosts.allow"], found.Files.Select(file => file.File.Path));
        Assert.False(found.More);
        Assert.True(cut.More);
        Assert.IsType<Refused>(queries.Find(new FindFiles("", manifest.Image.ToString())));
        Assert.IsType<Refused>(queries.Find(new FindFiles(
            "hosts", manifest.Image.ToString(), Client: new ClientName("web1"))));
        Assert.Empty(Assert.IsType<FoundFiles>(
            queries.Find(new FindFiles("hosts", Client: new ClientName("another")))).Files);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_listing_says_what_lies_below_each_directory(int seed)
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed);

        foreach (var directory in manifest.Directories.Append(FilePath.Root).Where((_, number) => number % 7 == seed))
            CheckSizes(manifest, directory, limit: 3);
        CheckSizes(manifest, FilePath.Root, limit: 1000);
    }

    [Fact]
    public void A_listing_passes_over_trees_of_many_blocks()
    {
        var big = FilePath.FromText("srv/big");
        var manifest = ManifestSample.Of(
            _catalog.Store,
            [
                .. ((string[])["srv", "srv/big", "srv/big/x"]).Select(path => ManifestSample.Directory(FilePath.FromText(path))),
                .. Enumerable.Range(0, 3000).Select(number => ManifestSample.File(FilePath.FromText($"srv/big/x/{number}"))),
                ManifestSample.File(FilePath.FromText("srv/big.txt")),
                ManifestSample.File(FilePath.FromText("srv/zoo")),
            ],
            4,
            new Random(11));

        CheckSizes(manifest, FilePath.FromText("srv"), limit: 1);
        CheckSizes(manifest, FilePath.FromText("srv"), limit: 10);
        CheckSizes(manifest, big, limit: 10);
        Assert.Equal(["/srv/big", "/srv/big.txt", "/srv/zoo"], List(manifest, FilePath.FromText("srv"), 10, false));
    }

    private static void CheckSizes(ManifestSample manifest, FilePath directory, int limit)
    {
        var expected = manifest.Entries.Where(entry => !entry.Path.IsRoot && entry.Path.Parent == directory)
            .Select(entry => entry.Kind != FileKind.Directory
                ? ("/" + entry.Path, (long?)null, (long?)null)
                : ("/" + entry.Path,
                    manifest.Entries.Count(one => one.Path.IsWithin(entry.Path) && one.Path != entry.Path),
                    manifest.Entries.Where(one => one.Path.IsWithin(entry.Path)).Sum(one => one.Size)));
        var listed = new List<ListedFile>();
        for (var request = new ListFiles(manifest.Image.ToString(), "/" + directory, null, limit, Sizes: true); ;)
        {
            var page = Assert.IsType<FileList>(new FileQueries(manifest.Store).List(request));
            listed.AddRange(page.Files);
            if (page.Next is null) break;
            request = request with { After = page.Next };
        }

        Assert.Equal(expected, listed.Select(file => (file.Path, file.ItemsBelow, file.BytesBelow)));
    }

    private static List<string> List(ManifestSample manifest, FilePath directory, int limit, bool recursive)
    {
        var listed = new List<string>();
        string? after = null;
        for (var pages = 0; pages < 20_000; pages++)
        {
            var page = Assert.IsType<FileList>(
                new FileQueries(manifest.Store)
                    .List(new ListFiles(manifest.Image.ToString(), "/" + directory, after, limit, recursive)));
            Assert.InRange(page.Files.Count, 0, limit);
            listed.AddRange(page.Files.Select(file => file.Path));
            if (page.Next is null) return listed;
            after = page.Next;
        }
        throw new InvalidOperationException("The listing does not end.");
    }
}

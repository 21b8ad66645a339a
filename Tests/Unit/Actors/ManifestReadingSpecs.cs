using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class ManifestReadingSpecs : ActorKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly SqliteFixture _catalog = new();
    private readonly IActorRef _actor;

    public ManifestReadingSpecs()
        : base(
            "backup.catalog-dispatcher { type = PinnedDispatcher, "
                + "executor = thread-pool-executor }") =>
        _actor = Sys.ActorOf(CatalogActor.Props(_catalog.Store));

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }

    [Fact]
    public async Task The_whole_manifest_comes_in_order()
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed: 3);

        Assert.Equal(manifest.Entries.Select(entry => entry.Path), await Read(manifest));
    }

    [Fact]
    public async Task Any_selection_of_paths_gives_each_entry_once_and_in_order()
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed: 4);
        var random = new Random(4);
        for (var round = 0; round < 40; round++)
        {
            // Neighbours, paths within each other, the same twice, and paths that are not there.
            var paths = Enumerable.Range(0, 1 + random.Next(5)).Select(_ => random.Next(6) switch
            {
                0 => FilePath.FromText("not/there"),
                1 => FilePath.FromText("zzzz"),
                _ => manifest.Entries[random.Next(manifest.Entries.Count)].Path,
            }).ToList();
            if (round % 5 == 0) paths.Add(paths[0]);
            if (round % 7 == 0) paths.Add(paths[^1].Parent);

            var expected = manifest.Entries.Select(entry => entry.Path).Where(path => paths.Exists(path.IsWithin));

            Assert.Equal(expected, await Read(manifest, [.. paths]));
        }
    }

    [Fact]
    public async Task Thousands_of_paths_give_each_entry_once_and_in_order()
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed: 5);
        var random = new Random(5);
        var paths = manifest.Entries.Select(entry => entry.Path).Where(_ => random.Next(3) > 0)
            .OrderBy(_ => random.Next()).ToArray();
        Assert.True(paths.Length > 1000);

        var expected = manifest.Entries.Select(entry => entry.Path).Where(path => Array.Exists(paths, path.IsWithin));

        Assert.Equal(expected, await Read(manifest, paths));
    }

    [Fact]
    public void Each_path_is_looked_up_at_most_once_however_many_pages_there_are()
    {
        var manifest = ManifestSample.Random(_catalog.Store, seed: 6);
        var paths = manifest.Entries.Where(entry => entry.Kind != FileKind.Directory)
            .Select(entry => entry.Path.ToArray()).ToList();
        var (lookUps, reads, pages) = (0, 0, 0);
        var counted = new ManifestBlocks(
            (image, after, max) => { reads++; return _catalog.Store.Manifests.Read(image, after, max); },
            (image, path, max) => { lookUps++; return _catalog.Store.Manifests.ReadFrom(image, path, max); });
        var blocks = new List<byte[]>();

        for (long? next = 0; next is { } from; pages++)
        {
            Assert.True(ManifestReading.Page(counted, new(manifest.Image, from, paths)).Is(out var page, out _));
            blocks.AddRange(page.Blocks);
            next = page.Next;
        }

        Assert.True(_catalog.Store.Manifests.Read(manifest.Image, -1, int.MaxValue).Is(out var all, out _));
        var sent = blocks.Select(Convert.ToHexString).ToHashSet();
        // Each once, in order
        Assert.Equal(all.Select(block => Convert.ToHexString(block.Data))
            .Where(sent.Contains), blocks.Select(Convert.ToHexString));
        Assert.True(paths.Count > 1000);
        // Neighbours lie in the blocks at hand: what is asked for grows with the blocks, not with the paths.
        Assert.InRange(lookUps + reads, all.Count / ManifestReading.BlocksAtOnce, all.Count + (2 * pages));
        Assert.InRange(pages, 1, all.Count);
    }

    [Fact]
    public void A_selection_is_of_whole_components()
    {
        var selection = new PathSelection([FilePath.FromText("srv/data").ToArray()]);

        Assert.True(selection.Contains(FilePath.FromText("srv/data")));
        Assert.True(selection.Contains(FilePath.FromText("srv/data/a")));
        Assert.False(selection.Contains(FilePath.FromText("srv/data2")));
        Assert.False(selection.Contains(FilePath.FromText("srv")));
        Assert.True(new PathSelection([]).Contains(FilePath.FromText("anything")));
    }

    [Fact]
    public async Task The_first_selected_name_of_a_hard_link_brings_the_content()
    {
        var manifest = Linked();

        var read = await Promoted(manifest, "b");

        Assert.Equal(["b", "b/link1", "b/link2"], read.Select(entry => entry.Path.ToString()));
        Assert.Equal([FileKind.Directory, FileKind.Regular, FileKind.HardLink], read.Select(entry => entry.Kind));
        Assert.Equal(
            manifest.Entries.Single(entry => entry.Path == FilePath.FromText("a/first")).Position, read[1].Position);
        Assert.Equal("b/link1"u8.ToArray(), read[2].LinkTarget);
    }

    [Fact]
    public async Task With_its_first_name_selected_a_link_stays_as_it_is()
    {
        var read = await Promoted(Linked(), "a", "b");

        Assert.Equal(
            [FileKind.Directory, FileKind.Regular, FileKind.Directory, FileKind.HardLink, FileKind.HardLink],
            read.Select(entry => entry.Kind));
        Assert.Equal("a/first"u8.ToArray(), read[^1].LinkTarget);
    }

    private ManifestSample Linked() => ManifestSample.Of(
        _catalog.Store,
        [
            ManifestSample.Directory(FilePath.FromText("a")), ManifestSample.File(FilePath.FromText("a/first")),
            ManifestSample.Directory(FilePath.FromText("b")), Link("b/link1"), Link("b/link2"),
        ],
        1,
        new Random(0));

    private static FileEntry Link(string path) => new()
    {
        Path = FilePath.FromText(path),
        Kind = FileKind.HardLink,
        LinkTarget = "a/first"u8.ToArray(),
        LinkCount = 3,
    };

    [Fact]
    public async Task A_link_whose_first_name_is_stripped_away_brings_the_content()
    {
        var manifest = ManifestSample.Of(
            _catalog.Store,
            [
                ManifestSample.Directory(FilePath.FromText("a")), ManifestSample.File(FilePath.FromText("a/first")),
                ManifestSample.Directory(FilePath.FromText("b")), ManifestSample.Directory(FilePath.FromText("b/in")),
                Link("b/in/link1"), Link("b/in/link2"),
            ],
            1,
            new Random(0));

        var read = await Promoted(manifest, strip: 2, prefix: "to");

        Assert.Equal(["to/link1", "to/link2"], read.Select(entry => entry.Path.ToString()));
        Assert.Equal([FileKind.Regular, FileKind.HardLink], read.Select(entry => entry.Kind));
        Assert.Equal(5, read[0].Position.Length);
        Assert.Equal("to/link1"u8.ToArray(), read[1].LinkTarget);
    }

    [Fact]
    public async Task A_further_name_with_content_keeps_it_when_the_first_one_is_stripped_away()
    {
        var own = ManifestSample.File(FilePath.FromText("b/own")) with { LinkTarget = "first"u8.ToArray() };
        var manifest = ManifestSample.Of(
            _catalog.Store,
            [
                ManifestSample.Directory(FilePath.FromText("b")), own,
                own with { Path = FilePath.FromText("b/second") }, ManifestSample.File(FilePath.FromText("first")),
            ],
            1,
            new Random(0));

        var whole = await Promoted(manifest);
        var stripped = await Promoted(manifest, strip: 1);

        Assert.Equal([FileKind.HardLink, FileKind.HardLink], whole.Skip(1).Take(2).Select(entry => entry.Kind));
        Assert.Equal(["own", "second"], stripped.Select(entry => entry.Path.ToString()));
        Assert.Equal([FileKind.Regular, FileKind.HardLink], stripped.Select(entry => entry.Kind));
        Assert.Equal(own.Position, stripped[0].Position);
        Assert.Equal("own"u8.ToArray(), stripped[1].LinkTarget);
    }

    [Fact]
    public async Task Paths_are_renamed_before_they_are_stripped_and_links_follow()
    {
        var manifest = ManifestSample.Of(
            _catalog.Store,
            [
                ManifestSample.Directory(FilePath.FromText("a")), ManifestSample.File(FilePath.FromText("a/first")),
                Link("a/second"), ManifestSample.File(FilePath.FromText("b")),
            ],
            1,
            new Random(0));
        var links = new LinkPromotion(CatalogInquiry.Once(_actor, Patience), JobSamples.Restore with
        {
            Image = manifest.Image,
            Paths = [],
            Strip = 1,
            Rename = ["s,^/a,/c/d,", "s,/b$,,"],
            Suffix = ".old"u8.ToArray(),
            Prefix = "p"u8.ToArray(),
        });
        var read = new List<FileEntry>();
        await foreach (var entry in links.Read()) read.Add(entry);

        Assert.Equal(["p/d", "p/d/first.old", "p/d/second.old"], read.Select(entry => entry.Path.ToString()));
        Assert.Equal(FileKind.HardLink, read[2].Kind);
        Assert.Equal("p/d/first.old"u8.ToArray(), read[2].LinkTarget);
        Assert.Equal(5, read[1].Position.Length);
    }

    private Task<List<FileEntry>> Promoted(ManifestSample manifest, params string[] paths) =>
        Promoted(manifest, strip: 0, prefix: null, paths);

    private async Task<List<FileEntry>> Promoted(
        ManifestSample manifest, int strip, string? prefix = null, params string[] paths)
    {
        var read = new List<FileEntry>();
        var links = new LinkPromotion(CatalogInquiry.Once(_actor, Patience), JobSamples.Restore with
        {
            Image = manifest.Image,
            Paths = [.. paths.Select(path => FilePath.FromText(path).ToArray())],
            Strip = strip,
            Prefix = prefix is null ? null : FilePath.FromText(prefix).ToArray(),
        });
        await foreach (var entry in links.Read()) read.Add(entry);
        return read;
    }

    private async Task<List<FilePath>> Read(ManifestSample manifest, params FilePath[] paths)
    {
        var read = new List<FilePath>();
        await foreach (var entry in ManifestPages.Read(
            _actor, manifest.Image, [.. paths.Select(path => path.ToArray())], Patience))
            read.Add(entry.Path);
        return read;
    }
}

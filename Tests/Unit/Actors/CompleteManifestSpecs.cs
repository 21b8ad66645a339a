using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class CompleteManifestSpecs
{
    /// <summary>What was not staged is missed by nobody later, so the first failure must be the last word.</summary>
    [Fact]
    public void A_catalog_that_does_not_take_blocks_once_is_what_the_answer_says()
    {
        var unavailable = new CatalogFailure.Unavailable("database", "It restarts.");
        IReadOnlyList<EntryBlock> below = [Block([Link("a")]), Block([Link("z")])];
        var random = new Random(7);
        var many = Enumerable.Range(0, 2000).Select(number => Link($"m{number:0000}", random)).ToList();
        var staged = 0;

        var answer = CompleteManifest.Stage(
            new ManifestAccess(
                (after, most) => CatalogAnswer<IReadOnlyList<ManifestReference>>.Of(
                [
                    .. below.Select((block, ordinal) =>
                        new ManifestReference(ordinal, block.FirstPath.ToCatalog(), block.Digest, block.Count))
                        .Where(reference => reference.Ordinal > after).Take(most),
                ]),
                (first, most) => CatalogAnswer<IReadOnlyList<byte[]>>.Of(
                    [.. below.Skip((int)first).Take(most).Select(block => block.Bytes.ToArray())]),
                _ => 0,
                (_, _) => staged++ == 0 ? unavailable : null),
            JobSamples.Image, Blocks(many), [], isLast: true, behind: null);

        Assert.Equal(unavailable, answer.Failure);
        Assert.Equal(1, staged);
    }

    private static FileEntry Link(string name, Random? random = null)
    {
        var target = new byte[4000];
        random?.NextBytes(target);
        return new FileEntry { Path = FilePath.FromText(name), Kind = FileKind.Symlink, LinkTarget = target };
    }

    private static EntryBlock Block(IEnumerable<FileEntry> entries) => Assert.Single(Blocks(entries));

    private static List<EntryBlock> Blocks(IEnumerable<FileEntry> entries)
    {
        var builder = new EntryBlockBuilder();
        var blocks = entries.Select(builder.Add).OfType<EntryBlock>().ToList();
        if (builder.Flush() is { } rest) blocks.Add(rest);
        return blocks;
    }
}

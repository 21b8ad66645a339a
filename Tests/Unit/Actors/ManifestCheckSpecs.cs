using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>JT-14: what the catalog says of an image against its indexes.</summary>
public sealed class ManifestCheckSpecs
{
    private static readonly ImageId Image = new(7);
    private static readonly ImageId Base = new(6);

    [Fact]
    public async Task What_is_alike_and_what_other_images_hold_is_not_named() =>
        Assert.Empty(await Check(
            [Of("a", Base), Of("b"), Of("c", Base), Of("d", fragment: 1), Of("e", Base)],
            [[Of("b")], [Of("d", fragment: 1)]]));

    [Fact]
    public async Task Each_attribute_that_differs_is_named_with_both_values()
    {
        var entry = Of("a");
        var others = new[]
        {
            entry with { Kind = FileKind.Fifo }, entry with { Mode = 1 }, entry with { UserId = 9 },
            entry with { GroupId = 9 }, entry with { Size = 9 }, entry with { Modified = new UnixTime(1, 2) },
            entry with { Changed = new UnixTime(1, 2) }, entry with { LinkTarget = "x"u8.ToArray() },
            entry with { DeviceMinor = 3 }, entry with { Attributes = [new ExtendedAttribute("user.a"u8.ToArray(), [1])] },
            entry with { Digest = new ContentDigest(DigestAlgorithm.Sha256, new byte[32]) },
            entry with { Position = entry.Position with { Offset = 512 } }, entry with { Sparse = true },
            entry with { Flags = EntryFlags.Truncated },
        };
        foreach (var other in others)
            Assert.Contains("in the catalog, and", Assert.Single(await Check([entry], [[other]])));
        Assert.Equal("a: Its size is 0 in the catalog, and 9 on the medium.",
            Assert.Single(await Check([entry], [[entry with { Size = 9 }]])));
    }

    [Fact]
    public async Task What_only_one_of_them_has_is_named() =>
        Assert.Equal(
            [
                "b: The medium has it, and the catalog does not.",
                "c: The catalog has it in this image, and the medium does not.",
                "e: The catalog has it in this image, and the medium does not.",
            ],
            await Check([Of("a"), Of("c"), Of("d", fragment: 1), Of("e", fragment: 1)],
                [[Of("a"), Of("b")], [Of("d", fragment: 1)]]));

    [Fact]
    public async Task Of_an_index_that_cannot_be_read_nothing_is_said()
    {
        Assert.Empty(await Check(
            [Of("a"), Of("b"), Of("spans", fragment: 0), Of("x", fragment: 1), Of("z", fragment: 2)],
            [[Of("a"), Of("b")], null, [Of("z", fragment: 2)]]));
    }

    private static FileEntry Of(string path, ImageId? image = null, int fragment = 0) => new()
    {
        Path = FilePath.FromText(path),
        Kind = FileKind.Regular,
        Position = new ContentPosition(image ?? Image, fragment, 0, 0),
    };

    private static async Task<IReadOnlyList<string>> Check(FileEntry[] catalog, FileEntry[]?[] fragments)
    {
        var found = new List<string>();
        await using var check = new ManifestCheck(Image, catalog.ToAsyncEnumerable(), difference =>
            found.Add($"{PathText.Escape(difference.Path)}: {difference.Detail}"));
        for (var fragment = 0; fragment < fragments.Length; fragment++)
            if (fragments[fragment] is { } members) await check.Fragment(members);
            else check.Unreadable(fragment);
        await check.End();
        return found;
    }
}

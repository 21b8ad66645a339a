using Backup.Media.Files;
using Backup.Media.Merge;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Unit.Levels;

public sealed class LackedPathsSpecs
{
    [Fact]
    public void What_an_older_image_has_is_no_exception_and_the_rest_comes_in_walk_order()
    {
        var lacked = new LackedPaths(
        [
            Of("a", FileExceptionKind.DirectoryUnreadable), Of("b", FileExceptionKind.DirectoryUnreadable),
            Of("b/c", FileExceptionKind.DirectoryUnreadable), Of("d/gone", FileExceptionKind.Unreadable),
            Of("d/known", FileExceptionKind.Unreadable), Of("e", FileExceptionKind.DirectoryUnreadable),
            Of("e", FileExceptionKind.AttributesUnreadable), Of("z", FileExceptionKind.SocketSkipped),
        ]);
        foreach (var path in (string[])["a", "a/file", "b", "b/c", "d", "d/known", "e"])
            lacked.Has(FilePath.FromText(path));

        Assert.Equal(["b/c", "d/gone", "e", "z"], lacked.Finish().Select(each => new FilePath(each.Path).ToString()));
    }

    [Fact]
    public void An_empty_image_lacks_all() =>
        Assert.Single(new LackedPaths([Of("a", FileExceptionKind.Unreadable)]).Finish());

    /// <summary>What is known below it may be what was read of it.</summary>
    [Theory]
    [InlineData("openat", 13, false)]
    [InlineData("getdents64", 5, true)]
    [InlineData("openat", 116, true)] // it was open before, and is another on the way back
    public void A_directory_that_was_read_in_part_is_lacking(string operation, int errno, bool isLacking)
    {
        var lacked = new LackedPaths([Of("a", FileExceptionKind.DirectoryUnreadable, operation, errno)]);
        foreach (var path in (string[])["a", "a/file", "b"]) lacked.Has(FilePath.FromText(path));

        Assert.Equal(isLacking ? 1 : 0, lacked.Finish().Count);
    }

    private static FileException Of(
        string path, FileExceptionKind kind, string operation = "openat", int errno = 13) =>
        new(FilePath.FromText(path).ToArray(), kind, operation, errno, "");
}

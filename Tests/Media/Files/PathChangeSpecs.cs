using System.Text;
using Backup.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class PathChangeSpecs
{
    [Theory]
    [InlineData("s/a/b/", "home/ana", "home/bna")]
    [InlineData("s/a/b/g", "home/ana", "home/bnb")]
    [InlineData("s/A/b/", "home/ana", "home/ana")]
    [InlineData("s/A/b/gi", "home/ana", "home/bnb")]
    [InlineData("s,^/home,/srv/new,", "home/ana", "srv/new/ana")]
    [InlineData("s,^/home$,/srv,", "home/ana", "home/ana")]
    [InlineData("s,^/home/,/,", "home/ana", "ana")]
    [InlineData(@"s,/([^/]*)/([^/]*)$,/\2/\1,", "home/ana", "ana/home")]
    [InlineData("s/ana/[&]/", "home/ana", "home/[ana]")]
    [InlineData(@"s/ana/\&\\$1/", "home/ana", @"home/&\\$1")]
    [InlineData(@"s,\,,;,", "a,b", "a;b")]
    [InlineData(@"s/\/ana/\/eva/", "home/ana", "home/eva")]
    [InlineData(@"s/\./-/", "a.b", "a-b")]
    [InlineData("s/ä/ö/", "käse", "köse")]
    [InlineData(@"s/\xff/x/", @"a\xff", "ax")]
    [InlineData("s/x/y/", @"a\xff", @"a\xff")]
    public void A_path_is_changed_as_by_sed(string rename, string path, string expected) =>
        Assert.Equal(expected, PathRename.Parse(rename).Of(new FilePath(PathText.Unescape(path))).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("s/a")]
    [InlineData("s/a/b")]
    [InlineData("s/a/b/x")]
    [InlineData("y/a/b/")]
    [InlineData("sxaxbx")]
    [InlineData(@"s\a\b\")]
    [InlineData("s/(/b/")]
    [InlineData(@"s/a/\1/")]
    [InlineData(@"s/(a)\1/b/")]
    [InlineData("s/a(?=b)/b/")]
    public void What_is_none_is_refused_with_a_sentence(string rename) =>
        Assert.True(Assert.Throws<FormatException>(() => PathRename.Parse(rename)).Message.Length > 20);

    /// <summary>A pattern that others need exponential time for.</summary>
    [Fact]
    public void Any_pattern_takes_linear_time()
    {
        var path = new FilePath(Encoding.ASCII.GetBytes(new string('a', 4000) + "b"));

        Assert.Equal(path, PathRename.Parse("s/(a+)+$/x/").Of(path));
    }

    [Theory]
    [InlineData("a/b/c", false, "p/q/x/c.old")]
    [InlineData("a/b", true, "p/q/x")]
    [InlineData("a", true, null)] // nothing is left of it
    [InlineData("z/y", true, "p/q/y")]
    [InlineData("gone", false, null)]
    public void It_is_renamed_then_stripped_then_gets_prefix_and_suffix(string path, bool isDirectory, string? expected)
    {
        var change = new PathChange(
            [PathRename.Parse("s,^/a/b,/a/x,"), PathRename.Parse("s,^/gone$,,")], 1,
            "p/q"u8.ToArray(), ".old"u8.ToArray());

        Assert.Equal(expected, change.Of(FilePath.FromText(path), isDirectory)?.ToString());
    }
}

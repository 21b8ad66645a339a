using Backup.Host.CommandLine;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

/// <summary>RS-01: what is restored is chosen by the rows of a query.</summary>
public sealed class RestoreTableSpecs
{
    [Theory]
    [InlineData("12,/a\n14,/b\n12,/c\n", "12: /a /c; 14: /b")]
    [InlineData("image,path\r\n12,/a\r\n12,/a\r\n", "12: /a")]
    [InlineData("path,size,JOB\n/a,3,12\n/b,,14", "12: /a; 14: /b")]
    [InlineData("12\n14\n\n", "12: ; 14: ")]
    [InlineData("12\t/a b\n14\t/c,\"d\n", "12: /a b; 14: /c,\"d")]
    [InlineData("\"latest\",\"/with \"\"quotes\"\", and\na line\"\n", "latest: /with \"quotes\", and\na line")]
    [InlineData("image,path\n\\x5f1c09b2,\\x6574632f61\n\\x5f1c09b2,\\x2f62ff\n", "5f1c09b2: /etc/a /b\\xff")]
    public void A_table_has_an_image_and_a_path_in_each_row(string text, string expected) => Assert.Equal(
        expected,
        string.Join("; ", RestoreTable.Read(text).Select(row => $"{row.Image}: {string.Join(' ', row.Paths)}")));

    [Theory]
    [InlineData("", "found none")]
    [InlineData("\n\n", "found none")]
    [InlineData("image,path\n", "no row below")]
    [InlineData("path\n/a\n", "no column \"image\" or \"job\"")]
    [InlineData("12,/a,3\n", "3 columns without names")]
    [InlineData("12,/a\n13\n", "Line 2 has 1 columns")]
    [InlineData("12,/a\n13,\n", "Line 2 has no path")]
    [InlineData("12,\"/a\n14,/b\n", "line 1 is never closed")]
    [InlineData("12,/a\n,/b\n", "Line 2 names no image")]
    [InlineData("\"12,13\",/b\n", "Line 1 names no image")]
    [InlineData("12,\\x2f6\n", "Line 1: \"\\x2f6\" is no path")]
    public void What_is_no_table_is_refused_with_the_line(string text, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<FormatException>(() => RestoreTable.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Each_image_of_a_table_is_restored_by_a_job_with_its_paths()
    {
        using var run = new CommandRun(Replies.Answer);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "job,path\n12,/a\n14,/b\n12,/c\n");

        await run.Run(["restore", "--from-table", file, "--to", "/x", "--replace", "newer", "--detach"]);
        var asked = run.Node.Asked.OfType<RestoreFiles>().ToList();
        await run.Run(["restore", "12", "--from-table", file, "--to", "/x"]);
        await run.Run(["restore", "--from-table", file, "--to", "/x", "--delete"]);
        await run.Run(["restore", "--from-table", file + "-none", "--to", "/x"]);
        File.Delete(file);

        Assert.Equal(["12: /a,/c", "14: /b"], asked.Select(each => $"{each.Image}: {string.Join(',', each.Paths)}"));
        Assert.All(asked, each => Assert.Equal((ReplaceRule.Newer, "/x"), (each.Replace, each.Target)));
        Assert.Equal(2, asked.Select(each => each.Request).Distinct().Count());
        Assert.Equal(2, run.Node.Asked.OfType<RestoreFiles>().Count());
        foreach (var sentence in (string[])["--from-table says images and paths", "--delete goes with one image",
            "cannot be read"]) Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }
}

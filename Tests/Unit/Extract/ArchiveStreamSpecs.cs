using System.Diagnostics;
using System.Formats.Tar;
using Backup.Host.CommandLine;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Extract;

/// <summary>ST-28: an image as a stream that another program reads.</summary>
public sealed class ArchiveStreamSpecs
{
    [Fact]
    public async Task A_new_file_gets_a_tar_that_others_read()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        var file = Path.Combine(tapes.Folder, "image.tar");

        var code = await run.Program.Run(["extract", .. tapes.Tail, .. tapes.First, .. tapes.Head, "--stream", file]);

        Assert.Equal("", run.Error);
        Assert.Equal(ExitCode.Complete, code);
        await using var written = File.OpenRead(file);
        Assert.Equal(["etc/first", "etc/archive.tar", "srv/last"], Names(written, tapes.Inner));
    }

    [Fact]
    public async Task A_fifo_gives_it_to_another_program()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        var (fifo, copy) = (Path.Combine(tapes.Folder, "fifo"), Path.Combine(tapes.Folder, "copy"));
        using (var make = Process.Start("mkfifo", [fifo])) await make.WaitForExitAsync();
        using var reader = Process.Start("sh", ["-c", "cat <\"$0\" >\"$1\"", fifo, copy]);

        var code = await run.Program.Run(["extract", .. tapes.Tail, .. tapes.First, .. tapes.Head, "--stream", fifo]);
        await reader.WaitForExitAsync();

        Assert.Equal("", run.Error);
        Assert.Equal(ExitCode.Complete, code);
        await using var written = File.OpenRead(copy);
        Assert.Equal(["etc/first", "etc/archive.tar", "srv/last"], Names(written, tapes.Inner));
    }

    [Fact]
    public async Task The_null_device_takes_it_and_the_report_says_how_much_was_read()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Program.Run(
            ["extract", .. tapes.First, .. tapes.Head, .. tapes.Tail, "--stream", "/dev/null"]));

        Assert.Contains("3 items", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hole_is_refused_before_anything_is_written()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        var file = Path.Combine(tapes.Folder, "image.tar");

        Assert.Equal(ExitCode.NothingFound, await run.Program.Run(
            ["extract", .. tapes.First, .. tapes.Tail, "--stream", file]));

        Assert.Contains("Fragment 1 of the image was not given", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    /// <summary>What is sealed of an image whose job is still at work: an archive, said not to be whole.</summary>
    [Fact]
    public async Task An_image_without_its_end_is_given_as_far_as_it_goes_and_named()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        var file = Path.Combine(tapes.Folder, "image.tar");

        Assert.Equal(ExitCode.CompleteWithExceptions,
            await run.Program.Run(["extract", .. tapes.First, "--stream", file]));

        Assert.Contains("not sealed", run.Error, StringComparison.Ordinal);
        await using var written = File.OpenRead(file);
        Assert.Equal(["etc/first"], Names(written, tapes.Inner));
    }

    [Fact]
    public async Task One_that_ends_inside_a_file_has_no_end_and_fails()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Failed,
            await run.Program.Run(["extract", .. tapes.First, .. tapes.Head, "--stream", "/dev/null"]));

        Assert.Contains("ends inside a file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_breaks_it_off_and_nothing_damaged_is_given_out()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        var file = Path.Combine(tapes.Folder, "image.tar");
        var bytes = await File.ReadAllBytesAsync(tapes.Tail[1]);
        bytes[^8] ^= 1;
        await File.WriteAllBytesAsync(tapes.Tail[1], bytes);

        Assert.Equal(ExitCode.Failed, await run.Program.Run(["extract", tapes.Folder, "--stream", file]));

        Assert.Contains("Fragment 2", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("srv/last", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_there_is_never_overwritten()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        var file = Path.Combine(tapes.Folder, "image.tar");
        await File.WriteAllTextAsync(file, "mine");
        File.CreateSymbolicLink(file + ".link", file);

        foreach (var target in (string[])[file, file + ".link", tapes.Folder])
            Assert.Equal(ExitCode.Failed, await run.Program.Run(
                ["extract", .. tapes.First, .. tapes.Head, .. tapes.Tail, "--stream", target]));

        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("--stream", "-", "--json")]
    [InlineData("--stream", "-", "--to", "/tmp/elsewhere")]
    [InlineData("--stream", "-", "--include", "/etc")]
    [InlineData("--stream", "-", "--keep-going")]
    [InlineData("--stream", "-", "--merge")]
    public async Task What_does_not_go_with_it_is_refused(params string[] words)
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Usage, await run.Program.Run(["extract", tapes.Folder, .. words]));
    }

    private static List<string> Names(Stream archive, byte[] inner)
    {
        var names = new List<string>();
        using var tar = new TarReader(archive);
        while (tar.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
            if (entry.Name != "etc/archive.tar") continue;
            var content = new MemoryStream();
            entry.DataStream!.CopyTo(content);
            Assert.Equal(inner, content.ToArray());
        }
        return names;
    }
}

using Backup.Host.CommandLine;
using Backup.Host.Extract;
using Backup.Host.Operations;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Extract;

public sealed class ExtractSpecs
{
    [Fact]
    public async Task All_fragments_in_any_order_restore_the_image()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        var code = await run.Program.Run(["extract", .. tapes.Tail.Reverse(), .. tapes.First, .. tapes.Head, "--to",
            tapes.Target]);

        Assert.Equal("", run.Error);
        Assert.Equal(ExitCode.Complete, code);
        Assert.Equal([$"etc/archive.tar: {tapes.Inner.Length}", "etc/first: 5", "srv/last: 4"], tapes.Restored());
        Assert.Equal(tapes.Inner, await File.ReadAllBytesAsync(Path.Combine(tapes.Target, "etc/archive.tar")));
        Assert.Empty(run.Node.Asked);
    }

    /// <summary>RS-05.</summary>
    [Theory]
    [InlineData("older", 1, "first")]
    [InlineData("newer", 1, "there")]
    [InlineData("older", -1, "there")]
    [InlineData("newer", -1, "first")]
    public async Task The_replace_rule_compares_with_what_is_there(string rule, int days, string found)
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        string[] line = ["extract", .. tapes.First, .. tapes.Head, .. tapes.Tail, "--to", tapes.Target];
        Assert.Equal(ExitCode.Complete, await run.Program.Run(line));
        var file = Path.Combine(tapes.Target, "etc/first");
        var archived = File.GetLastWriteTimeUtc(file);
        await File.WriteAllTextAsync(file, "there");
        File.SetLastWriteTimeUtc(file, archived.AddDays(days));

        Assert.Equal(ExitCode.CompleteWithExceptions, await run.Program.Run([.. line, "--replace", rule]));

        Assert.Equal(found, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_library_directory_restores_the_image()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Program.Run(["extract", tapes.Folder, "--to", tapes.Target]));

        Assert.Equal(3, tapes.Restored().Length);
    }

    [Fact]
    public async Task A_fragment_that_begins_inside_an_archive_file_restores_its_own_members_and_plants_nothing()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(
            ExitCode.CompleteWithExceptions, await run.Program.Run(["extract", .. tapes.Tail, "--to", tapes.Target]));

        Assert.Equal(["srv/last: 4"], tapes.Restored());
        Assert.Contains("/etc/archive.tar", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_end_was_not_given_is_named_and_not_put_in_place()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.CompleteWithExceptions,
            await run.Program.Run(["extract", .. tapes.First, .. tapes.Head, "--to", tapes.Target]));

        Assert.Equal(["etc/first: 5"], tapes.Restored());
        Assert.Contains("/etc/archive.tar", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_ends_it_and_with_keep_going_the_next_fragment_is_restored()
    {
        using var tapes = new TapeFiles();
        Flip(tapes.First[0], 32_768 + 20);
        using var stopped = new CommandRun(Replies.Answer);
        using var going = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Failed, await stopped.Program.Run(["extract", tapes.Folder, "--to", tapes.Target]));
        Assert.Empty(tapes.Restored());
        Assert.Equal(ExitCode.CompleteWithExceptions,
            await going.Program.Run(["extract", tapes.Folder, "--to", tapes.Target, "--keep-going"]));

        Assert.Equal([$"etc/archive.tar: {tapes.Inner.Length}", "srv/last: 4"], tapes.Restored());
        Assert.Contains("Fragment 0", going.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_header_is_said_and_its_file_left_out()
    {
        using var tapes = new TapeFiles();
        Flip(tapes.First[0], 100);
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(
            ExitCode.CompleteWithExceptions, await run.Program.Run(["extract", tapes.Folder, "--to", tapes.Target]));

        Assert.Contains("its header cannot be used (DigestMismatch)", run.Error, StringComparison.Ordinal);
        Assert.Equal([$"etc/archive.tar: {tapes.Inner.Length}", "srv/last: 4"], tapes.Restored());
    }

    [Theory]
    [InlineData("--include /etc", "etc/archive.tar", "etc/first")]
    [InlineData("--include *.tar --include /srv", "etc/archive.tar", "srv/last")]
    [InlineData("--exclude /etc", "srv/last")]
    [InlineData("--include /etc --exclude *.tar", "etc/first")]
    [InlineData("--regex --include ^/e.*/[a-f]", "etc/archive.tar", "etc/first")]
    [InlineData("--regex --include /(srv|etc)$ --exclude a$|r$", "etc/first", "srv/last")]
    public async Task Patterns_choose(string options, params string[] expected)
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete,
            await run.Program.Run(["extract", tapes.Folder, "--to", tapes.Target, .. options.Split(' ')]));

        Assert.Equal(expected, tapes.Restored().Select(file => file.Split(':')[0]));
    }

    [Fact]
    public async Task The_list_says_what_the_files_hold()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Program.Run(["extract", tapes.Folder, "--list", "--json"]));

        var list = Assert.IsType<FragmentsListed>(WireJson.Reply(Assert.Single(run.Lines), [typeof(FragmentsListed)]));
        Assert.Equal(
            [(0, 0, "members"), (1, 0, "head"), (2, 0, "tail"), (2, 1, "tail")],
            list.Parts.Select(part => (part.Fragment, part.Part, part.BeginsWith)));
        Assert.All(list.Parts, part =>
            Assert.Equal((TapeFiles.Image.ToString(), "web1", "nightly"), (part.Image, part.Client, part.Policy)));
    }

    [Fact]
    public async Task Of_several_images_one_must_be_chosen()
    {
        using var tapes = new TapeFiles();
        using var other = new TapeFiles(new Messages.ImageId(7));
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(
            ExitCode.Usage, await run.Program.Run(["extract", tapes.Folder, other.Folder, "--to", tapes.Target]));
        Assert.Equal(
            ExitCode.Complete,
            await run.Program.Run(["extract", tapes.Folder, other.Folder, "--to", tapes.Target, "--image",
                "11112222"]));

        Assert.Contains("Choose one with --image", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, tapes.Restored().Length);
    }

    [Fact]
    public async Task Of_a_fragment_that_was_written_twice_the_highest_epoch_counts()
    {
        using var old = new TapeFiles(epoch: 1);
        using var tapes = new TapeFiles(epoch: 2);
        Flip(old.First[0], 32_768 + 20);
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(
            ExitCode.Complete, await run.Program.Run(["extract", old.Folder, tapes.Folder, "--to", tapes.Target]));

        Assert.Equal(3, tapes.Restored().Length);
    }

    [Fact]
    public async Task What_exists_is_kept_unless_told_otherwise()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);
        Directory.CreateDirectory(Path.Combine(tapes.Target, "etc"));
        await File.WriteAllTextAsync(Path.Combine(tapes.Target, "etc/first"), "mine, longer");

        Assert.Equal(
            ExitCode.CompleteWithExceptions, await run.Program.Run(["extract", tapes.Folder, "--to", tapes.Target]));

        Assert.Contains("etc/first: 12", tapes.Restored());
        Assert.Contains("/etc/first: It exists at the target", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_does_not_exist_ends_with_four()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.NothingFound, await run.Program.Run(["extract", "/nowhere/at/all", "--list"]));
    }

    private static void Flip(string file, int offset)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[offset] ^= 1;
        File.WriteAllBytes(file, bytes);
    }
}

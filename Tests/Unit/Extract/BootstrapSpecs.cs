using Backup.Host.CommandLine;
using Backup.Host.Extract;
using Backup.Tests.Unit.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.Extract;

/// <summary>RS-09, MR-03, MR-09: a bootstrap file, and volumes that come one after another.</summary>
public sealed class BootstrapSpecs
{
    [Fact]
    public async Task Volumes_that_are_missing_are_asked_for_one_after_another()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(
            Replies.Answer, interactive: true,
            input: string.Join('\n', "/nowhere", Volume(tapes, "V2"), Volume(tapes, "V3"), Volume(tapes, "V4")) + "\n");
        var file = Written(
            tapes, "Image=11112222", "Volume=V1,V2", "", "Image=11112222", "Volume=V3", "Volume=V4");

        var code = await run.Program.Run(
            ["extract", Volume(tapes, "V1"), "--bootstrap", file, "--to", tapes.Target]);

        Assert.Equal(ExitCode.Complete, code);
        Assert.Equal([$"etc/archive.tar: {tapes.Inner.Length}", "etc/first: 5", "srv/last: 4"], tapes.Restored());
        Assert.Contains("Volume V2 is needed.", run.Error, StringComparison.Ordinal);
        Assert.Contains("There is no file or directory /nowhere.", run.Error, StringComparison.Ordinal);
        Assert.Contains("Volume V4 is needed.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_nobody_is_asked_and_what_there_is_is_restored()
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        await run.Program.Run(
            ["extract", Volume(tapes, "V1"), "--bootstrap", Written(tapes, "Volume=V1,V2"), "--to", tapes.Target]);

        Assert.Equal(["etc/first: 5"], tapes.Restored());
        Assert.DoesNotContain("is needed", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Fragment=0", "etc/first: 5")]
    [InlineData("Job=1-3\nClient=web1\nFragment=0,7-9", "etc/first: 5")]
    [InlineData("Volume=V2\n\nFragment=0", "etc/first: 5")]
    [InlineData("VolumeId=00000000000000000000000000000001\nVolume=V1\n# a remark\nTapeFile=1", "etc/first: 5")]
    public async Task Kinds_of_a_record_must_all_fit_and_one_of_the_values_of_each(string text, string restored)
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        await run.Program.Run(
            ["extract", tapes.Folder, "--bootstrap", Written(tapes, text.Split('\n')), "--to", tapes.Target,
                "--ignore-errors"]);

        Assert.Equal([restored], tapes.Restored());
    }

    [Theory]
    [InlineData("Client=web2\nFragment=0")]
    [InlineData("Job=4-9")]
    [InlineData("Volume=V1\nTapeFile=2")]
    public async Task Where_nothing_is_meant_nothing_is_restored(string text)
    {
        using var tapes = new TapeFiles();
        using var run = new CommandRun(Replies.Answer);

        var code = await run.Program.Run(
            ["extract", tapes.Folder, "--bootstrap", Written(tapes, text.Split('\n')), "--to", tapes.Target]);

        Assert.Equal(ExitCode.NothingFound, code);
        Assert.Empty(tapes.Restored());
    }

    [Theory]
    [InlineData("Volumes=V1", "line 1")]
    [InlineData("# fine\nFragment=one", "line 2")]
    [InlineData("Fragment=1-2-3", "line 1")]
    [InlineData("Volume=", "line 1")]
    [InlineData("Volume", "line 1")]
    [InlineData("# nothing", "names nothing")]
    public void A_line_of_another_form_is_refused_by_its_number(string text, string expected)
    {
        var refused = Assert.Throws<CommandFailure>(() => Bootstrap.Parse(text.Split('\n'), "bootstrap.txt"));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private static string Volume(TapeFiles tapes, string name) => Path.Combine(tapes.Folder, name);

    private static string Written(TapeFiles tapes, params string[] lines)
    {
        var file = Path.Combine(tapes.Folder, "bootstrap.txt");
        File.WriteAllLines(file, lines);
        return file;
    }
}

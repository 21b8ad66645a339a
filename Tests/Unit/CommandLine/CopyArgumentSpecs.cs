using Backup.Host.CommandLine;
using Backup.Messages;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

/// <summary>Which images `copy` and `migrate` ask for.</summary>
public sealed class CopyArgumentSpecs
{
    [Theory]
    [InlineData("copy")]
    [InlineData("migrate")]
    public async Task Several_images_are_asked_for_each_by_itself_and_what_is_refused_is_named(string command)
    {
        var asked = new List<string?>();
        using var run = new CommandRun(request =>
        {
            var image = (request as CopyImages)?.Image ?? (request as MigrateImages)?.Image;
            if (image is null) return Replies.Answer(request);
            asked.Add(image);
            return image == "13" ? new Refused(RefusalCode.Conflict, "It lies there already.")
                : Replies.Answer(request);
        });

        var code = await run.Run(command, "12-14,17", "5f1c", "17", "--to", "disk", "--detach");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal(["12", "13", "14", "17", "5f1c"], asked);
        Assert.Equal(4, run.Lines.Length);
        Assert.Contains("13: It lies there already.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_none_is_taken_each_is_named_with_its_reason()
    {
        using var run = new CommandRun(
            request => new Refused(RefusalCode.Conflict, $"Image {((CopyImages)request).Image} lies there already."));

        Assert.Equal(ExitCode.Failed, await run.Run("copy", "12-13", "--to", "disk"));

        Assert.Contains("12: Image 12 lies there already.", run.Error, StringComparison.Ordinal);
        Assert.Contains("13: Image 13 lies there already.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Usage, "copy", "14-12", "--to", "disk")]
    [InlineData(ExitCode.Usage, "copy", "--to", "disk")]
    [InlineData(ExitCode.Failed, "copy", "12,13", "--to", "disk")]
    public async Task What_is_no_range_names_nothing_or_is_refused_for_all_fails(int code, params string[] arguments)
    {
        using var run = new CommandRun(_ => new Refused(RefusalCode.Conflict, "It lies there already."));

        Assert.Equal(code, await run.Run(arguments));
    }
}

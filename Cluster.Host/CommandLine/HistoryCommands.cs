using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What compares images with each other.</summary>
internal static class HistoryCommands
{
    public static Command Versions(BackupCommand program)
    {
        var path = new Argument<string>("path") { Description = "A file or directory, as `backup ls` shows it." };
        var client = new Option<string?>("--client") { Description = "Only of this client.", HelpName = "client" };
        var fileSet = new Option<string?>("--file-set")
        {
            Description = "Only of this file set.",
            HelpName = "file-set",
        };
        var limit = BrowseCommands.Limit(1000);
        var command = new ExampledCommand(
            "versions", "Lists the states of one item over all images, newest first.",
            "backup versions /etc/hosts", "backup versions /etc/hosts --client web") { path, client, fileSet, limit };
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var list = await CommandContext.Ask<VersionList>(
                door.Node,
                new ListVersions(
                    parsed.GetRequiredValue(path),
                    parsed.GetValue(client) is { } name ? new ClientName(name) : null,
                    parsed.GetValue(fileSet) is { } other ? new FileSetName(other) : null,
                    parsed.GetValue(limit)),
                cancellation);
            screen.Reply(list);
            Print(screen, list);
            if (list.More) screen.Note($"There are more than {list.Versions.Count}. See --limit.");
            return ExitCode.Complete;
        });
        return command;
    }

    public static Command Diff(BackupCommand program)
    {
        var from = new Argument<string>("from")
        {
            Description = "An image id or its unique beginning, a job number, or `latest`.",
        };
        var to = new Argument<string>("to") { Description = "Another." };
        var path = new Argument<string?>("path")
        {
            Description = "Only of this file, or of this directory and what is below it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new ExampledCommand(
            "diff", "Says what differs between two images: + added, - removed, ! content, ~ metadata.",
            "backup diff 12 latest", "backup diff 12 latest /etc", "backup diff 5f1c09b2 a01c2f77 --json")
        { from, to, path };
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var request = new DiffImages(
                parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), Path: parsed.GetValue(path));
            do
            {
                var page = await CommandContext.Ask<ImageDifferences>(door.Node, request, cancellation);
                screen.Reply(page);
                Print(screen, page);
                request = request with { After = page.Next };
            }
            while (request.After is not null);
            return ExitCode.Complete;
        });
        return command;
    }

    public static void Print(Screen screen, ImageDifferences page)
    {
        foreach (var difference in page.Differences)
            screen.Line($"{MarkOf(difference.Kind)} {FileText.Long(difference.File)}");
    }

    public static void Print(Screen screen, VersionList list)
    {
        if (screen.Json) return;
        var table = new ListTable("FROM", "TO", "IMAGE", "CLIENT", "FILE SET", "ITEM");
        foreach (var version in list.Versions)
            table.Row(
                Quantity.Moment(version.From), Quantity.Moment(version.To), FileText.Short(version.Last),
                version.Client.Value, version.FileSet.Value,
                version.File is { } file ? FileText.Long(file) : "not there");
        table.Print(screen);
    }

    private static string MarkOf(string kind) => kind switch
    {
        "added" => "+",
        "removed" => "-",
        "content" => "!",
        _ => "~",
    };
}

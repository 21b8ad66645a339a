using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What looks at images and files.</summary>
internal static class BrowseCommands
{
    private static readonly Argument<string> Image = new("image")
    {
        Description = "An image id or its unique beginning (4 digits or more), a job number, or `latest`.",
    };

    public static IEnumerable<Command> All(BackupCommand program) =>
        [
            Ls(program), Find(program), BrowseSession.Create(program), Images(program),
            HistoryCommands.Versions(program), HistoryCommands.Diff(program),
        ];

    private static ExampledCommand Ls(BackupCommand program)
    {
        var path = new Argument<string>("path")
        {
            Description = "A directory or file in it. Default: the roots.",
            DefaultValueFactory = _ => "",
        };
        var recursive = new Option<bool>("--recursive", "-r")
        {
            Description = "All below, not only the directory's own.",
        };
        var (client, fileSet) = (Name("--client", "client"), Name("--file-set", "file set"));
        var asOf = new Option<string?>("--as-of")
        {
            Description = "With `latest`, --client and --file-set: the newest image that does not begin after it, as "
                + "2026-11-20T06:00.",
            HelpName = "moment",
        };
        asOf.Validators.Add(result =>
        {
            if (!RestoreArguments.TryMoment(result.GetValue(asOf), out _))
                result.AddError(
                    $"Expected --as-of with a moment such as 2026-11-20T06:00, found \"{result.GetValue(asOf)}\".");
        });
        var sizes = new Option<bool>("--sizes", "-s") { Description = "Adds up what lies below each directory." };
        var command = new ExampledCommand("ls", "Lists a directory of an image.",
            "backup ls latest", "backup ls 5f1c09b2e8aa /etc", "backup ls 12 /home --recursive --json",
            "backup ls latest /home --sizes --client web1 --file-set all --as-of 2026-11-20T06:00")
        { Image, path, recursive, client, fileSet, asOf, sizes };
        program.Does(command, async (parsed, cancellation) =>
        {
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var request = new ListFiles(
                parsed.GetRequiredValue(Image), parsed.GetRequiredValue(path), Recursive: parsed.GetValue(recursive),
                Client: parsed.GetValue(client) is { } ofClient ? new ClientName(ofClient) : null,
                FileSet: parsed.GetValue(fileSet) is { } ofFileSet ? new FileSetName(ofFileSet) : null,
                AsOf: RestoreArguments.TryMoment(parsed.GetValue(asOf), out var moment) ? moment : null,
                Sizes: parsed.GetValue(sizes));
            do
            {
                var page = await CommandContext.Ask<FileList>(door.Node, request, cancellation);
                program.Context.Screen.Reply(page);
                foreach (var file in page.Files) program.Context.Screen.Line(FileText.Long(file));
                request = request with { After = page.Next };
            }
            while (request.After is not null);
            return ExitCode.Complete;
        });
        return command;
    }

    private static Option<string?> Name(string option, string what) => new(option)
    {
        Description = $"With `latest`: of this {what}.",
        HelpName = "name",
    };

    private static ExampledCommand Find(BackupCommand program)
    {
        var pattern = new Argument<string>("name")
        {
            Description = "A part of a name, or a pattern: *.conf, /etc/**/hosts*.",
        };
        var image = new Option<string?>("--image", "-i")
        {
            Description = "Only in this image. Default: in all sealed ones, newest first.",
            HelpName = "image",
        };
        var client = new Option<string?>("--client")
        {
            Description = "Only in images of this client; not with --image.",
            HelpName = "client",
        };
        var limit = Limit(1000);
        var command = new ExampledCommand("find", "Finds files by name in images.",
            "backup find resolv.conf", "backup find '*.docx' --image latest", "backup find hosts --client web1")
        { pattern, image, client, limit };
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var request = new FindFiles(
                parsed.GetRequiredValue(pattern), parsed.GetValue(image), parsed.GetValue(limit),
                parsed.GetValue(client) is { } name ? new ClientName(name) : null);
            var found = await CommandContext.Ask<FoundFiles>(door.Node, request, cancellation);
            screen.Reply(found);
            foreach (var file in found.Files) screen.Line($"{FileText.Short(file.Image)}  {FileText.Long(file.File)}");
            if (found.More) screen.Note($"There are more than {found.Files.Count}. See --limit, or a narrower name.");
            if (found.Files.Count == 0) screen.Note($"Nothing is called {request.Pattern}.");
            return found.Files.Count == 0 ? ExitCode.NothingFound : ExitCode.Complete;
        });
        return command;
    }

    private static ExampledCommand Images(BackupCommand program)
    {
        var client = new Option<string?>("--client") { Description = "Only of this client.", HelpName = "client" };
        var policy = new Option<string?>("--policy") { Description = "Only of this policy.", HelpName = "policy" };
        var limit = Limit(50);
        var command = new ExampledCommand("images", "Lists images, newest first.",
            "backup images", "backup images --policy nightly --limit 5") { client, policy, limit };
        program.Does(command, async (parsed, cancellation) =>
        {
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var request = new ListImages(
                parsed.GetValue(limit),
                parsed.GetValue(client) is { } name ? new ClientName(name) : null,
                parsed.GetValue(policy) is { } other ? new PolicyName(other) : null);
            var list = await CommandContext.Ask<ImageList>(door.Node, request, cancellation);
            program.Context.Screen.Reply(list);
            Print(program.Context.Screen, list);
            return ExitCode.Complete;
        });
        return command;
    }

    public static Option<int> Limit(int usual)
    {
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "Most entries, 1 to 10,000.",
            DefaultValueFactory = _ => usual,
            HelpName = "count",
        };
        limit.Within(1, 10_000);
        return limit;
    }

    public static void Print(Screen screen, ImageList list)
    {
        if (screen.Json) return;
        if (list.Images.Count == 0) screen.Note("There are no images. `backup run POLICY` makes one.");
        if (list.Images.Count == 0) return;
        var table = new ListTable(
            "IMAGE", ">JOB", ">LEVEL", "SINCE", "CLIENT", "POLICY", "STATE", ">FILES", ">SIZE", ">STORED", ">COPIES",
            "~VOLUMES");
        foreach (var image in list.Images)
            table.Row(
                FileText.Short(image.Image), image.Job.ToString(), LevelOf(image), Quantity.Moment(image.Since),
                image.Client.Value,
                image.Policy.Value,
                (image.Exceptions > 0 && image.State == "sealed"
                    ? $"sealed, {Quantity.Count(image.Exceptions)} exc."
                    : image.State) + JobText.Pending(image.PendingCopies),
                Quantity.Count(image.Files), Quantity.Bytes(image.Bytes), Quantity.Bytes(image.StoredBytes),
                image.Copies is { } copies
                    ? Quantity.Count(copies.Count(copy => copy.Fragments == image.Fragments)) : "",
                string.Join(" ", image.Volumes));
        table.Print(screen);
        foreach (var image in list.Images.Where(image => image.Lacks is not null))
            screen.Line($"{FileText.Short(image.Image)} lacks {image.Lacks}.");
    }

    private static string LevelOf(ImageSummary image) =>
        Quantity.Count(image.Level) + (image.MergedFrom is null ? "" : ", merged")
        + (image.Recorded ? "" : ", not recorded");
}

using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What gives files back, and what proves that they could be.</summary>
internal static class RestoreCommands
{
    /// <summary>For commands that write below a target.</summary>
    public static Option<ReplaceRule> Replace { get; } = new("--replace")
    {
        Description = "What happens to an item that exists there; `never` is the default.",
        HelpName = "never|always|newer|changed",
        DefaultValueFactory = _ => ReplaceRule.Never,
        CustomParser = result =>
        {
            var word = result.Tokens[0].Value;
            if (Enum.TryParse<ReplaceRule>(word, ignoreCase: true, out var rule) && !char.IsAsciiDigit(word[0]))
                return rule;
            result.AddError($"Expected --replace never, always, newer or changed, found \"{word}\".");
            return default;
        },
    };

    public static IEnumerable<Command> All(BackupCommand program) =>
        [Restore(program), Verify(program), Scan(program), ExtractCommand.Create(program)];

    private static ExampledCommand Restore(BackupCommand program)
    {
        var image = new Argument<string>("image")
        {
            Description = "An image id or its unique beginning, a job number, or `latest`.",
        };
        var paths =
            new Argument<string[]>(
                "path")
            {
                Description = "Files and directories as `backup ls` shows them. Default: everything.",
                Arity = ArgumentArity.ZeroOrMore
            };
        var to = new Option<string>("--to")
        {
            Description = "The directory to restore into; paths are kept below it.",
            HelpName = "dir",
            Required = true
        };
        var client = new Option<string?>("--client")
        {
            Description = "The client to restore on. Default: the image's own.",
            HelpName = "client",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be done." };
        var devices = new Option<bool>("--devices") { Description = "Also make device nodes (needs root)." };
        var setId =
            new Option<bool>("--set-id") { Description = "Also set the set-user-id, set-group-id and sticky bits." };
        var command = new ExampledCommand("restore", "Restores files of an image below a directory.",
            "backup restore latest /etc/hosts --to /tmp/restored",
            "backup restore 12 --to /srv/restored --replace newer --dry-run")
        { image, paths, to, Replace, client, dryRun, devices, setId, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
        {
            var request = new RestoreFiles(
                RequestId.New(),
                parsed.GetRequiredValue(image),
                parsed.GetValue(paths) ?? [],
                Path.GetFullPath(parsed.GetRequiredValue(to)),
                parsed.GetValue(Replace),
                parsed.GetValue(client) is { } name ? new ClientName(name) : null,
                parsed.GetValue(dryRun),
                parsed.GetValue(devices),
                parsed.GetValue(setId));
            return request.DryRun
                ? await CommandContext.Ask<RestorePlan>(node, request, cancellation)
                : await CommandContext.Ask<JobsStarted>(node, request, cancellation);
        }, cancellation));
        return command;
    }

    private static ExampledCommand Verify(BackupCommand program)
    {
        var media = new Option<string?>("--media")
        {
            Description = "Read this image's volumes again and check every digest.",
            HelpName = "image",
        };
        var disk = new Option<string?>("--disk")
        {
            Description = "Compare the catalog of this image with its client's disk.",
            HelpName = "image",
        };
        var quick = new Option<bool>("--no-content")
        {
            Description = "With --disk: compare metadata only, and do not read the files.",
        };
        var command = new ExampledCommand(
            "verify", "Verifies an image. What is different or damaged is named, and the exit code is 3.",
            "backup verify --media latest", "backup verify --disk 5f1c09b2e8aa --no-content")
        { media, disk, quick, JobCommands.Detach };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(media) is null) == (result.GetValue(disk) is null))
                result.AddError("Expected either --media IMAGE or --disk IMAGE.");
            else if (result.GetValue(quick) && result.GetValue(disk) is null)
                result.AddError("--no-content goes with --disk.");
        });
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            await CommandContext.Ask<JobsStarted>(
                node,
                parsed.GetValue(media) is { } image
                    ? new VerifyImage(RequestId.New(), image, VerifyTarget.Media)
                    : new VerifyImage(
                        RequestId.New(), parsed.GetRequiredValue(disk)!, VerifyTarget.Disk, !parsed.GetValue(quick)),
                cancellation), cancellation));
        return command;
    }

    private static ExampledCommand Scan(BackupCommand program)
    {
        var library = new Argument<string>("library") { Description = "A library of the configuration." };
        var command = new ExampledCommand(
            "scan", "Rebuilds a lost catalog from the index files on a library's volumes.",
            "backup scan tapes") { library, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            await CommandContext.Ask<JobsStarted>(
                node, new ScanLibrary(RequestId.New(), new LibraryName(parsed.GetRequiredValue(library))),
                cancellation), cancellation));
        return command;
    }
}

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
        HelpName = "never|always|newer|older|changed",
        DefaultValueFactory = _ => ReplaceRule.Never,
        CustomParser = result =>
        {
            var word = result.Tokens[0].Value;
            if (Enum.TryParse<ReplaceRule>(word, ignoreCase: true, out var rule) && !char.IsAsciiDigit(word[0]))
                return rule;
            result.AddError($"Expected --replace never, always, newer, older or changed, found \"{word}\".");
            return default;
        },
    };

    public static IEnumerable<Command> All(BackupCommand program) =>
        [Restore(program), VerifyCommand.Create(program), Scan(program), Merge(program),
            ExtractCommand.Create(program)];

    private static ExampledCommand Restore(BackupCommand program)
    {
        var arguments = new RestoreArguments();
        var command = new ExampledCommand("restore", "Restores files of an image below a directory.",
            "backup restore latest /etc/hosts --to /tmp/restored",
            "backup restore 12 --to /srv/restored --replace newer --dry-run",
            "backup restore --client web --file-set all --as-of 2026-11-20T06:00 /etc --to /tmp/restored",
            "backup restore 12,14,5f1c09b2 --to /tmp/restored",
            "backup restore --client web --all-file-sets --as-of 2026-11-20 --to /srv/web",
            "backup restore --from-table chosen.csv --to /tmp/restored")
        { JobCommands.Detach };
        foreach (var symbol in arguments.Symbols)
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else if (symbol is Option option) command.Options.Add(option);
        command.Validators.Add(arguments.Validate);
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            await Restores(program.Context.Screen, node, await arguments.Requests(parsed, node, cancellation),
                cancellation), cancellation));
        return command;
    }

    /// <summary>A job for each, or a plan for each of which the last is given back.</summary>
    private static async Task<IReply> Restores(
        Screen screen, INodeConnection node, IReadOnlyList<RestoreFiles> requests, CancellationToken cancellation)
    {
        var (begun, notes, plans) = (new List<JobId>(), new List<string>(), new List<RestorePlan>());
        foreach (var request in requests)
        {
            try
            {
                if (request.DryRun) plans.Add(await CommandContext.Ask<RestorePlan>(node, request, cancellation));
                else begun.AddRange((await CommandContext.Ask<JobsStarted>(node, request, cancellation)).Jobs);
            }
            catch (CommandFailure none) when (requests.Count > 1 && request is { FileSet: { } fileSet }
                && none.Refusal.Code == RefusalCode.NotFound)
            {
                notes.Add($"Nothing of file set {fileSet}: {none.Refusal.Sentence}");
                if (notes.Count == requests.Count) throw;
            }
            catch (CommandFailure) when (begun.Count > 0)
            {
                screen.Note($"Already started: {string.Join(", ", begun)}.");
                throw;
            }
        }
        if (plans.Count == 0) return new JobsStarted(begun, notes.Count > 0 ? notes : null);
        foreach (var note in notes) screen.Note(note);
        foreach (var plan in plans.SkipLast(1))
        {
            screen.Reply(plan);
            PlanText.Print(screen, plan);
        }
        return plans[^1];
    }

    private static ExampledCommand Scan(BackupCommand program)
    {
        var library = new Argument<string>("library") { Description = "A library of the configuration." };
        var volumes = new Option<string[]>("--volume")
        {
            Description = "Only this volume; may be repeated. One that is not in the library is asked for.",
            HelpName = "volume",
        };
        var fromOldest = new Option<bool>("--from-oldest")
        {
            Description = "In the order in which the volumes were labelled, not by their names.",
        };
        var command = new ExampledCommand(
            "scan",
            "Rebuilds a lost catalog from the index files on a library's volumes, or adds what it lacks of them.",
            "backup scan tapes", "backup scan tapes --volume TAPE-0007 --volume TAPE-0008")
        { library, volumes, fromOldest, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            await CommandContext.Ask<JobsStarted>(
                node, new ScanLibrary(
                    RequestId.New(), new LibraryName(parsed.GetRequiredValue(library)),
                    parsed.GetValue(volumes) is { Length: > 0 } named
                        ? [.. named.Select(name => new VolumeName(name))] : null,
                    parsed.GetValue(fromOldest)),
                cancellation), cancellation));
        return command;
    }

    private static ExampledCommand Merge(BackupCommand program)
    {
        var image = new Argument<string>("image")
        {
            Description = "An incremental image, by the first digits of its id, by its job, or `latest`.",
        };
        var command = new ExampledCommand(
            "merge",
            "Makes a full image of an incremental and all that it builds on, without the client; later incrementals "
                + "build on it.",
            "backup merge latest", "backup merge 5f1c09b2e8aa --detach") { image, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            await CommandContext.Ask<JobsStarted>(
                node, new MergeImage(RequestId.New(), parsed.GetRequiredValue(image)), cancellation), cancellation));
        return command;
    }
}

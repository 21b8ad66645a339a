using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What writes images once more, and what looks after their copies.</summary>
internal static class CopyCommands
{
    public static IEnumerable<Command> All(BackupCommand program) =>
        [Copy(program), Migrate(program), Scrub(program), Heal(program), Flush(program)];

    private static ExampledCommand Copy(BackupCommand program)
    {
        var choice = new CopyArguments();
        var command = new ExampledCommand(
            "copy",
            "Writes images once more, as they are, to another pool. Restores read whichever copy can be read.",
            "backup copy latest --to offsite", "backup copy 12-14,17 --to offsite",
            "backup copy --pool disk --uncopied --to offsite --detach")
        { JobCommands.Detach };
        choice.AddTo(command);
        program.Does(command, (parsed, cancellation) =>
            Each(program, parsed, choice, image => choice.Copy(parsed, image), cancellation));
        return command;
    }

    private static ExampledCommand Migrate(BackupCommand program)
    {
        var choice = new CopyArguments();
        var by = new Option<MigrationRule>("--by")
        {
            Description = "What is taken of the pool: all, occupancy, smallest-volume or oldest-volume.",
            HelpName = "rule",
            CustomParser = result => Rule(result),
        };
        var high = Bytes("--high-water", "By occupancy: only when the pool holds more than this, such as 800GiB.");
        var low = Bytes("--low-water", "By occupancy: until it holds no more than this.");
        var command = new ExampledCommand(
            "migrate",
            "Moves images to another pool: copies them first, and takes the original out of use when the copy is whole "
                + "and recorded.",
            "backup migrate 5f1c09b2e8aa --to tape",
            "backup migrate --pool disk --by occupancy --high-water 800GiB --low-water 500GiB --to tape")
        { by, high, low, JobCommands.Detach };
        choice.AddTo(command);
        program.Does(command, (parsed, cancellation) => Each(
            program, parsed, choice,
            image => choice.Migrate(parsed, image, parsed.GetValue(by), parsed.GetValue(high), parsed.GetValue(low)),
            cancellation));
        return command;
    }

    /// <summary>
    /// Asks for each image by itself: what is refused of one is said, and the others go on. So does the exit code, and
    /// when all are refused the command is.
    /// </summary>
    private static async Task<int> Each(
        BackupCommand program, ParseResult parsed, CopyArguments choice, Func<string?, IRequest> request,
        CancellationToken cancellation)
    {
        CommandFailure? first = null;
        var ended = await JobCommands.StartAndFollow(program, parsed, async node =>
        {
            var (begun, notes) = (new List<JobId>(), new List<string>());
            var images = choice.Images(parsed);
            foreach (var image in images)
                try
                {
                    var started = await CommandContext.Ask<JobsStarted>(node, request(image), cancellation);
                    begun.AddRange(started.Jobs);
                    notes.AddRange(started.Notes ?? []);
                }
                catch (CommandFailure refused) when (images.Count > 1)
                {
                    first ??= refused;
                    notes.Add($"{image}: {refused.Refusal.Sentence}");
                }
            if (begun.Count == 0 && first is not null)
                throw new CommandFailure(first.ExitCode, first.Refusal with { Sentence = string.Join('\n', notes) });
            return Said(program, new JobsStarted(begun, notes.Count > 0 ? notes : null));
        }, cancellation);
        return first is null ? ended : Math.Max(ended, ExitCode.Failed);
    }

    private static ExampledCommand Scrub(BackupCommand program)
    {
        var what = new Argument<string?>("name")
        {
            Description = "A library, a pool or a volume. Default: all libraries.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new ExampledCommand(
            "scrub",
            "Reads volumes again, without keys, and compares each block with its digest. What is damaged is named, and "
                + "healed from another copy.",
            "backup scrub", "backup scrub disk-0007 --detach") { what, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
        {
            var name = parsed.GetValue(what);
            var settings = program.Context.Settings(parsed);
            var request = name is null ? new ScrubMedia(RequestId.New())
                : settings.Libraries.ContainsKey(new LibraryName(name))
                    ? new ScrubMedia(RequestId.New(), Library: new LibraryName(name))
                : settings.Pools.ContainsKey(new PoolName(name))
                    ? new ScrubMedia(RequestId.New(), Pool: new PoolName(name))
                : new ScrubMedia(RequestId.New(), Volume: new VolumeName(name));
            return await CommandContext.Ask<JobsStarted>(node, request, cancellation);
        }, cancellation));
        return command;
    }

    private static ExampledCommand Flush(BackupCommand program)
    {
        var library = new Argument<string?>("library")
        {
            Description = "A library that has a spool. Default: all.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new ExampledCommand(
            "flush",
            "Takes what waits on the spool of a library to the volumes of its pools now, however little it is. A node "
                + "does it by itself, by the spool's configuration.",
            "backup flush", "backup flush tapes --detach") { library, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            Said(program, await CommandContext.Ask<JobsStarted>(
                node, new FlushSpool(
                    RequestId.New(), parsed.GetValue(library) is { } name ? new LibraryName(name) : null),
                cancellation)), cancellation));
        return command;
    }

    private static ExampledCommand Heal(BackupCommand program)
    {
        var image = new Argument<string?>("image")
        {
            Description = "An image, by the first digits of its id, by its job, or `latest`. Default: all.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new ExampledCommand(
            "heal",
            "Writes fragments of which a copy was found damaged once more, from their other copies. A node does it by "
                + "itself.",
            "backup heal", "backup heal 5f1c09b2e8aa") { image, JobCommands.Detach };
        program.Does(command, (parsed, cancellation) => JobCommands.StartAndFollow(program, parsed, async node =>
            Said(program, await CommandContext.Ask<JobsStarted>(
                node, new HealCopies(RequestId.New(), parsed.GetValue(image)), cancellation)), cancellation));
        return command;
    }

    /// <summary>Nothing to do is no failure, and is said.</summary>
    private static JobsStarted Said(BackupCommand program, JobsStarted started)
    {
        if (started.Jobs.Count == 0) program.Context.Screen.Note("There is nothing to do.");
        return started;
    }

    private static Option<long> Bytes(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "bytes",
        CustomParser = result =>
        {
            if (Hocon.HoconValues.TryByteSize(result.Tokens[0].Value, out var bytes)) return bytes;
            result.AddError($"Expected bytes such as 800GiB, found \"{result.Tokens[0].Value}\".");
            return 0;
        },
    };

    private static MigrationRule Rule(System.CommandLine.Parsing.ArgumentResult result)
    {
        foreach (var rule in Enum.GetValues<MigrationRule>())
            if (System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName($"{rule}") == result.Tokens[0].Value)
                return rule;
        result.AddError(
            "Expected all, occupancy, smallest-volume or oldest-volume, found "
                + $"\"{result.Tokens[0].Value}\".");
        return default;
    }
}

/// <summary>Which images are copied, and where to.</summary>
internal sealed class CopyArguments
{
    private const int RangeMax = 1_000;

    private readonly Argument<string[]> _images = new("image")
    {
        Description = "Images, by the first digits of their ids, by their jobs or ranges of these such as 12-14, or "
            + "`latest`; also with commas between them. Default: what the options choose.",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result => [.. result.Tokens
            .SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))
            .SelectMany(name => Range(name, result)).Distinct()],
    };

    private readonly Option<string> _to = new("--to", "-t")
    {
        Description = "The pool whose volumes take the copies.",
        HelpName = "pool",
        Required = true,
    };

    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "Only images of this policy.",
        HelpName = "policy",
    };

    private readonly Option<string?> _client = new("--client", "-c")
    {
        Description = "Only images of this client.",
        HelpName = "client",
    };

    private readonly Option<string?> _pool = new("--pool", "-p")
    {
        Description = "Only what lies in this pool.",
        HelpName = "pool",
    };

    private readonly Option<int> _older = new("--older")
    {
        Description = "Only images that were sealed so many days ago or more.",
        HelpName = "days",
    };

    private readonly Option<bool> _uncopied = new("--uncopied")
    {
        Description = "Only images of which there is no second copy.",
    };

    private readonly Option<string?> _pattern = new("--pattern")
    {
        Description = "Only where this regular expression matches the policy, the client, the file set or a volume.",
        HelpName = "regex",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_images);
        foreach (var option in (Option[])[_to, _policy, _client, _pool, _older, _uncopied, _pattern])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_images) is not { Tokens.Count: > 0 }
                && new Option[] { _policy, _client, _pool, _older, _uncopied, _pattern }
                    .All(option => result.GetResult(option) is null))
                result.AddError("Say which images: by their names, or by --pool, --policy, --client, --older, "
                    + "--uncopied or --pattern.");
        });
    }

    /// <summary>The images that are named; one null where none is.</summary>
    public IReadOnlyList<string?> Images(ParseResult parsed) =>
        parsed.GetValue(_images) is { Length: > 0 } named ? named : new string?[] { null };

    public CopyImages Copy(ParseResult parsed, string? image) => new(
        RequestId.New(), new PoolName(parsed.GetRequiredValue(_to)), image, Policy(parsed),
        Client(parsed), Pool(parsed), parsed.GetValue(_older), parsed.GetValue(_uncopied), parsed.GetValue(_pattern));

    public MigrateImages Migrate(ParseResult parsed, string? image, MigrationRule by, long high, long low) => new(
        RequestId.New(), new PoolName(parsed.GetRequiredValue(_to)), image, Policy(parsed),
        Client(parsed), Pool(parsed), parsed.GetValue(_older), parsed.GetValue(_uncopied), parsed.GetValue(_pattern),
        by, high, low);

    /// <summary>A range of jobs; anything else is a name.</summary>
    private static IEnumerable<string> Range(string text, System.CommandLine.Parsing.ArgumentResult result)
    {
        var ends = text.Split('-');
        if (ends.Length != 2 || !long.TryParse(ends[0], out var first) || !long.TryParse(ends[1], out var last))
            return [text];
        if (first > 0 && first <= last && last - first < RangeMax)
            return Enumerable.Range(0, (int)(last - first) + 1).Select(number => $"{first + number}");
        result.AddError($"Expected a range of at most 1,000 jobs such as 12-14, found \"{text}\".");
        return [];
    }

    private PolicyName? Policy(ParseResult parsed) =>
        parsed.GetValue(_policy) is { } name ? new PolicyName(name) : null;

    private ClientName? Client(ParseResult parsed) =>
        parsed.GetValue(_client) is { } name ? new ClientName(name) : null;

    private PoolName? Pool(ParseResult parsed) => parsed.GetValue(_pool) is { } name ? new PoolName(name) : null;
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Media.Posix;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>A command with its examples.</summary>
internal sealed class ExampledCommand(string name, string summary, params string[] examples) : Command(name, summary)
{
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>What a command works with.</summary>
/// <param name="Screen">Where its words go.</param>
/// <param name="Door">The way to a gateway.</param>
/// <param name="Interrupts">Ctrl-C and SIGTERM.</param>
internal sealed record CommandContext(Screen Screen, NodeDoor Door, Interrupts Interrupts)
{
    private const string UsualFile = "/etc/backup/node.conf";

    public static Option<string?> ConfigOption { get; } = new("--config", "-c")
    {
        Description = "The configuration file. Default: $BACKUP_CONFIG, else /etc/backup/node.conf.",
        HelpName = "file",
        Recursive = true,
    };

    public static Option<bool> JsonOption { get; } = new("--json")
    {
        Description = "Standard output as JSON lines, each with its schema; errors too.",
        Recursive = true,
    };

    /// <summary>The configuration that the command is to use.</summary>
    /// <exception cref="CommandFailure">It has mistakes; all are named.</exception>
    public BackupSettings Settings(ParseResult parsed, string? file = null)
    {
        file ??= parsed.GetValue(ConfigOption) ?? Environment.GetEnvironmentVariable("BACKUP_CONFIG");
        if (string.IsNullOrEmpty(file) && !File.Exists(UsualFile))
            throw CommandFailure.Usage(
                $"There is no configuration {UsualFile}. Name one with --config FILE or $BACKUP_CONFIG. Without any, "
                    + "`backup demo` shows the whole way.");
        var (settings, problems) = SettingsReader.Read(string.IsNullOrEmpty(file) ? UsualFile : file);
        return settings ?? throw CommandFailure.Usage(SettingProblems.Render(problems).TrimEnd());
    }

    /// <summary>Asks, and ends the command when it is refused.</summary>
    public static async Task<T> Ask<T>(INodeConnection node, IRequest request, CancellationToken cancellation)
        where T : IReply =>
        await node.Ask(request, cancellation) switch
        {
            T reply => reply,
            Refused refused => throw new CommandFailure(refused),
            var other =>
                throw new NodeUnreachableException(
                    $"Expected a {typeof(T).Name} from the node, found a {other.GetType().Name}."),
        };
}

/// <summary>The `backup` program: its commands, and how each ends.</summary>
internal sealed class BackupCommand
{
    private readonly CommandContext _context;

    public BackupCommand(CommandContext context)
    {
        _context = context;
        Root = new RootCommand("Saves the files of clients to tapes, real or virtual, and gives them back.");
        Root.Options.Add(CommandContext.ConfigOption);
        Root.Options.Add(CommandContext.JsonOption);
        Command[] commands =
        [
            .. NodeCommands.All(this), .. JobCommands.All(this), .. BrowseCommands.All(this),
            .. RestoreCommands.All(this),
            .. CopyCommands.All(this), .. VaultCommands.All(this),
            CatalogCommands.Create(this),
            .. MediaCommands.All(this), .. VolumeCommands.All(this), .. LibraryCommands.All(this),
            .. DriveCommands.All(this),
            .. RequestCommands.All(this),
            .. TapeCommands.All(this), .. MediaCopyCommand.All(this), .. ObjectCommands.All(this),
            .. ScheduleCommands.All(this),
            .. PlanCommands.All(this), .. RetentionCommands.All(this), .. SecurityCommands.All(this),
            .. BatchCommand.All(this), .. CompletionCommand.All(this),
        ];
        foreach (var command in commands) Root.Subcommands.Add(command);
        Guard(Root);
        new Proposals(context).AddTo(Root);
        var help = Root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampledHelp((HelpAction)help.Action!);
    }

    public RootCommand Root { get; }

    /// <summary>How often jobs are asked for while they are followed.</summary>
    public FollowPace Pace { get; init; } = FollowPace.Usual;

    public CommandContext Context => _context;

    /// <summary>Reads a command line, without response files: a name may begin with an @.</summary>
    public ParseResult Parse(IReadOnlyList<string> arguments) =>
        Root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>Why a command line cannot be run; null: it can.</summary>
    public string? MistakeOf(ParseResult parsed) => parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction or null
        ? $"{Words(parsed)} See: {PathOf(parsed)} --help"
        : null;

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> Run(IReadOnlyList<string> arguments, CancellationToken cancellation = default)
    {
        var parsed = Parse(arguments);
        _context.Screen.Json = parsed.GetValue(CommandContext.JsonOption);
        if (MistakeOf(parsed) is { } mistake)
        {
            _context.Screen.Refuse(new Refused(RefusalCode.BadRequest, mistake));
            return ExitCode.Usage;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = _context.Screen.Output,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        }, cancellation);
    }

    /// <summary>
    /// What a line lacks, or has in a form that is none, the parser says behind all checks: they must not fail over it.
    /// </summary>
    private static void Guard(Command command)
    {
        for (var at = 0; at < command.Validators.Count; at++)
        {
            var check = command.Validators[at];
            command.Validators[at] = result =>
            {
                try
                {
                    check(result);
                }
                catch (InvalidOperationException)
                {
                    // Of a value that cannot be had, which is an error of its own
                }
            };
        }
        foreach (var inner in command.Subcommands) Guard(inner);
    }

    /// <summary>Gives a command its work; what it throws becomes its exit code and a sentence.</summary>
    public void Does(Command command, Func<ParseResult, CancellationToken, Task<int>> work) =>
        command.SetAction(async (parsed, cancellation) =>
    {
        try
        {
            return await work(parsed, cancellation);
        }
        catch (CommandFailure failure)
        {
            _context.Screen.Refuse(failure.Refusal);
            return failure.ExitCode;
        }
        catch (NodeStartException failure)
        {
            var code = failure.ExitCode == ExitCode.Usage ? RefusalCode.BadRequest : RefusalCode.Unavailable;
            _context.Screen.Refuse(new Refused(code, failure.Message));
            return failure.ExitCode;
        }
        catch (NodeUnreachableException failure)
        {
            _context.Screen.Refuse(new Refused(RefusalCode.Unavailable, failure.Message));
            return ExitCode.Unreachable;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PosixException)
        {
            _context.Screen.Refuse(new Refused(RefusalCode.Unavailable, failure.Message));
            return ExitCode.Failed;
        }
    });

    private string Words(
        ParseResult parsed) => parsed.CommandResult.Command == Root && parsed.UnmatchedTokens is [var word, ..]
        ? $"There is no command \"{word}\"; "
            + Sentence(NearestName.Suggest(word, "commands", [.. Root.Subcommands.Select(command => command.Name)]))
        : string.Join(" ", parsed.Errors.Select(error => error.Message));

    private static string Sentence(string text) => text.EndsWith('?') ? text : text + ".";

    private static string PathOf(ParseResult parsed)
    {
        var words = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null;
            result = result.Parent as System.CommandLine.Parsing.CommandResult)
            words.Push(result.Parent is null ? "backup" : result.Command.Name);
        return string.Join(" ", words);
    }
}

/// <summary>The usual help, and examples behind it.</summary>
internal sealed class ExampledHelp(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        var code = usual.Invoke(parsed);
        var output = parsed.InvocationConfiguration.Output;
        if (parsed.CommandResult.Command is ExampledCommand { Examples.Count: > 0 } command)
        {
            output.WriteLine("Examples:");
            foreach (var example in command.Examples) output.WriteLine($"  {example}");
            output.WriteLine();
        }
        output.WriteLine("Exit codes:");
        foreach (var (number, meaning) in ExitCode.Table) output.WriteLine($"  {number,3}  {meaning}");
        return code;
    }
}

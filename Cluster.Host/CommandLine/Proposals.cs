using System.CommandLine;
using System.CommandLine.Completions;
using System.Runtime.CompilerServices;
using Backup.Host.Configuration;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>
/// Words that a shell proposes: names from the configuration, numbers and names from a node that runs. Nothing is
/// started or written for it, and what cannot be known at once is not proposed: a shell waits, and shows no mistakes.
/// </summary>
/// <param name="context">Of the commands.</param>
internal sealed class Proposals(CommandContext context)
{
    private const int JobsMax = 50;
    private static readonly TimeSpan NodeWithin = TimeSpan.FromMilliseconds(300);

    /// <summary>
    /// Some options are the same object in several commands, and in each program of a test: they get their source once,
    /// and it finds the program that asks.
    /// </summary>
    private static readonly ConditionalWeakTable<Command, Proposals> OfRoot = [];

    private static readonly ConditionalWeakTable<Symbol, object> Sourced = [];
    private static readonly Lock Turn = new();

    /// <summary>Gives each argument and option of a program what it may be.</summary>
    public void AddTo(RootCommand root)
    {
        lock (Turn)
        {
            OfRoot.Add(root, this);
            Add(root);
        }
    }

    private static void Add(Command command)
    {
        foreach (var argument in command.Arguments) Add(argument, argument.CompletionSources);
        foreach (var option in command.Options) Add(option, option.CompletionSources);
        foreach (var below in command.Subcommands) Add(below);
    }

    private static void Add(
        Symbol symbol, ICollection<Func<CompletionContext, IEnumerable<CompletionItem>>> sources)
    {
        if (!Sourced.TryAdd(symbol, symbol)) return;
        var name = symbol.Name.TrimStart('-');
        sources.Add(completion => OfRoot.TryGetValue(
            (Command)completion.ParseResult.RootCommandResult.Command, out var proposals)
            ? proposals.Words(name, completion)
                .Where(word => word.StartsWith(completion.WordToComplete, StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal).Select(word => new CompletionItem(word))
            : []);
    }

    private IEnumerable<string> Words(string symbol, CompletionContext completion)
    {
        var (parsed, command) = (completion.ParseResult, completion.ParseResult.CommandResult.Command.Name);
        return symbol switch
        {
            "policy" or "catalog" => Configured(parsed, settings => settings.Policies.Keys.Select(name => name.Value)),
            "client" or "to-client" => Configured(parsed, ClientsOf),
            "library" => Configured(parsed, settings => settings.Libraries.Keys.Select(name => name.Value)),
            "pool" => Configured(parsed, settings => settings.Pools.Keys.Select(name => name.Value)),
            "plan" => Configured(parsed, settings => settings.Plans.Keys),
            "file-set" => Configured(parsed, settings => settings.FileSets.Keys.Select(name => name.Value)),
            "level" when command == "run" => ["full", "incremental", "differential"],
            "replace" => ["never", "always", "newer", "older", "changed"],
            "shell" => CompletionScripts.All.Keys,
            "job" or "jobs" => FromNode<JobList>(
                parsed, new ListJobs(JobsMax, RunningOnly: command == "cancel"),
                list => list.Jobs.Select(job => job.Job.ToString())),
            "image" or "media" or "disk" or "data" => FromNode<ImageList>(
                parsed, new ListImages(),
                list => list.Images.Select(image => FileText.Short(image.Image)).Prepend("latest")),
            "volume" => FromNode<VolumeList>(
                parsed, new ListVolumes(), list => list.Volumes.Select(volume => volume.Volume.Value)),
            "drive" => FromNode<NodeStatus>(
                parsed, new ShowStatus(), status => status.Drives.Select(line => line.Split(':')[0])),
            _ => [],
        };
    }

    private static IEnumerable<string> ClientsOf(BackupSettings settings) => settings.Clients.Keys
        .Concat(settings.Policies.Values.SelectMany(policy => policy.Clients)).Select(client => client.Value);

    private IEnumerable<string> Configured(ParseResult parsed, Func<BackupSettings, IEnumerable<string>> words) =>
        Settings(parsed) is { } settings ? words(settings) : [];

    private IEnumerable<string> FromNode<T>(ParseResult parsed, IRequest request, Func<T, IEnumerable<string>> words)
        where T : IReply =>
        Settings(parsed) is { } settings && Answer(settings, request) is T reply ? words(reply) : [];

    /// <summary>Null where there are none, or where they have a mistake.</summary>
    private BackupSettings? Settings(ParseResult parsed)
    {
        try
        {
            return context.Settings(parsed);
        }
        catch (Exception refused) when (refused is CommandFailure or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Of a node that runs; null when there is none, or it takes longer than a shell may wait.</summary>
    private IReply? Answer(BackupSettings settings, IRequest request)
    {
        using var patience = new CancellationTokenSource(NodeWithin);
        try
        {
            return Task.Run(() => Ask(settings, request, patience.Token)).WaitAsync(NodeWithin)
                .GetAwaiter().GetResult();
        }
        catch (Exception silent) when (silent is TimeoutException or OperationCanceledException
            or NodeUnreachableException or System.Net.Sockets.SocketException or IOException)
        {
            return null;
        }
    }

    private async Task<IReply?> Ask(BackupSettings settings, IRequest request, CancellationToken cancellation)
    {
        if (await context.Door.Running(settings, cancellation) is not { } door) return null;
        await using (door) return await door.Node.Ask(request, cancellation);
    }
}

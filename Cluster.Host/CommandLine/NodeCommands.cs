using System.CommandLine;
using Backup.Host.Configuration;
using Backup.Host.Http;
using Backup.Host.Node;
using Backup.Host.Service;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>A line of `backup node --json`.</summary>
/// <param name="Event">`listening` or `stopped`.</param>
/// <param name="Node">The node's name.</param>
/// <param name="Socket">Where it answers.</param>
internal sealed record NodeEvent(string Event, string Node, string Socket);

/// <summary>The answer of `backup config check`.</summary>
/// <param name="File">The file.</param>
/// <param name="Problems">Empty when it is good.</param>
/// <param name="Warnings">What is taken as it is, and may not be meant; of a configuration without problems.</param>
internal sealed record ConfigChecked(
    string File, IReadOnlyList<ConfigProblem> Problems, IReadOnlyList<ConfigProblem> Warnings);

/// <summary>One mistake in a configuration.</summary>
/// <param name="Place">File, line and column, as `node.conf:12:5`.</param>
/// <param name="Key">The full key; empty where the text cannot be read.</param>
/// <param name="Found">What was found.</param>
/// <param name="Allowed">What would be right.</param>
internal sealed record ConfigProblem(string Place, string Key, string Found, string Allowed);

/// <summary>The long-running node, and what helps to set it up.</summary>
internal static class NodeCommands
{
    /// <summary>With what ends before and after it, 30 s.</summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(25);

    public static IEnumerable<Command> All(BackupCommand program) =>
        [Node(program), Reload(program), Config(program), Demo.DemoCommand.Create(program),
            LocalCluster.LocalClusterCommand.Create(program)];

    private static ExampledCommand Node(BackupCommand program)
    {
        var file = new Argument<string?>("file")
        {
            Description = "The configuration file; as --config.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var command = new ExampledCommand("node",
            "Runs the node until it gets SIGTERM or Ctrl-C. It takes up the jobs that were not finished, and answers "
                + "commands from other terminals.",
            "backup node one-node.conf", "backup node --config /etc/backup/node.conf") { file };
        program.Does(command, async (parsed, cancellation) =>
        {
            var (screen, settings) = (program.Context.Screen, program.Context.Settings(parsed, parsed.GetValue(file)));
            var interrupted = program.Context.Interrupts.Next();
            await using var service = await NodeService.Start(settings, program.Context);
            if (await Started(settings, interrupted, cancellation) is not { } node)
            {
                screen.Line("Stopped before it had begun.");
                return ExitCode.Complete;
            }
            try
            {
                await using var server = await Serve(node, settings, service.Health);
                if (settings.Pbm.Enabled) node.StartConsole(settings.Pbm);
                screen.Reply(new NodeEvent("listening", settings.Node.Name.Value, settings.Node.SocketFile));
                screen.Line(
                    $"Node {settings.Node.Name} runs, and answers at {settings.Node.SocketFile}. SIGTERM or Ctrl-C "
                        + "stops it gracefully.");
                service.Ready(node);
                await Task.WhenAny(interrupted, node.Stopped);
                if (node.Stopped.IsCompleted)
                    throw new CommandFailure(ExitCode.Failed,
                        new Refused(RefusalCode.Unavailable, "The node stopped by itself; its log says why."));
                screen.Line("Stopping: jobs that run are taken up again by the next start.");
                service.Stopping();
            }
            finally
            {
                await Stop(node, screen);
            }
            screen.Reply(new NodeEvent("stopped", settings.Node.Name.Value, settings.Node.SocketFile));
            screen.Line("Stopped.");
            return ExitCode.Complete;
        });
        return command;
    }

    /// <summary>The node; null when it is to stop while it still waits for its catalog.</summary>
    private static async Task<BackupNode?> Started(
        BackupSettings settings, Task interrupted, CancellationToken cancellation)
    {
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var node = BackupNode.Start(settings, NodeMode.All, starting.Token);
        if (await Task.WhenAny(node, interrupted) == interrupted) await starting.CancelAsync();
        try
        {
            return await node;
        }
        catch (OperationCanceledException) when (starting.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task Stop(BackupNode node, Screen screen)
    {
        try
        {
            await node.Stop().WaitAsync(StopPatience);
        }
        catch (TimeoutException)
        {
            // What is durable stays so, and the next start goes on from there: as after a kill.
            screen.Note($"The node did not stop within {StopPatience.TotalSeconds:0} s and is ended as it is.");
        }
    }

    private static async Task<NodeServer> Serve(BackupNode node, BackupSettings settings, NodeHealth health)
    {
        try
        {
            return await NodeServer.Start(node.Connection, settings.Node.SocketFile, health);
        }
        catch (IOException failure)
        {
            throw new CommandFailure(ExitCode.Failed, new Refused(
                RefusalCode.Unavailable,
                $"The socket {settings.Node.SocketFile} cannot be made: {failure.Message} Commands would not reach "
                    + "the node."));
        }
    }

    private static ExampledCommand Reload(BackupCommand program)
    {
        var command = new ExampledCommand("reload",
            "Makes the running node read its configuration again. One with a mistake is refused and the one before "
                + "stays; running jobs keep theirs in any case.",
            "backup reload", "backup reload --json");
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var reply = await CommandContext.Ask<ConfigurationReloaded>(
                door.Node, new ReloadConfiguration(RequestId.New()), cancellation);
            screen.Reply(reply);
            if (!screen.Json) Print(screen, reply);
            return ExitCode.Complete;
        });
        return command;
    }

    public static void Print(Screen screen, ConfigurationReloaded reply)
    {
        if (reply.Applied.Count + reply.NeedRestart.Count == 0) screen.Line("Nothing has changed.");
        foreach (var key in reply.Applied) screen.Line($"In force: {key}");
        foreach (var key in reply.NeedRestart) screen.Line($"After a restart of the node: {key}");
    }

    private static Command Config(BackupCommand program)
    {
        var config = new Command("config", "What helps to write a configuration.");
        var file = new Argument<string>("file") { Description = "The configuration file." };
        var check = new ExampledCommand(
            "check", "Checks a configuration and names every mistake with file, line and key. Changes nothing.",
            "backup config check one-node.conf") { file };
        program.Does(
            check, (parsed, _) => Task.FromResult(Check(program.Context.Screen, parsed.GetRequiredValue(file))));
        config.Subcommands.Add(check);
        return config;
    }

    private static int Check(Screen screen, string file)
    {
        var (settings, problems) = SettingsReader.Read(file);
        var warnings = settings?.Warnings ?? [];
        screen.Reply(new ConfigChecked(file, [.. problems.Select(Said)], [.. warnings.Select(Said)]));
        if (settings is null)
        {
            if (!screen.Json) screen.Note(SettingProblems.Render(problems).TrimEnd());
            return ExitCode.Usage;
        }
        if (!screen.Json) foreach (var warning in warnings) screen.Note(warning.ToString().TrimEnd());
        screen.Line($"{file} is good: node {settings.Node.Name}, data in {settings.Node.DataDirectory}, "
            + $"{Quantity.Count(settings.Libraries.Count, "library", "libraries")}, "
            + $"{Quantity.Count(settings.Pools.Count, "pool")}, {Quantity.Count(settings.FileSets.Count, "file set")}, "
            + $"{Quantity.Count(settings.Policies.Count, "policy", "policies")}.");
        return ExitCode.Complete;
    }

    private static ConfigProblem Said(SettingProblem problem) =>
        new(problem.Place.ToString(), problem.Key, problem.Found, problem.Allowed);
}

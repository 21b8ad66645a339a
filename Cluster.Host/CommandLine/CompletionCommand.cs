using System.CommandLine;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>The answer of `backup completion`.</summary>
/// <param name="Shell">`bash`, `zsh` or `fish`.</param>
/// <param name="Script">What the shell reads.</param>
internal sealed record CompletionScript(string Shell, string Script);

/// <summary>Prints what a shell reads so that it completes words of this program.</summary>
internal static class CompletionCommand
{
    public static IEnumerable<Command> All(BackupCommand program)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        var command = new ExampledCommand(
            "completion", "Prints a script by which a shell completes commands, and names of what there is.",
            "backup completion bash") { shell };
        program.Does(command, (parsed, _) =>
        {
            var (screen, name) = (program.Context.Screen, parsed.GetRequiredValue(shell));
            if (!CompletionScripts.All.TryGetValue(name, out var script))
                throw CommandFailure.Usage($"Expected bash, zsh or fish, found \"{name}\".");
            screen.Reply(new CompletionScript(name, script));
            screen.Line(script);
            return Task.FromResult(ExitCode.Complete);
        });
        return [command];
    }
}

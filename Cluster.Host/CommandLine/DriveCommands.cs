using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What an operator does with drives.</summary>
internal static class DriveCommands
{
    private const string Disable = "disable";
    private const string Enable = "enable";
    private const string Clean = "clean";
    private static readonly string[] Actions = [Disable, Enable, Clean];

    public static IEnumerable<Command> All(BackupCommand program) => [Drive(program)];

    public static void Print(Screen screen, DriveSet set)
    {
        screen.Line($"Drive {set.Drive} is {set.Disabled?.Sentence() ?? "enabled"}.");
        if (set.Disabled is { } disabled && set.Doing != disabled.Sentence())
            screen.Line($"It is in use now ({set.Doing}); that goes on to its end.");
    }

    public static void Print(Screen screen, DriveCleaned cleaned) => screen.Line(cleaned.IsDone
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"Drive {cleaned.Drive} was cleaned by {cleaned.Cartridge}, use {cleaned.Uses} of {cleaned.UsesMax} of it.")
        : $"Drive {cleaned.Drive} is still being cleaned. To see when it is done: backup show drive {cleaned.Drive}");

    private static ExampledCommand Drive(BackupCommand program)
    {
        var drive = new Argument<DriveId?>("drive") { Description = "As LIBRARY/NUMBER.", CustomParser = DriveOf };
        var action = new Argument<string>("action")
        {
            Description = "disable: no further job gets it, what works with it ends first; enable: jobs get it again; "
                + "clean: with a cleaning cartridge of its library.",
            HelpName = string.Join("|", Actions),
        };
        action.AcceptOnlyFromAmong(Actions);
        var why = new Option<string?>("--why") { Description = "Why it is disabled.", HelpName = "text" };
        var command = new ExampledCommand(
            "drive", "Takes a drive out of use or into it again, or cleans it.",
            "backup drive lto/1 disable --why 'write errors'", "backup drive lto/1 enable",
            "backup drive lto/1 clean") { drive, action, why };
        command.Validators.Add(result =>
        {
            if (result.GetValue(why) is not null && result.GetValue(action) != Disable)
                result.AddError("--why goes with disable.");
        });
        program.Does(command, async (parsed, cancellation) =>
        {
            var (named, what) = (parsed.GetRequiredValue(drive)!.Value, parsed.GetRequiredValue(action));
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForWork(program.Context.Settings(parsed), cancellation);
            if (what == Clean)
            {
                var cleaned = await CommandContext.Ask<DriveCleaned>(
                    door.Node, new CleanDrive(RequestId.New(), named), cancellation);
                screen.Reply(cleaned);
                if (!screen.Json) Print(screen, cleaned);
                return ExitCode.Complete;
            }
            var set = await CommandContext.Ask<DriveSet>(
                door.Node, new SetDrive(
                    RequestId.New(), named, what == Disable ? DriveUse.Disabled : DriveUse.Enabled,
                    parsed.GetValue(why), Environment.UserName), cancellation);
            screen.Reply(set);
            if (!screen.Json) Print(screen, set);
            return ExitCode.Complete;
        });
        return command;
    }

    private static DriveId? DriveOf(ArgumentResult result)
    {
        if (WireText.Drive(result.Tokens[0].Value) is { } drive) return drive;
        result.AddError($"Expected a drive as LIBRARY/NUMBER, found \"{result.Tokens[0].Value}\".");
        return null;
    }
}

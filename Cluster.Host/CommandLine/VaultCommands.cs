using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>Where volumes are.</summary>
internal static class VaultCommands
{
    public static IEnumerable<Command> All(BackupCommand program)
    {
        var command = new ExampledCommand(
            "vault", "Says which volumes are at another place, and what should go there next; takes them out and back.",
            "backup vault", "backup vault out disk-0007 --to \"bank, box 4\"", "backup vault in disk-0007");
        var volume = new Option<string?>("--volume", "-v") { Description = "Only this volume.", HelpName = "volume" };
        var pool = new Option<string?>("--pool", "-p")
        {
            Description = "Only volumes of this pool.",
            HelpName = "pool",
        };
        command.Options.Add(volume);
        command.Options.Add(pool);
        command.Subcommands.Add(Out(program));
        command.Subcommands.Add(In(program));
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var reply = await CommandContext.Ask<VaultShown>(
                door.Node,
                new ShowVault(
                    parsed.GetValue(volume) is { } name ? new VolumeName(name) : null,
                    parsed.GetValue(pool) is { } of ? new PoolName(of) : null), cancellation);
            screen.Reply(reply);
            if (!screen.Json) Print(screen, reply);
            return ExitCode.Complete;
        });
        return [command];
    }

    public static void Print(Screen screen, VolumesVaulted moved)
    {
        if (moved.Volumes.Count == 0) screen.Line("No volume was named.");
        foreach (var volume in moved.Volumes)
            screen.Line(moved.Place is { } place
                ? $"Volume {volume} is at {place}. It is not loaded until it is back: backup vault in {volume}"
                : $"Volume {volume} is back in its library.");
    }

    public static void Print(Screen screen, VaultShown shown)
    {
        if (shown.Away.Count == 0) screen.Line("All volumes are in their libraries.");
        else
        {
            var away = new ListTable("VOLUME", "SINCE", "BY", "PLACE", "~NOTE");
            foreach (var move in shown.Away)
                away.Row(move.Volume.Value, Quantity.Moment(move.At), move.By, move.Place ?? "", move.Note ?? "");
            away.Print(screen);
        }
        if (shown.Export.Count > 0)
            screen.Line($"To be taken out next: {string.Join(" ", shown.Export.Select(volume => volume.Value))}");
        if (shown.Log.Count == 0) return;
        screen.Line("Log, newest first:");
        var log = new ListTable("WHEN", "VOLUME", "TO", "BY", "~NOTE");
        foreach (var move in shown.Log)
            log.Row(
                Quantity.Moment(move.At), move.Volume.Value, move.Place ?? "its library", move.By, move.Note ?? "");
        log.Print(screen);
    }

    private static ExampledCommand Out(BackupCommand program)
    {
        var volumes = Volumes();
        var to = new Option<string>("--to", "-t") { Description = "The place.", HelpName = "place", Required = true };
        var note = Note();
        var command = new ExampledCommand(
            "out", "Notes that volumes were taken to another place: they are not loaded until they are back.",
            "backup vault out disk-0007 disk-0008 --to \"bank, box 4\"") { volumes, to, note };
        VolumeCommands.Does<VolumesVaulted>(
            program, command,
            parsed => new VaultVolumes(
                RequestId.New(), parsed.GetRequiredValue(volumes), parsed.GetRequiredValue(to), Environment.UserName,
                parsed.GetValue(note)),
            Print);
        return command;
    }

    private static ExampledCommand In(BackupCommand program)
    {
        var volumes = Volumes();
        var note = Note();
        var command = new ExampledCommand(
            "in", "Notes that volumes are back in their libraries. They are read, and take no more data.",
            "backup vault in disk-0007") { volumes, note };
        VolumeCommands.Does<VolumesVaulted>(
            program, command,
            parsed => new VaultVolumes(
                RequestId.New(), parsed.GetRequiredValue(volumes), null, Environment.UserName, parsed.GetValue(note)),
            Print);
        return command;
    }

    private static Argument<string[]> Volumes() => new("volumes")
    {
        Description = "Names of volumes.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static Option<string?> Note() => new("--note")
    {
        Description = "What else is to be remembered.",
        HelpName = "text",
    };
}

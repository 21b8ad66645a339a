using System.CommandLine;
using Backup.Actors.Storage;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Host.CommandLine;

/// <summary>What an operator does with volumes.</summary>
internal static class VolumeCommands
{
    private static readonly Option<LibraryName?> Library = new("--library")
    {
        Description = "The library. Default: in which the volume is known, or a job waits for it; else that of the "
            + "drive or pool.",
        HelpName = "library",
        CustomParser = result => Name(result, "library") is { } name ? new LibraryName(name) : null,
    };

    private static readonly Dictionary<string, VolumeState> States = Enum.GetValues<VolumeState>()
        .Where(state => VolumeLife.WishFor(state) is not null)
        .ToDictionary(VolumeLife.Word, StringComparer.Ordinal);

    public static IEnumerable<Command> All(BackupCommand program) =>
        [Label(program), Mount(program), Unmount(program), Update(program)];

    public static void Print(Screen screen, VolumeLabelled labelled)
    {
        screen.Line($"Volume {labelled.Volume} in library {labelled.Library} is labelled for pool {labelled.Pool}.");
        Print(screen, labelled.Answers);
    }

    public static void Print(Screen screen, VolumesLabelled labelled)
    {
        foreach (var volume in labelled.Volumes)
            screen.Line($"Volume {volume} in library {labelled.Library} is labelled for pool {labelled.Pool}.");
        if (labelled.Volumes.Count == 0) screen.Line($"No volume of library {labelled.Library} was labelled.");
        foreach (var why in labelled.Skipped) screen.Line($"Left out: {why}");
        if (labelled.More > 0)
            screen.Line($"{labelled.More} more are blank, or nobody has looked at them yet: the same again labels what "
                + "is blank.");
        Print(screen, labelled.Answers);
    }

    public static void Print(Screen screen, VolumeMounted mounted)
    {
        screen.Line($"Volume {mounted.Volume} is in drive {mounted.Drive}.");
        Print(screen, mounted.Answers);
    }

    public static void Print(Screen screen, DriveUnmounted unmounted) => screen.Line(unmounted.Volume is { } volume
        ? $"Volume {volume} was taken out of drive {unmounted.Drive}."
        : $"Drive {unmounted.Drive} was empty.");

    public static void Print(Screen screen, VolumeUpdated updated) => screen.Line(
        $"Volume {updated.Volume} is {VolumeLife.Word(updated.State)}; it was {VolumeLife.Word(updated.Before)}.");

    private static void Print(Screen screen, IReadOnlyList<JobId> answered)
    {
        foreach (var job in answered) screen.Line($"Job {job} waited for it, and goes on.");
    }

    private static ExampledCommand Label(BackupCommand program)
    {
        var volume = new Argument<VolumeName?>("volume")
        {
            Description = "The volume's name. Default: a blank one in the pool's library, or a new one.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => Name(result, "volume") is { } name ? new VolumeName(name) : null,
        };
        var pool = new Option<PoolName?>("--pool", "-p")
        {
            Description = "The pool that it is for.",
            HelpName = "pool",
            Required = true,
            CustomParser = result => Name(result, "pool") is { } name ? new PoolName(name) : null,
        };
        var overwrite = new Option<bool>("--overwrite")
        {
            Description = "Also a volume that has a label already, if it holds no image. What holds one, is foreign or "
                + "cannot be read is refused all the same.",
        };
        var foreign = new Option<bool>("--erase-foreign")
        {
            Description = "Also the volume that is named where another program wrote to it: all of that is gone.",
        };
        var template = new Option<string?>("--template")
        {
            Description = "Labels new volumes with such names: %04d the number, %p pool, %l library, %y%m the month.",
            HelpName = "template",
        };
        var count = new Option<int>("--count")
        {
            Description = "How many by the template, 1 to 100.",
            HelpName = "number",
            DefaultValueFactory = _ => 1,
        };
        var barCodes = new Option<bool>("--barcodes")
        {
            Description = "Labels what is blank, each by its bar code, or its directory's name.",
        };
        var command = new ExampledCommand(
            "label", "Labels a blank or new volume for a pool. A job that waits for one goes on.",
            "backup label --pool disk", "backup label disk-0007 --pool disk --json",
            "backup label --pool disk --template lto-%04d --count 20", "backup label --pool lto --barcodes")
        { volume, pool, overwrite, foreign, template, count, barCodes, Library };
        command.Validators.Add(result =>
        {
            var many = result.GetValue(template) is not null || result.GetValue(barCodes);
            if (many && (result.GetResult(volume) is { Tokens.Count: > 0 } || result.GetValue(overwrite)
                || result.GetValue(foreign)))
                result.AddError("--template and --barcodes label only blank and new volumes: no name, --overwrite or "
                    + "--erase-foreign goes with them.");
        });
        program.Does(command, async (parsed, cancellation) =>
        {
            var of = parsed.GetRequiredValue(pool)!.Value;
            var (pattern, byCode) = (parsed.GetValue(template), parsed.GetValue(barCodes));
            var library = parsed.GetValue(Library);
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForWork(program.Context.Settings(parsed), cancellation);
            if (pattern is null && !byCode)
            {
                var one = await CommandContext.Ask<VolumeLabelled>(
                    door.Node, new LabelVolume(
                        RequestId.New(), of, parsed.GetValue(volume), parsed.GetValue(overwrite), library,
                        parsed.GetValue(foreign)), cancellation);
                screen.Reply(one);
                if (!screen.Json) Print(screen, one);
                return ExitCode.Complete;
            }
            var many = await CommandContext.Ask<VolumesLabelled>(
                door.Node, new LabelVolumes(RequestId.New(), of, pattern, parsed.GetValue(count), byCode, library),
                cancellation);
            screen.Reply(many);
            if (!screen.Json) Print(screen, many);
            return ExitCode.Complete;
        });
        return command;
    }

    private static ExampledCommand Mount(BackupCommand program)
    {
        var volume = new Argument<VolumeName?>("volume")
        {
            Description = "The volume's name.",
            CustomParser = result => Name(result, "volume") is { } name ? new VolumeName(name) : null,
        };
        var drive = new Option<DriveId?>("--drive")
        {
            Description = "The drive. Default: that of a job which waits for the volume, else an idle one.",
            HelpName = "library/number",
            CustomParser = Drive,
        };
        var command = new ExampledCommand(
            "mount", "Puts a volume into a drive. A job that waits for it goes on.",
            "backup mount disk-0007", "backup mount disk-0007 --drive tapes/1") { volume, drive, Library };
        Does<VolumeMounted>(
            program, command,
            parsed => new MountVolume(
                RequestId.New(), parsed.GetRequiredValue(volume)!.Value, parsed.GetValue(drive),
                parsed.GetValue(Library)),
            Print);
        return command;
    }

    private static ExampledCommand Unmount(BackupCommand program)
    {
        var drive = new Argument<DriveId?>("drive") { Description = "As LIBRARY/NUMBER.", CustomParser = Drive };
        var command = new ExampledCommand(
            "unmount", "Takes the volume out of a drive that no job uses.",
            "backup unmount tapes/0", "backup unmount tapes/0 --json") { drive };
        Does<DriveUnmounted>(
            program, command,
            parsed => new UnmountDrive(RequestId.New(), parsed.GetRequiredValue(drive)!.Value), Print);
        return command;
    }

    private static ExampledCommand Update(BackupCommand program)
    {
        var volume = new Argument<VolumeName?>("volume")
        {
            Description = "The volume's name.",
            CustomParser = result => Name(result, "volume") is { } name ? new VolumeName(name) : null,
        };
        var state = new Option<VolumeState?>("--state")
        {
            Description = "append, full, used, read-only, disabled, archive or cleaning.",
            HelpName = "state",
            Required = true,
            CustomParser = result =>
            {
                if (States.TryGetValue(result.Tokens[0].Value, out var known)) return known;
                result.AddError($"Expected {string.Join(", ", States.Keys)}, found \"{result.Tokens[0].Value}\".");
                return null;
            },
        };
        var reason = new Option<string?>("--reason") { Description = "Why, for the list.", HelpName = "text" };
        var command = new ExampledCommand(
            "volume", "Says what a volume may be used for. Refused while a job uses it.",
            "backup volume disk-0007 --state read-only --reason vault",
            "backup volume disk-0007 --state append") { volume, state, reason, Library };
        Does<VolumeUpdated>(
            program, command,
            parsed => new UpdateVolume(
                RequestId.New(), parsed.GetRequiredValue(volume)!.Value, parsed.GetRequiredValue(state)!.Value,
                parsed.GetValue(reason), parsed.GetValue(Library)),
            Print);
        return command;
    }

    public static void Does<T>(
        BackupCommand program, Command command, Func<ParseResult, IRequest> request, Action<Screen, T> print)
        where T : IReply =>
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForWork(program.Context.Settings(parsed), cancellation);
            var reply = await CommandContext.Ask<T>(door.Node, request(parsed), cancellation);
            screen.Reply(reply);
            if (!screen.Json) print(screen, reply);
            return ExitCode.Complete;
        });

    private static string? Name(System.CommandLine.Parsing.ArgumentResult result, string what)
    {
        if (result.Tokens.Count == 0) return null;
        if (WireText.IsName(result.Tokens[0].Value)) return result.Tokens[0].Value;
        result.AddError($"Expected the name of a {what}, found \"{result.Tokens[0].Value}\".");
        return null;
    }

    private static DriveId? Drive(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (WireText.Drive(result.Tokens[0].Value) is { } drive) return drive;
        result.AddError($"Expected a drive as LIBRARY/NUMBER, found \"{result.Tokens[0].Value}\".");
        return null;
    }
}

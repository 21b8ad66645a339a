using System.CommandLine;
using System.Globalization;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What is done with one drive, with no node and no configuration: try it, list a tape.</summary>
internal static class TapeCommands
{
    private static readonly Option<int> BlockSize = new("--block-size")
    {
        Description = "Blocks of a blank tape: 0 (variable), or 512 to 16384, a power of two.",
        HelpName = "bytes",
        DefaultValueFactory = _ => 0,
    };

    public static IEnumerable<Command> All(BackupCommand program) =>
        [new Command("tape", "Tries a tape drive, or lists what is on a tape, without a node.")
            { Test(program), List(program) }];

    public static void Print(Screen screen, TapeTested tested)
    {
        foreach (var (name, value) in tested.Facts) screen.Line($"{name}: {value}");
        var table = new ListTable("STEP", "RESULT", ">SECONDS", "~FOUND");
        foreach (var step in tested.Steps)
            table.Row(step.Name, step.Passed ? "good" : "FAILED",
                step.Seconds.ToString("0.00", CultureInfo.InvariantCulture), step.Detail);
        table.Print(screen);
        screen.Line(tested.Passed ? "The drive did all that it must." : "The drive did not do all that it must.");
    }

    public static void Print(Screen screen, TapeListed listed)
    {
        var table = new ListTable(">FILE", "KIND", ">BLOCKS", "JOB", ">FRAGMENT", "IMAGE", "~WHAT");
        foreach (var file in listed.Files)
            table.Row(
                file.File.ToString(CultureInfo.InvariantCulture), file.Kind,
                file.Blocks is { } blocks ? Quantity.Count(blocks) : "?", file.Job ?? "",
                file.Fragment?.ToString(CultureInfo.InvariantCulture) ?? "", file.Image?[..8] ?? "", file.Detail);
        table.Print(screen);
    }

    private static ExampledCommand Test(BackupCommand program)
    {
        var device = new Argument<string>("device")
        {
            Description = "The no-rewind device of a drive, as /dev/nst0; or a folder, to try a virtual one in it.",
        };
        var erase = new Option<string?>("--erase")
        {
            Description = "The name on the label of the tape in the drive: all that is on it will be gone. `foreign` "
                + "for one that is not labelled by this program.",
            HelpName = "name",
        };
        var fill = new Option<bool>("--fill") { Description = "Also write until the tape is full: this takes hours." };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask before filling." };
        var speed = new Option<int>("--speed-mib")
        {
            Description = "MiB to measure the speed with; 0 is not at all.",
            HelpName = "mib",
            DefaultValueFactory = _ => 64,
        };
        var command = new ExampledCommand(
            "test", "Tries a drive: blocks, marks, spacing, positions, speed, and the end of the medium.",
            "backup tape test /dev/nst0", "backup tape test /dev/nst0 --erase DAILY-0007 --fill --yes",
            "backup tape test /srv/tapes --json") { device, BlockSize, erase, fill, yes, speed };
        program.Does(command, (parsed, cancellation) => Task.Run(() =>
        {
            var screen = program.Context.Screen;
            if (parsed.GetValue(fill) && !parsed.GetValue(yes)) Ask(screen, parsed.GetRequiredValue(device));
            using var bench = TapeBench.Open(parsed.GetRequiredValue(device), SizeIn(parsed), forTest: true);
            bench.MakeBlank(parsed.GetValue(erase));
            var steps = new List<TapeStepTold>();
            var exerciser = new TapeExerciser(bench.Drive, TimeProvider.System);
            foreach (var step in exerciser.Exercise((long)Math.Clamp(parsed.GetValue(speed), 0, 1 << 20) << 20))
            {
                cancellation.ThrowIfCancellationRequested();
                steps.Add(TapeStepTold.Of(step));
                if (screen.IsInteractive) screen.Note($"{step.Name}: {step.Detail}");
            }
            if (parsed.GetValue(fill))
                steps.Add(TapeStepTold.Of(exerciser.Fill(
                    bytes => { if (screen.IsInteractive) screen.Note(Quantity.Bytes(bytes)); }, cancellation)));
            var tested = new TapeTested(bench.Device, bench.Facts, steps, steps.All(step => step.Passed));
            screen.Reply(tested);
            if (!screen.Json) Print(screen, tested);
            return tested.Passed ? ExitCode.Complete : ExitCode.Failed;
        }, cancellation));
        return command;
    }

    private static ExampledCommand List(BackupCommand program)
    {
        var device = new Argument<string>("device")
        {
            Description = "The no-rewind device of a drive with a tape in it; or the folder of a virtual volume.",
        };
        var command = new ExampledCommand(
            "list", "Says what is on a tape: label, tape files, blocks, images. Nothing is written.",
            "backup tape list /dev/nst0", "backup tape list /srv/tapes/disk-0001 --json") { device, BlockSize };
        program.Does(command, (parsed, cancellation) => Task.Run(() =>
        {
            using var bench = TapeBench.Open(parsed.GetRequiredValue(device), SizeIn(parsed), forTest: false);
            var files = new List<TapeFileListed>();
            foreach (var found in VolumeScanner.Scan(bench.Drive))
            {
                cancellation.ThrowIfCancellationRequested();
                files.Add(Told(found, bench.CountBlocks(found.File)));
            }
            var listed = new TapeListed(bench.Device, files);
            program.Context.Screen.Reply(listed);
            if (!program.Context.Screen.Json) Print(program.Context.Screen, listed);
            return files.Exists(file => file.Kind is "damaged" or "unreadable")
                ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
        }, cancellation));
        return command;
    }

    private static int SizeIn(ParseResult parsed) => StDriveOptions.IsBlockSize(parsed.GetValue(BlockSize))
        ? parsed.GetValue(BlockSize)
        : throw CommandFailure.Usage("Expected --block-size 0, or a power of two from 512 to 16384.");

    private static void Ask(Screen screen, string device)
    {
        if (!screen.IsInteractive)
            throw CommandFailure.Usage(
                "Filling a tape takes hours and overwrites it. Say --yes where nobody can be asked.");
        screen.Note($"The tape in {device} will be written until it is full, which takes hours. Type yes to go on.");
        if (screen.Input.ReadLine()?.Trim() != "yes")
            throw new CommandFailure(ExitCode.Failed, new Refused(RefusalCode.Conflict, "Nothing was written."));
    }

    private static TapeFileListed Told(ScannedFile found, long? blocks) => found switch
    {
        ScannedFile.Label label => new(
            found.File, "label", blocks, null, null, null,
            $"volume {label.Content.Volume.Name} of pool {label.Content.Pool}, library {label.Content.Library}"),
        ScannedFile.Data { Header: var header } => new(
            found.File, "data", blocks, header.Image.Image.ToString(), header.Image.Job.ToString(),
            header.Start.Fragment, $"part {header.Part} of client {header.Image.Client}, policy {header.Image.Policy}"),
        ScannedFile.Index { Fragment: var fragment } => new(
            found.File, "index", blocks, fragment.Image.ToString(), fragment.Index.Image.Job.ToString(),
            fragment.Fragment, fragment.SealsImage ? "seals the image" : ""),
        ScannedFile.Damaged damaged => new(found.File, "damaged", blocks, null, null, null, damaged.Detail),
        ScannedFile.Unreadable unreadable => new(
            found.File, "unreadable", blocks, null, null, null,
            $"{unreadable.Result.Status} {unreadable.Result.Operation}"),
        _ => throw new InvalidOperationException($"No tape file is {found.GetType().Name}."),
    };
}

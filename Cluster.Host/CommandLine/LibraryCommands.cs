using System.CommandLine;
using System.Globalization;
using Backup.Actors.Storage;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What is where in a library, and what an operator moves in it.</summary>
internal static class LibraryCommands
{
    public static IEnumerable<Command> All(BackupCommand program) =>
        [Inventory(program), Import(program), Export(program), Move(program)];

    public static void Print(Screen screen, InventoryTaken taken)
    {
        foreach (var (number, library) in taken.Libraries.Index())
        {
            if (number > 0) screen.Line("");
            screen.Line($"Library {library.Library}{(library.Place.Length == 0 ? "" : $", {library.Place}")}");
            if (library.Trouble is { } trouble) screen.Line(trouble);
            foreach (var drive in library.Drives)
                screen.Line($"Drive {drive.Drive}: {drive.Doing}"
                    + (drive.Volume is { } held && !drive.Doing.Contains($"volume {held}", StringComparison.Ordinal)
                        ? $", volume {held}" : ""));
            Print(screen, library.Slots);
        }
    }

    public static void Print(Screen screen, VolumesImported imported)
    {
        if (imported.Moved.Count == 0) screen.Line($"No volume waits to come into library {imported.Library}.");
        foreach (var moved in imported.Moved)
            screen.Line($"Volume {moved.Volume} is in slot {Word(moved.To)} of library {imported.Library}"
                + $"{Known(moved)}.");
    }

    public static void Print(Screen screen, VolumesExported exported)
    {
        foreach (var moved in exported.Moved)
            screen.Line($"Volume {moved.Volume} is in import/export slot {Word(moved.To)} of library "
                + $"{exported.Library}.");
        screen.Line($"To be taken out here: {exported.Where}");
        screen.Line("To say where they go: backup vault out "
            + $"{string.Join(' ', exported.Moved.Select(moved => moved.Volume))} --to PLACE");
    }

    public static void Print(Screen screen, VolumeMoved moved) => screen.Line(
        $"Volume {moved.Moved.Volume} was moved from slot {Word(moved.Moved.From)} to slot {Word(moved.Moved.To)} of "
            + $"library {moved.Library}.");

    private static void Print(Screen screen, IReadOnlyList<InventorySlot> slots)
    {
        var full = slots.Where(slot => slot.Volume is not null).ToList();
        if (full.Count > 0)
        {
            var table = new ListTable(">SLOT", "VOLUME", "BAR CODE", "POOL", "STATE", "WHERE", "~NOTE");
            foreach (var slot in full)
                table.Row(
                    Word(slot.Number), slot.Volume!.Value.Value, slot.BarCode ?? "", slot.Pool?.Value ?? "",
                    slot.State is { } state ? VolumeLife.Word(state) : "",
                    slot.Drive is { } drive ? $"drive {Word(drive)}"
                        : slot.Kind == SlotKind.Exchange ? "import/export" : "slot",
                    slot.Note ?? "");
            table.Print(screen);
        }
        foreach (var kind in (SlotKind[])[SlotKind.Storage, SlotKind.Exchange])
        {
            var empty = slots.Where(slot => slot.Volume is null && slot.Kind == kind).ToList();
            if (empty.Count > 0)
                screen.Line($"Empty {(kind == SlotKind.Exchange ? "import/export " : "")}slots: "
                    + Ranges(empty.Select(slot => slot.Number)));
        }
    }

    /// <summary>`1 to 4, 7`.</summary>
    internal static string Ranges(IEnumerable<int> numbers)
    {
        var runs = new List<(int First, int Last)>();
        foreach (var number in numbers.Order())
            if (runs.Count > 0 && runs[^1].Last + 1 == number) runs[^1] = (runs[^1].First, number);
            else runs.Add((number, number));
        return string.Join(", ", runs.Select(run =>
            run.First == run.Last ? Word(run.First) : $"{Word(run.First)} to {Word(run.Last)}"));
    }

    private static string Known(MovedVolume moved) => moved switch
    {
        { State: { } state } => $": {VolumeLife.Word(state)}",
        { Note: { } note } => $": {note}",
        _ => "",
    };

    private static ExampledCommand Inventory(BackupCommand program)
    {
        var library = Library(ArgumentArity.ZeroOrOne, "The library. Default: all.");
        var labels = new Option<bool>("--read-labels")
        {
            Description = "Also of real tapes that nobody has looked at yet: minutes for each.",
        };
        var command = new ExampledCommand(
            "inventory", "Says what is where in libraries: slots, drives, import/export slots.",
            "backup inventory", "backup inventory lto --read-labels") { library, labels };
        VolumeCommands.Does<InventoryTaken>(
            program, command,
            parsed => new TakeInventory(RequestId.New(), parsed.GetValue(library), parsed.GetValue(labels)), Print);
        return command;
    }

    private static ExampledCommand Import(BackupCommand program)
    {
        var library = Library(ArgumentArity.ExactlyOne, "The library.");
        var volumes = new Argument<string[]>("volumes")
        {
            Description = "Which. Default: all that are in import/export slots.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new ExampledCommand(
            "import", "Takes volumes from the import/export slots of a library into empty ones.",
            "backup import lto", "backup import lto A00007L5") { library, volumes };
        VolumeCommands.Does<VolumesImported>(
            program, command,
            parsed => new ImportVolumes(
                RequestId.New(), parsed.GetRequiredValue(library)!.Value,
                parsed.GetValue(volumes) is { Length: > 0 } named ? named : null),
            Print);
        return command;
    }

    private static ExampledCommand Export(BackupCommand program)
    {
        var volumes = new Argument<string[]>("volumes")
        {
            Description = "Names of volumes of one library.",
            Arity = ArgumentArity.OneOrMore,
        };
        var library = new Option<LibraryName?>("--library")
        {
            Description = "The library. Default: in which the first volume is known.",
            HelpName = "library",
            CustomParser = Name,
        };
        var command = new ExampledCommand(
            "export", "Puts volumes into import/export slots, to be taken out. Refused while a job uses one of them.",
            "backup export A00007L5 A00008L5", "backup export disk-0007 --library tapes") { volumes, library };
        VolumeCommands.Does<VolumesExported>(
            program, command,
            parsed => new ExportVolumes(
                RequestId.New(), parsed.GetRequiredValue(volumes), parsed.GetValue(library)), Print);
        return command;
    }

    private static ExampledCommand Move(BackupCommand program)
    {
        var library = Library(ArgumentArity.ExactlyOne, "The library.");
        var from = Slot("from", "The slot's number.");
        var to = Slot("to", "The number of an empty slot.");
        var command = new ExampledCommand(
            "move", "Moves what is in a slot of a library into an empty one. Refused while a job uses it.",
            "backup move lto 3 17") { library, from, to };
        VolumeCommands.Does<VolumeMoved>(
            program, command,
            parsed => new MoveVolume(
                RequestId.New(), parsed.GetRequiredValue(library)!.Value, parsed.GetRequiredValue(from),
                parsed.GetRequiredValue(to)),
            Print);
        return command;
    }

    private static Argument<int> Slot(string name, string description) => new(name) { Description = description };

    private static Argument<LibraryName?> Library(ArgumentArity arity, string description) => new("library")
    {
        Description = description,
        Arity = arity,
        CustomParser = Name,
    };

    private static LibraryName? Name(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (result.Tokens.Count == 0) return null;
        if (WireText.IsName(result.Tokens[0].Value)) return new LibraryName(result.Tokens[0].Value);
        result.AddError($"Expected the name of a library, found \"{result.Tokens[0].Value}\".");
        return null;
    }

    private static string Word(int number) => number.ToString(CultureInfo.InvariantCulture);
}

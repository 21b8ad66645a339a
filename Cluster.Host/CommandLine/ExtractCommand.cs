using System.CommandLine;
using Backup.Host.Extract;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>
/// Restores from tape files alone: the last resort when there is no catalog, no node and no configuration.
/// </summary>
internal static class ExtractCommand
{
    public static Command Create(BackupCommand program)
    {
        var fragments = new Argument<string[]>("fragment")
        {
            Description =
                "Data files of virtual tapes (VOLUME/00001.data), or directories of volumes or of a library, in any "
                    + "order.",
            Arity = ArgumentArity.OneOrMore,
        };
        var to = new Option<string?>("--to") { Description = "The directory to restore into.", HelpName = "dir" };
        var list = new Option<bool>("--list") { Description = "Only say what the files hold." };
        var image =
            new Option<string?>(
                "--image")
            {
                Description = "The image, by the beginning of its id, where the files hold several.",
                HelpName = "image"
            };
        var include =
            new Option<string[]>("--include")
            {
                Description = "Only what matches, with all below it. May be repeated.",
                HelpName = "pattern"
            };
        var exclude = new Option<string[]>("--exclude")
        {
            Description = "Nothing that matches. May be repeated.",
            HelpName = "pattern"
        };
        var keepGoing = new Option<bool>(
            "--keep-going")
        { Description = "Report damage and go on with the next fragment. Exit code 3." };
        var command = new ExampledCommand(
            "extract", "Restores from data files alone, with no catalog, no node and no configuration.",
            "backup extract /srv/tapes --list", "backup extract /srv/tapes/DISK-0001/00001.data --to /tmp/restored",
            "backup extract /srv/tapes --image 5f1c09b2 --include '/etc/**' --to /tmp/restored")
        { fragments, to, list, image, include, exclude, keepGoing, RestoreCommands.Replace };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(list) && result.GetValue(to) is null) result.AddError("Expected --to DIR, or --list.");
        });
        program.Does(command, (parsed, cancellation) => Task.Run(() =>
        {
            var screen = program.Context.Screen;
            var shelf = FragmentShelf.Open(parsed.GetRequiredValue(fragments));
            foreach (var remark in shelf.Remarks) screen.Note(remark);
            if (parsed.GetValue(list)) return List(screen, shelf);
            var target = Path.GetFullPath(parsed.GetValue(to)!);
            var extraction = new Extraction(
                new Selection(parsed.GetValue(include) ?? [], parsed.GetValue(exclude) ?? []),
                parsed.GetValue(RestoreCommands.Replace), parsed.GetValue(keepGoing),
                exception => screen.Note(exception));
            var report = extraction.Run(shelf.Choose(parsed.GetValue(image)), target, cancellation);
            report = report with { Exceptions = report.Exceptions + shelf.Remarks.Count };
            Print(screen, report);
            return report.Failure is not null ? ExitCode.Failed : report.Exceptions > 0
                ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
        }, cancellation));
        return command;
    }

    private static int List(Screen screen, FragmentShelf shelf)
    {
        screen.Reply(new FragmentsListed([.. shelf.Parts.Select(part => part.Listed)]));
        if (shelf.Parts.Count == 0)
            throw new CommandFailure(new Refused(RefusalCode.NotFound, "There is no data file of a backup volume."));
        var table = new ListTable(
            "IMAGE", ">FRAGMENT", ">PART", "CLIENT", "POLICY", "SINCE", ">SIZE", "BEGINS WITH", "FILE");
        foreach (var part in shelf.Parts)
            table.Row(FileText.Short(part.Header.Image.Image), Quantity.Count(part.Header.Start.Fragment),
                Quantity.Count(part.Header.Part),
                part.Header.Image.Client.Value, part.Header.Image.Policy.Value,
                Quantity.Moment(part.Header.Image.Since),
                Quantity.Bytes(part.DataBytes), part.Header.Start.Kind.ToString().ToLowerInvariant(), part.Listed.File);
        if (!screen.Json) table.Print(screen);
        return shelf.Remarks.Count > 0 ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
    }

    private static void Print(Screen screen, ExtractReport report)
    {
        screen.Reply(report);
        screen.Line(
            $"Image {report.Image} of {report.Client}: {Quantity.Count(report.Items, "item")}, "
                + $"{Quantity.Bytes(report.Bytes)} in {report.Target}");
        if (report.SkippedItems > 0) screen.Line($"{Quantity.Count(report.SkippedItems, "item")} not selected.");
        if (report.Exceptions > 0) screen.Line($"{Quantity.Count(report.Exceptions, "exception")}, named above.");
        if (report.Failure is { } failure && !screen.Json) screen.Note(failure);
    }
}

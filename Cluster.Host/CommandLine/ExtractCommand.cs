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
        var list = new Option<bool>("--list")
        {
            Description = "Only say what is there: labels, and of each data file job, fragment, blocks.",
        };
        var files = new Option<bool>("--files") { Description = "With --list: the items that the data files hold." };
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
        var includeFrom =
            new Option<string?>(
                "--include-from")
            {
                Description = "More such patterns: a file, one a line; # begins a remark.",
                HelpName = "file"
            };
        var excludeFrom = new Option<string?>("--exclude-from")
        {
            Description = "More such patterns, as --include-from.",
            HelpName = "file",
        };
        var bootstrap = new Option<string?>("--bootstrap")
        {
            Description = "Only the tape files that this file names, as the one that a node writes after each job.",
            HelpName = "file",
        };
        var regex = new Option<bool>("--regex")
        {
            Description = "The patterns are regular expressions, of paths with a slash at their beginning.",
        };
        var merge = new Option<bool>("--merge")
        {
            Description = "Of an incremental image: also what it builds on, as the one state of its moment.",
        };
        var keepGoing = new Option<bool>("--keep-going")
        {
            Description = "Report damage and what cannot be read, and go on behind it. Exit code 3.",
        };
        keepGoing.Aliases.Add("--ignore-errors");
        var stream = new Option<string?>("--stream")
        {
            Description = "Give the whole image as one tar to this FIFO, device or new file; - is standard output.",
            HelpName = "path",
        };
        var command = new ExampledCommand(
            "extract", "Restores from data files alone, with no catalog, no node and no configuration.",
            "backup extract /srv/tapes --list", "backup extract /srv/tapes/DISK-0001 --list --files",
            "backup extract /srv/tapes/DISK-0001/00001.data --to /tmp/restored",
            "backup extract /srv/tapes --image 5f1c09b2 --include '/etc/**' --to /tmp/restored",
            "backup extract /srv/tapes --image a01c2f77 --merge --to /tmp/restored",
            "backup extract /srv/tapes --image 5f1c09b2 --stream - | ssh other tar -x")
        {
            fragments, to, stream, list, files, image, bootstrap, include, includeFrom, exclude, excludeFrom, regex,
            merge, keepGoing, RestoreCommands.Replace,
        };
        command.Validators.Add(result =>
        {
            var wanted = (result.GetValue(list) ? 1 : 0) + (result.GetValue(to) is null ? 0 : 1)
                + (result.GetValue(stream) is null ? 0 : 1);
            if (wanted != 1) result.AddError("Expected either --to DIR, --stream PATH or --list.");
            foreach (var option in (Option[])[include, includeFrom, exclude, excludeFrom, regex, keepGoing])
                if (result.GetValue(stream) is not null && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} goes with --to DIR: a stream has the whole image.");
            if (result.GetValue(merge) && result.GetValue(to) is null) result.AddError("--merge goes with --to DIR.");
            if (result.GetValue(files) && !result.GetValue(list)) result.AddError("--files goes with --list.");
        });
        program.Does(command, (parsed, cancellation) => Task.Run(() =>
        {
            var screen = program.Context.Screen;
            var meant = Bootstrap.Read(parsed.GetValue(bootstrap));
            var shelf = FragmentShelf.Open(parsed.GetRequiredValue(fragments), meant);
            foreach (var remark in shelf.Remarks) screen.Note(remark);
            VolumePrompt.Complete(shelf, meant, screen, cancellation);
            var selection = new Selection(
                [.. parsed.GetValue(include) ?? [], .. PatternFile.Read(parsed.GetValue(includeFrom))],
                [.. parsed.GetValue(exclude) ?? [], .. PatternFile.Read(parsed.GetValue(excludeFrom))],
                parsed.GetValue(regex) ? PatternKind.Regex : PatternKind.Wild);
            if (parsed.GetValue(files))
                return new MemberListing(screen, selection, parsed.GetValue(keepGoing))
                    .Run(shelf, parsed.GetValue(image), cancellation);
            if (parsed.GetValue(list)) return List(screen, shelf);
            if (parsed.GetValue(stream) is { } output)
                return Stream(screen, shelf, parsed.GetValue(image), output, cancellation);
            var target = Path.GetFullPath(parsed.GetValue(to)!);
            var extraction = new Extraction(
                selection, parsed.GetValue(RestoreCommands.Replace), parsed.GetValue(keepGoing),
                exception => screen.Note(exception));
            var chosen = shelf.Choose(parsed.GetValue(image));
            var report = parsed.GetValue(merge)
                ? Merge(extraction, shelf, chosen, target, cancellation)
                : extraction.Run(chosen, target, cancellation);
            if (!parsed.GetValue(merge)) SayOnlyChanges(screen, chosen, "--merge");
            report = report with { Exceptions = report.Exceptions + shelf.Remarks.Count };
            Print(screen, report);
            return report.Failure is not null ? ExitCode.Failed : report.Exceptions > 0
                ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
        }, cancellation));
        return command;
    }

    /// <summary>On standard output is the archive alone: what is said goes to standard error.</summary>
    private static int Stream(
        Screen screen, FragmentShelf shelf, string? prefix, string target, CancellationToken cancellation)
    {
        var isOutput = target == ArchiveStream.StandardOutput;
        if (isOutput && screen.Json)
            throw CommandFailure.Usage("--stream - and --json both mean standard output; expected one of them.");
        var image = shelf.Choose(prefix);
        foreach (var remark in image.Remarks) screen.Note(remark);
        ArchiveStream.Check(image);
        SayOnlyChanges(screen, image, "--merge --to DIR");
        using var output = ArchiveStream.Open(target);
        var report = ArchiveStream.Write(image, output, target, screen.Note, cancellation);
        var exceptions = report.Exceptions + shelf.Remarks.Count + image.Remarks.Count;
        report = report with { Exceptions = exceptions };
        if (!isOutput) Print(screen, report);
        else if (report.Failure is { } failure) screen.Note(failure);
        return report.Failure is not null ? ExitCode.Failed : exceptions > 0
            ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
    }

    private static void SayOnlyChanges(Screen screen, ImageParts image, string way)
    {
        if (image.Image.Base is { } from)
            screen.Note($"The image holds only what changed since image {from.Image}; {way} adds what it builds on.");
    }

    private static ExtractReport Merge(
        Extraction extraction, FragmentShelf shelf, ImageParts image, string target, CancellationToken cancellation)
    {
        var chain = shelf.ChainOf(image);
        var view = new ChainView(chain.Select(shelf.IndexesOf));
        return extraction.Run(chain, view.IsLive, target, cancellation);
    }

    private static int List(Screen screen, FragmentShelf shelf)
    {
        screen.Reply(new FragmentsListed([.. shelf.Parts.Select(part => part.Listed)], shelf.Labels));
        if (shelf.Parts.Count == 0 && shelf.Labels.Count == 0)
            throw new CommandFailure(new Refused(RefusalCode.NotFound, "There is no file of a backup volume."));
        if (!screen.Json)
        {
            PrintLabels(screen, shelf.Labels);
            if (shelf.Labels.Count > 0 && shelf.Parts.Count > 0) screen.Line();
            PrintParts(screen, shelf.Parts);
        }
        return shelf.Remarks.Count > 0 ? ExitCode.CompleteWithExceptions : ExitCode.Complete;
    }

    private static void PrintLabels(Screen screen, IReadOnlyList<LabelListed> labels)
    {
        if (labels.Count == 0) return;
        var table = new ListTable("VOLUME", "POOL", "LABELLED", "LIBRARY ID", "VOLUME ID");
        foreach (var label in labels)
            table.Row(label.Volume, label.Pool, Quantity.Moment(label.Labelled), label.LibraryId, label.VolumeId);
        table.Print(screen);
    }

    private static void PrintParts(Screen screen, IReadOnlyList<DataPart> parts)
    {
        if (parts.Count == 0) return;
        var table = new ListTable(
            "IMAGE", ">JOB", "CLIENT", "POLICY", "SINCE", ">FRAGMENT", ">PART", "BEGINS WITH", ">SIZE",
            ">BLOCKS", "FILE");
        foreach (var part in parts)
        {
            var (image, listed) = (part.Header.Image, part.Listed);
            table.Row(
                FileText.Short(image.Image), listed.Job, listed.Client, listed.Policy, Quantity.Moment(listed.Since),
                Quantity.Count(listed.Fragment), Quantity.Count(listed.Part), listed.BeginsWith,
                Quantity.Bytes(listed.Bytes), Quantity.Count(listed.Blocks), listed.File);
        }
        table.Print(screen);
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

using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What shows which images are kept, and why; what enforces it, and what people say against it.</summary>
internal static class RetentionCommands
{
    private static readonly Argument<string> Image = new("image")
    {
        Description = "An image id or its unique beginning (4 digits or more), a job number, or latest.",
    };

    public static IEnumerable<Command> All(BackupCommand program) =>
        [Retention(program), Hold(program), Unhold(program), Tag(program)];

    public static void Print(Screen screen, RetentionDone done)
    {
        screen.Line($"Condemned: {Quantity.Count(done.Condemned, "image")}. Kept again: "
            + $"{Quantity.Count(done.Reprieved)}. Removed: {Quantity.Count(done.Purged)}. Given back to disks: "
            + $"{Quantity.Bytes(done.BytesFreed)}.");
        if (done.CopiesCondemned + done.CopiesExpired > 0)
            screen.Line($"Copies of images that stay: condemned {Quantity.Count(done.CopiesCondemned)}, taken out of "
                + $"use {Quantity.Count(done.CopiesExpired)}.");
        if (done.VolumesFreed.Count > 0)
            screen.Line($"Volumes that may be used again: {string.Join(", ", done.VolumesFreed)}.");
        foreach (var note in done.Notes) screen.Line(note);
    }

    public static void Print(Screen screen, ImageMarked marked)
    {
        var images = marked.Images.Count == 1
            ? $"Image {FileText.Short(marked.Images[0])}" : Quantity.Count(marked.Images.Count, "image");
        screen.Line(marked.Change switch
        {
            ImageChange.Hold => $"{images}: held until it is released.",
            ImageChange.LegalHold => $"{images}: a legal hold.",
            ImageChange.Release or ImageChange.ReleaseLegal => $"{images}: released; rules decide again.",
            ImageChange.Tag => $"{images}: tagged.",
            ImageChange.Untag => $"{images}: the tag is gone.",
            _ => $"{images}: not condemned any more. Where nothing keeps it, the grace time begins anew; to keep it: "
                + "`backup hold`.",
        });
    }

    public static void Print(Screen screen, IReadOnlyList<RetentionLine> lines)
    {
        if (lines.Count == 0)
        {
            screen.Note("There are no images.");
            return;
        }
        var table = new ListTable(
            "IMAGE", ">JOB", ">LEVEL", "SEALED", "CLIENT", "POLICY", ">STORED", "VERDICT", "~WHY");
        foreach (var line in lines)
            table.Row(
                FileText.Short(line.Image), line.Job.ToString(), Quantity.Count(line.Level),
                Quantity.Moment(line.SealedAt), line.Client.Value, line.Policy.Value,
                Quantity.Bytes(line.StoredBytes), line.Kept ? "stays" : "goes",
                string.Join("; ", line.Reasons)
                    + (line.GoesAt is { } at ? $"; removed from {Quantity.Moment(at)} on" : ""));
        table.Print(screen);
        Copies(screen, lines);
        screen.Line($"Stay: {Sum(lines.Where(line => line.Kept))}. Go: {Sum(lines.Where(line => !line.Kept))}.");
        screen.Note("Nothing was removed: this says what the rules mean.");
    }

    /// <summary>Where pools have rules of their own: what becomes of each copy of an image that stays.</summary>
    private static void Copies(Screen screen, IReadOnlyList<RetentionLine> lines)
    {
        var copies = lines.SelectMany(line => line.Copies ?? [], (line, copy) => (line.Image, Copy: copy)).ToList();
        if (copies.Count == 0) return;
        var table = new ListTable("COPY OF", "IN POOL", "VERDICT", "~WHY");
        foreach (var (image, copy) in copies)
            table.Row(
                FileText.Short(image), copy.Pool.Value, copy.Kept ? "stays" : "goes",
                string.Join("; ", copy.Reasons)
                    + (copy.GoesAt is { } at ? $"; taken out of use from {Quantity.Moment(at)} on" : ""));
        table.Print(screen);
        screen.Line($"Copies that stay: {Quantity.Count(copies.Count(each => each.Copy.Kept))}. That go: "
            + $"{Quantity.Count(copies.Count(each => !each.Copy.Kept))}.");
    }

    private static ExampledCommand Retention(BackupCommand program)
    {
        var simulate = new Option<bool>("--simulate")
        {
            Description = "Only say what the rules of the policies mean; nothing is removed.",
        };
        var run = new Option<bool>("--run")
        {
            Description = "Condemn what no rule keeps, and remove what was condemned for the grace time.",
        };
        var undo = new Option<string?>("--undo")
        {
            Description = "An image, or all: it is not condemned any more.",
            HelpName = "image",
        };
        var asOf = new Option<string?>("--as-of")
        {
            Description = "With --simulate, at a moment, as 2026-12-24, to the end of what is said: what will go until "
                + "then if nothing else is made, or what had gone. Default: now.",
            HelpName = "moment",
        };
        var policy = new Option<string?>("--policy") { Description = "One policy only.", HelpName = "policy" };
        var agree = new Option<int?>("--agree")
        {
            Description = "With --run: so many images and copies may be condemned at once. The refusal names the "
                + "number.",
            HelpName = "number",
        };
        var clock = new Option<bool>("--accept-clock")
        {
            Description = "With --run: the clock is right, although it is far ahead of what is known.",
        };
        var command = new ExampledCommand(
            "retention", "Says which images the rules of their policies keep, and which not; or acts on it.",
            "backup retention --simulate", "backup retention --simulate --as-of 2026-12-24 --policy nightly",
            "backup retention --run", "backup retention --undo all")
        { simulate, run, undo, asOf, policy, agree, clock };
        command.Validators.Add(result =>
        {
            if (result.GetValue(asOf) is { } text && !RestoreArguments.TryMoment(text, out _))
                result.AddError($"Expected --as-of as 2026-12-24 or 2026-12-24T06:00, found \"{text}\".");
            bool[] said = [result.GetValue(simulate), result.GetValue(run), result.GetValue(undo) is not null];
            if (said.Count(each => each) != 1) result.AddError("Expected one of --simulate, --run and --undo.");
        });
        program.Does(command, async (parsed, cancellation) =>
        {
            var asked = parsed.GetValue(policy) is { } name ? new PolicyName(name) : (PolicyName?)null;
            if (parsed.GetValue(run))
                return await Ask<RetentionDone>(program, parsed, new RunRetention(
                    RequestId.New(), asked, parsed.GetValue(agree), parsed.GetValue(clock)), Print, cancellation);
            if (parsed.GetValue(undo) is { } image)
                return await Ask<ImageMarked>(program, parsed,
                    new MarkImage(RequestId.New(), image, ImageChange.Undo), Print, cancellation);
            return await Simulate(program, parsed, new ShowRetention(
                RestoreArguments.TryMoment(parsed.GetValue(asOf), out var moment) ? moment : null, asked),
                cancellation);
        });
        return command;
    }

    private static async Task<int> Simulate(
        BackupCommand program, ParseResult parsed, ShowRetention request, CancellationToken cancellation)
    {
        var screen = program.Context.Screen;
        await using var door = await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
        var lines = new List<RetentionLine>();
        do
        {
            var page = await CommandContext.Ask<RetentionShown>(door.Node, request, cancellation);
            screen.Reply(page);
            lines.AddRange(page.Images);
            request = request with { AsOf = page.AsOf, After = page.Next };
        }
        while (request.After is not null);
        if (!screen.Json) Print(screen, lines);
        return ExitCode.Complete;
    }

    private static ExampledCommand Hold(BackupCommand program)
    {
        var reason = new Option<string?>("--reason")
        {
            Description = "Why, for whoever reads the list.",
            HelpName = "text",
        };
        var legal = new Option<bool>("--legal")
        {
            Description = "A legal hold: who is restricted to some rights cannot release it.",
        };
        var command = new ExampledCommand(
            "hold", "Keeps an image until it is released, whatever the rules say.",
            "backup hold 5f1c09b2 --reason audit", "backup hold latest --legal") { Image, reason, legal };
        VolumeCommands.Does<ImageMarked>(
            program, command,
            parsed => new MarkImage(
                RequestId.New(), parsed.GetRequiredValue(Image),
                parsed.GetValue(legal) ? ImageChange.LegalHold : ImageChange.Hold, parsed.GetValue(reason)),
            Print);
        return command;
    }

    private static ExampledCommand Unhold(BackupCommand program)
    {
        var legal = new Option<bool>("--legal") { Description = "The legal hold." };
        var command = new ExampledCommand(
            "unhold", "Releases an image that is held.", "backup unhold 5f1c09b2", "backup unhold 5f1c09b2 --legal")
        { Image, legal };
        VolumeCommands.Does<ImageMarked>(
            program, command,
            parsed => new MarkImage(
                RequestId.New(), parsed.GetRequiredValue(Image),
                parsed.GetValue(legal) ? ImageChange.ReleaseLegal : ImageChange.Release),
            Print);
        return command;
    }

    private static ExampledCommand Tag(BackupCommand program)
    {
        var tag = new Argument<string>("tag") { Description = "A word by which a rule may keep it (`tags`)." };
        var remove = new Option<bool>("--remove") { Description = "Take the tag away." };
        var command = new ExampledCommand(
            "tag", "Gives an image a tag.", "backup tag 5f1c09b2 release-7", "backup tag 5f1c09b2 release-7 --remove")
        { Image, tag, remove };
        VolumeCommands.Does<ImageMarked>(
            program, command,
            parsed => new MarkImage(
                RequestId.New(), parsed.GetRequiredValue(Image),
                parsed.GetValue(remove) ? ImageChange.Untag : ImageChange.Tag, parsed.GetRequiredValue(tag)),
            Print);
        return command;
    }

    private static async Task<int> Ask<T>(
        BackupCommand program, ParseResult parsed, IRequest request, Action<Screen, T> print,
        CancellationToken cancellation)
        where T : IReply
    {
        var screen = program.Context.Screen;
        await using var door = await program.Context.Door.ForWork(program.Context.Settings(parsed), cancellation);
        var reply = await CommandContext.Ask<T>(door.Node, request, cancellation);
        screen.Reply(reply);
        if (!screen.Json) print(screen, reply);
        return ExitCode.Complete;
    }

    private static string Sum(IEnumerable<RetentionLine> lines) =>
        $"{Quantity.Count(lines.Count(), "image")}, {Quantity.Bytes(lines.Sum(line => line.StoredBytes))}";
}

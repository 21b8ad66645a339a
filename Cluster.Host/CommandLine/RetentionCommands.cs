using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What shows which images are kept, and why.</summary>
internal static class RetentionCommands
{
    public static IEnumerable<Command> All(BackupCommand program) => [Retention(program)];

    private static ExampledCommand Retention(BackupCommand program)
    {
        var simulate = new Option<bool>("--simulate")
        {
            Description = "Only say what the rules of the policies mean; nothing is removed. Must be given.",
            Required = true,
        };
        var asOf = new Option<string?>("--as-of")
        {
            Description = "At a moment, as 2026-12-24, to the end of what is said: what will go until then if nothing "
                + "else is made, or what had gone. Default: now.",
            HelpName = "moment",
        };
        var policy = new Option<string?>("--policy") { Description = "One policy only.", HelpName = "policy" };
        var command = new ExampledCommand(
            "retention", "Says which images the rules of their policies keep, which not, and by which rule.",
            "backup retention --simulate", "backup retention --simulate --as-of 2026-12-24 --policy nightly")
        { simulate, asOf, policy };
        command.Validators.Add(result =>
        {
            if (result.GetValue(asOf) is { } text && !RestoreArguments.TryMoment(text, out _))
                result.AddError($"Expected --as-of as 2026-12-24 or 2026-12-24T06:00, found \"{text}\".");
        });
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var request = new ShowRetention(
                RestoreArguments.TryMoment(parsed.GetValue(asOf), out var moment) ? moment : null,
                parsed.GetValue(policy) is { } name ? new PolicyName(name) : null);
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
        });
        return command;
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
                Quantity.Bytes(line.StoredBytes), line.Kept ? "stays" : "goes", string.Join("; ", line.Reasons));
        table.Print(screen);
        screen.Line($"Stay: {Sum(lines.Where(line => line.Kept))}. Go: {Sum(lines.Where(line => !line.Kept))}.");
        screen.Note("Nothing was removed: this says what the rules mean.");
    }

    private static string Sum(IEnumerable<RetentionLine> lines) =>
        $"{Quantity.Count(lines.Count(), "image")}, {Quantity.Bytes(lines.Sum(line => line.StoredBytes))}";
}

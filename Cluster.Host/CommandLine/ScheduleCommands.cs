using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What shows when policies run by themselves.</summary>
internal static class ScheduleCommands
{
    public static IEnumerable<Command> All(BackupCommand program) => [Schedule(program)];

    public static void Print(Screen screen, ScheduleShown shown)
    {
        var table = new ListTable("WHEN", "POLICY", "LEVEL", "STATE", "JOBS", "~RULE AND REMARK");
        foreach (var run in shown.Past.Reverse().Concat(shown.Coming))
            table.Row(Quantity.Moment(run.At), run.Policy.Value, run.Level ?? "", State(run),
                string.Join(" ", run.Jobs), run.Note is null ? run.Rule : $"{run.Rule} ({run.Note})");
        if (shown.Past.Count + shown.Coming.Count > 0) table.Print(screen);
        else screen.Note("No schedule starts anything in these days.");
        if (shown.Unscheduled.Count > 0)
            screen.Note($"Without a schedule, so run by hand alone: {string.Join(", ", shown.Unscheduled)}.");
    }

    private static string State(ScheduledRun run) =>
        run is { State: "due", Starts: { } starts } ? $"due, starts {Quantity.Moment(starts)}" : run.State;

    private static ExampledCommand Schedule(BackupCommand program)
    {
        var days = new Option<int>("--days")
        {
            Description = "How many days to look ahead and back, 1 to 400.",
            DefaultValueFactory = _ => 7,
            HelpName = "number",
        };
        var policy = new Option<string?>("--policy") { Description = "One policy only.", HelpName = "policy" };
        var limit = BrowseCommands.Limit(200);
        var command = new ExampledCommand(
            "schedule", "Says what starts by itself and when, and what was missed and will be caught up.",
            "backup schedule", "backup schedule --days 30 --policy nightly") { days, policy, limit };
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var shown = await CommandContext.Ask<ScheduleShown>(
                door.Node,
                new ShowSchedule(
                    parsed.GetValue(days),
                    parsed.GetValue(policy) is { } name ? new PolicyName(name) : null,
                    parsed.GetValue(limit)),
                cancellation);
            screen.Reply(shown);
            if (!screen.Json) Print(screen, shown);
            return ExitCode.Complete;
        });
        return command;
    }
}

using System.CommandLine;
using System.Globalization;
using Backup.Host.Configuration;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What says how large backups would be, and which levels the planner chooses.</summary>
internal static class PlanCommands
{
    public static IEnumerable<Command> All(BackupCommand program) => [Estimate(program), Plan(program)];

    /// <summary>The sizes, each as it is known best.</summary>
    public static void Print(Screen screen, EstimateShown shown) => Print(screen, shown, EstimateMethod.Best);

    private static void Print(Screen screen, EstimateShown shown, EstimateMethod method)
    {
        if (method == EstimateMethod.Both)
        {
            PrintBoth(screen, shown);
            return;
        }
        if (method == EstimateMethod.History) shown = new EstimateShown([.. shown.Sizes.Select(AsHistory)]);
        var table = new ListTable("CLIENT", "FILE SET", ">LEVEL", ">RAW", ">ON MEDIA", "FROM", "MEASURED", "SINCE");
        foreach (var size in shown.Sizes)
            table.Row(size.Client.Value, size.FileSet.Value, $"{size.Level}",
                size.Bytes is { } raw ? Quantity.Bytes(raw) : "not known",
                size.StoredBytes is { } stored ? Quantity.Bytes(stored) : "not known",
                size.From, size.MeasuredAt is { } at ? Quantity.Moment(at) : "",
                size.Since is { } since ? Day(since) : "");
        table.Print(screen);
        if (shown.Sizes.Any(size => size.From is "guess" or "nothing"))
            screen.Note("What is a guess, or not known, `backup estimate POLICY --walk` measures.");
    }

    private static EstimatedSize AsHistory(EstimatedSize size) => size.From != "walk" ? size : size with
    {
        Bytes = size.HistoryBytes,
        StoredBytes = size is { StoredBytes: { } stored, Bytes: > 0 and var raw, HistoryBytes: { } before }
            ? (long)((double)stored / raw * before) : null,
        From = size.HistoryFrom ?? "nothing",
        MeasuredAt = null,
    };

    private static void PrintBoth(Screen screen, EstimateShown shown)
    {
        var table = new ListTable(
            "CLIENT", "FILE SET", ">LEVEL", ">WALK", ">HISTORY", ">DEVIATION", "FROM", "MEASURED");
        foreach (var size in shown.Sizes)
        {
            var walked = size.From == "walk" ? size.Bytes : null;
            table.Row(size.Client.Value, size.FileSet.Value, $"{size.Level}",
                walked is { } raw ? Quantity.Bytes(raw) : "not measured",
                size.HistoryBytes is { } before ? Quantity.Bytes(before) : "not known",
                walked is > 0 && size.HistoryBytes is { } expected ? Deviation(expected, walked.Value) : "",
                size.HistoryFrom ?? "nothing", size.MeasuredAt is { } at ? Quantity.Moment(at) : "");
        }
        table.Print(screen);
    }

    /// <summary>How far history is from what was measured: `+12.5 %` where it says more.</summary>
    internal static string Deviation(long history, long walked) => string.Create(
        CultureInfo.InvariantCulture, $"{(history - walked) * 100.0 / walked:+0.0;-0.0;0.0} %");

    public static void Print(Screen screen, PlanShown shown)
    {
        if (shown.Runs.Count == 0) screen.Note("No schedule of a planned policy runs in these days.");
        foreach (var run in shown.Runs)
        {
            var fits = run.CapacityBytes > 0 ? $" of {Quantity.Bytes(run.CapacityBytes)} that fit" : "";
            screen.Line($"{Day(run.Day)}, plan {run.Plan}: {Quantity.Bytes(run.TotalBytes)}{fits}, "
                + $"{Quantity.Bytes(run.FullBytes)} of it fulls (even would be {Quantity.Bytes(run.BalancedBytes)})");
            if (run.RoomBytes is { } room && room < run.TotalBytes)
                screen.Line($"The volumes of its pools have room for {Quantity.Bytes(room)}: what does not fit waits.");
            var isPast = run.Sets.Any(set => set.Ran is not null);
            var table = isPast
                ? new ListTable("POLICY", "CLIENT", ">LEVEL", "REALLY", ">SIZE", "FROM", "~WHY")
                : new ListTable("POLICY", "CLIENT", ">LEVEL", ">SIZE", "FROM", "~WHY");
            foreach (var set in run.Sets)
                table.Row([set.Policy.Value, set.Client.Value, LevelText(set.Level),
                    .. isPast ? [Really(set.Ran ?? [])] : Array.Empty<string>(),
                    Quantity.Bytes(set.Bytes), set.From, set.Why]);
            table.Print(screen);
            foreach (var warning in run.Sets.Select(set => set.Warning).OfType<string>())
                screen.Note($"Warning: {warning}");
        }
    }

    private static string LevelText(int? level) =>
        level?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static string Really(IReadOnlyList<PastRun> ran) => ran.Count == 0 ? "none" : string.Join(", ",
        ran.Select(run => (run.Level is { } level ? LevelText(level) : "no image")
            + (run.IsPlanned ? "" : " (not planned)")));

    public static void Print(Screen screen, PlanOrdered reply)
    {
        if (reply.Orders.Count == 0) screen.Line("No order stands for this policy.");
        foreach (var each in reply.Orders)
            screen.Line($"{each.Policy} of client {each.Client}: {PlanOrderOptions.WordOf(each.Order)}, ordered "
                + $"{Quantity.Moment(each.At)}; it stands until a backup has done it.");
    }

    private static string Day(DateTimeOffset day) =>
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static ExampledCommand Estimate(BackupCommand program)
    {
        var policy = new Argument<string>("policy") { Description = "A policy of the configuration." };
        var client = new Option<string?>("--client")
        {
            Description = "One client of the policy only. Default: all.",
            HelpName = "client",
        };
        var walk = new Option<bool>("--walk")
        {
            Description = "Measure on the clients first, by the walk that a backup does, without reading content.",
        };
        var method = new Option<EstimateMethod>("--method")
        {
            Description = "`walk`: as --walk. `history`: as earlier backups were, also where a walk measured. `both`: "
                + "measures, and shows what history says beside it. Default: walks of the last two days, else history.",
            HelpName = "walk|history|both",
            CustomParser = result =>
            {
                if (result.Tokens[0].Value is "walk") return EstimateMethod.Walk;
                if (result.Tokens[0].Value is "history") return EstimateMethod.History;
                if (result.Tokens[0].Value is "both") return EstimateMethod.Both;
                result.AddError($"Expected --method walk, history or both, found \"{result.Tokens[0].Value}\".");
                return default;
            },
        };
        var levels = new Option<int[]>("--level", "-l")
        {
            Description = "With --walk: this level; may be given several times. Default: those that a planner needs.",
            HelpName = "0..9",
        };
        var command = new ExampledCommand(
            "estimate", "Says what backups of a policy would hold, by level and client, without moving data.",
            "backup estimate nightly", "backup estimate nightly --walk -l 0 -l 1",
            "backup estimate nightly --method both")
        { policy, client, walk, method, levels, JobCommands.Detach };
        command.Validators.Add(result =>
        {
            if (result.GetValue(walk) && result.GetValue(method) is EstimateMethod.History)
                result.AddError("--walk measures, and --method history does not.");
            if (!Walks(result.GetValue(walk), result.GetValue(method)) && (result.GetValue(levels) is { Length: > 0 }
                || result.GetValue(JobCommands.Detach)))
                result.AddError("--level and --detach go with --walk.");
        });
        program.Does(command, async (parsed, cancellation) =>
        {
            var name = new PolicyName(parsed.GetRequiredValue(policy));
            var only = parsed.GetValue(client) is { } one ? new ClientName(one) : (ClientName?)null;
            var worst = ExitCode.Complete;
            if (Walks(parsed.GetValue(walk), parsed.GetValue(method)))
                worst = await JobCommands.StartAndFollow(program, parsed, async node =>
                    await CommandContext.Ask<JobsStarted>(
                        node, new EstimatePolicy(RequestId.New(), name, only, parsed.GetValue(levels) ?? []),
                        cancellation), cancellation);
            if (parsed.GetValue(JobCommands.Detach)) return worst;
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var shown = await CommandContext.Ask<EstimateShown>(door.Node, new ShowEstimate(name, only), cancellation);
            screen.Reply(shown);
            if (!screen.Json) Print(screen, shown, parsed.GetValue(method));
            return worst;
        });
        return command;
    }

    private static bool Walks(bool walk, EstimateMethod method) =>
        walk || method is EstimateMethod.Walk or EstimateMethod.Both;

    private enum EstimateMethod { Best, Walk, History, Both }

    private static ExampledCommand Plan(BackupCommand program)
    {
        var days = new Option<int>("--days")
        {
            Description = "How many days, 1 to 400: today's run, and a forecast of those that follow.",
            DefaultValueFactory = _ => 1,
            HelpName = "number",
        };
        var plan = new Option<string?>("--plan") { Description = "One plan only.", HelpName = "plan" };
        var whatIf = new Option<string?>("--what-if")
        {
            Description = "Another configuration: its plans and policies count, with the backups that there are.",
            HelpName = "file",
        };
        var replay = new Option<int?>("--replay")
        {
            Description = "So many days that have passed, 1 to 400, each planned by what was known then, beside what "
                + "really ran.",
            HelpName = "number",
        };
        var command = new ExampledCommand(
            "plan", "Says which levels the planner chooses, and why.",
            "backup plan", "backup plan --days 14", "backup plan --days 30 --what-if changed.conf",
            "backup plan --replay 30 --what-if changed.conf")
        { days, plan, whatIf, replay };
        command.Validators.Add(result =>
        {
            if (result.GetValue(replay) is not null && result.GetResult(days) is { Implicit: false })
                result.AddError("--replay looks back and --days ahead: say one of them.");
        });
        var orders = PlanOrderOptions.AddTo(command);
        program.Does(command, async (parsed, cancellation) =>
        {
            if (orders.Read(parsed) is { } ordered) return await Order(program, parsed, ordered, cancellation);
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var shown = await CommandContext.Ask<PlanShown>(
                door.Node,
                new ShowPlan(parsed.GetValue(days), parsed.GetValue(plan),
                    parsed.GetValue(whatIf) is { } file ? MembersIn(file) : null,
                    parsed.GetValue(replay)),
                cancellation);
            screen.Reply(shown);
            if (!screen.Json) Print(screen, shown);
            return ExitCode.Complete;
        });
        return command;
    }

    private static async Task<int> Order(
        BackupCommand program, ParseResult parsed, OrderPlan order, CancellationToken cancellation)
    {
        var screen = program.Context.Screen;
        await using var door = await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
        var reply = await CommandContext.Ask<PlanOrdered>(door.Node, order, cancellation);
        screen.Reply(reply);
        if (!screen.Json) Print(screen, reply);
        return ExitCode.Complete;
    }

    private static IReadOnlyList<PlanMember> MembersIn(string file)
    {
        var (settings, problems) = SettingsReader.Read(file);
        return settings is null
            ? throw CommandFailure.Usage(SettingProblems.Render(problems).TrimEnd())
            : [.. settings.Policies.Values.Select(policy => policy.Member).OfType<PlanMember>()];
    }
}

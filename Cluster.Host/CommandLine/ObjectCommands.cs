using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>Asks one object how it is.</summary>
internal static class ObjectCommands
{
    private const int AlertsShown = 5;

    private static readonly Dictionary<string, ObjectKind> Kinds = new()
    {
        ["job"] = ObjectKind.Job,
        ["drive"] = ObjectKind.Drive,
        ["library"] = ObjectKind.Library,
        ["client"] = ObjectKind.Client,
        ["file-set"] = ObjectKind.FileSet,
        ["policy"] = ObjectKind.Policy,
    };

    public static IEnumerable<Command> All(BackupCommand program) => [Show(program)];

    public static void Print(Screen screen, ObjectShown shown)
    {
        var kind = Kinds.First(pair => pair.Value == shown.Kind).Key;
        var since = shown.Since is { } from ? $" since {Quantity.Instant(from)}" : "";
        var node = shown.Node is { } name ? $", node {name}" : "";
        screen.Line($"{kind} {shown.Name}: {shown.State}{since}{node}");
        if (shown.Disabled is { } disabled) screen.Line($"  {disabled.Sentence()}");
        if (shown.History is { } history) Print(screen, history);
        foreach (var why in shown.WaitsFor) screen.Line($"  waits for {why}");
        if (shown.Spool is { } spool) foreach (var line in SpoolText.Lines(spool)) screen.Line($"  {line}");
        if (shown.Timeline.Count > 0) screen.Line("  timeline");
        foreach (var span in shown.Timeline)
            screen.Line($"    {Quantity.Instant(span.From)}  "
                + $"{(span.To is { } to ? Quantity.Instant(to) : "now"),-19}  {span.What}");
        if (shown.Events.Count > 0) screen.Line("  events");
        foreach (var happened in shown.Events)
            screen.Line($"    {Quantity.Instant(happened.At)}  {happened.Code,-18}  {happened.Text}");
    }

    private static void Print(Screen screen, DeviceHistory history)
    {
        var total = history.Total;
        screen.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"  used: {total.Mounts} mounts, {total.Hours:0.0} h, {Quantity.Bytes(total.BytesWritten)} written, "
                + $"{Quantity.Bytes(total.BytesRead)} read, {total.Errors} errors, {total.SoftErrors} mended"));
        foreach (var alert in history.Alerts.TakeLast(AlertsShown)) screen.Line($"  {alert.Sentence()}");
    }

    private static ExampledCommand Show(BackupCommand program)
    {
        var kind = new Argument<ObjectKind?>("kind")
        {
            Description = $"One of {string.Join(", ", Kinds.Keys)}.",
            CustomParser = KindOf,
            HelpName = "kind",
        };
        kind.CompletionSources.Clear(); // the names of the enumeration
        kind.CompletionSources.Add([.. Kinds.Keys]);
        var name = new Argument<string>("name")
        {
            Description = "Its name; of a job its number, of a drive LIBRARY/NUMBER.",
        };
        var events = new Option<int>("--events")
        {
            Description = "Most events, 0 to 100.",
            HelpName = "number",
            DefaultValueFactory = _ => 100,
        };
        var client = new Option<string?>("--client")
        {
            Description = "Of a policy or a file set: what is of this client only.",
            HelpName = "client",
        };
        var command = new ExampledCommand(
            "show", "Asks an object how it is: state, what it waits for, timeline, and what happened to it last.",
            "backup show drive tapes/0", "backup show client web1 --json", "backup show policy nightly --events 10")
        { kind, name, events, client };
        VolumeCommands.Does<ObjectShown>(
            program, command,
            parsed => new ShowObject(
                parsed.GetRequiredValue(kind)!.Value, parsed.GetRequiredValue(name), parsed.GetValue(events),
                parsed.GetValue(client) is { } only ? new ClientName(only) : null),
            Print);
        return command;
    }

    private static ObjectKind? KindOf(ArgumentResult result)
    {
        if (Kinds.TryGetValue(result.Tokens[0].Value, out var kind)) return kind;
        result.AddError($"Expected one of {string.Join(", ", Kinds.Keys)}, found \"{result.Tokens[0].Value}\".");
        return null;
    }
}

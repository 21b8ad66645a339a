using System.CommandLine;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What looks at volumes, clients and the node.</summary>
internal static class MediaCommands
{
    public static IEnumerable<Command> All(BackupCommand program) =>
        [Volumes(program), Clients(program), Status(program)];

    public static void Print(Screen screen, VolumeList list)
    {
        if (list.Volumes.Count == 0)
        {
            screen.Note("There are no volumes. A job labels them when it needs them.");
            return;
        }
        var table = new ListTable(
            "VOLUME", "LIBRARY", "POOL", "STATE", ">WRITTEN", ">CAPACITY", ">FRAGMENTS", ">IMAGES", ">COPIES",
            "LAST WRITTEN", "~NOTE");
        foreach (var volume in list.Volumes)
            table.Row(volume.Volume.Value, volume.Library.Value, volume.Pool?.Value ?? "", volume.State,
                Quantity.Bytes(volume.Bytes), volume.Capacity is { } capacity ? Quantity.Bytes(capacity) : "",
                Quantity.Count(volume.Fragments), volume.Images is { } images ? Quantity.Count(images) : "",
                volume.Copies is { } copies ? Quantity.Count(copies) : "", Quantity.Moment(volume.LastWritten),
                volume.Note ?? "");
        table.Print(screen);
        foreach (var volume in list.Volumes)
        {
            if (volume.KeptBy is not { } why) continue;
            screen.Line("");
            screen.Line($"{volume.Volume}: labelled {Quantity.Moment(volume.LabelledAt)}, "
                + $"{Quantity.Count(volume.Images ?? 0, "image")}"
                + (why.Count == 0 && volume.State is not ("blank" or "append") ? ". Nothing on it is kept." : "."));
            foreach (var reason in why) screen.Line($"  {reason}");
            if (volume.Images > why.Count) screen.Line($"  and {volume.Images - why.Count} more");
        }
    }

    public static void Print(Screen screen, ClientList list)
    {
        var table = new ListTable("CLIENT", "CONNECTED", "LAST IMAGE", "SINCE", "~POLICIES");
        foreach (var client in list.Clients)
            table.Row(client.Client.Value, client.Connected ? "yes" : "no",
                client.LastImage is { } image ? FileText.Short(image) : "none",
                Quantity.Moment(client.LastSuccess), string.Join(" ", client.Policies));
        table.Print(screen);
    }

    public static void Print(Screen screen, NodeStatus status)
    {
        screen.Line($"Node {status.Node}, version {status.Version}, runs since {Quantity.Instant(status.Started)}.");
        screen.Line($"{Quantity.Count(status.RunningJobs, "job")} not ended.");
        if (status.Jobs is { Count: > 0 } jobs) JobText.Print(screen, jobs);
        if (status.Jobs?.Count < status.RunningJobs)
            screen.Line($"These are the first {status.Jobs.Count}; all: backup jobs --running --limit N");
        foreach (var drive in status.Drives) screen.Line($"Drive {drive}");
        foreach (var line in (status.Spools ?? []).SelectMany(SpoolText.Lines)) screen.Line(line);
        foreach (var warning in status.Warnings ?? []) screen.Line(warning);
        if (status.Nodes is not { Count: > 1 } nodes) return;
        var table = new ListTable("NODE", "STATE", "ROLES", "LIBRARIES", "HEARD", "~ADDRESS");
        foreach (var node in nodes)
            table.Row(
                node.Node.Length == 0 ? "?" : node.Node, node.State, string.Join(" ", node.Roles),
                string.Join(" ", node.Libraries),
                node.SilentFor is { } silence ? $"{Quantity.Time(silence)} ago" : "never", node.Address);
        table.Print(screen);
    }

    private static ExampledCommand Volumes(BackupCommand program)
    {
        var why = new Option<bool>("--why")
        {
            Description = "Also what each holds, and why it cannot be used again: which image, kept by which rule.",
        };
        var command = new ExampledCommand(
            "volumes", "Lists volumes: state, what is on them, what still fits.",
            "backup volumes", "backup volumes --why") { why };
        Shows<VolumeList>(program, command, parsed => new ListVolumes(parsed.GetValue(why)), Print);
        return command;
    }

    private static ExampledCommand Clients(BackupCommand program)
    {
        var command = new ExampledCommand(
            "clients", "Lists clients with their newest image.",
            "backup clients", "backup clients --json");
        Shows<ClientList>(program, command, _ => new ListClients(), Print);
        return command;
    }

    private static ExampledCommand Status(BackupCommand program)
    {
        var command = new ExampledCommand(
            "status", "Says how the running node is and what its drives do.",
            "backup status", "backup status --json");
        Shows<NodeStatus>(program, command, _ => new ShowStatus(), Print);
        return command;
    }

    private static void Shows<T>(
        BackupCommand program, Command command, Func<ParseResult, IRequest> request, Action<Screen, T> print)
        where T : IReply =>
        program.Does(command, async (parsed, cancellation) =>
        {
            var screen = program.Context.Screen;
            await using var door =
                await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
            var reply = await CommandContext.Ask<T>(door.Node, request(parsed), cancellation);
            screen.Reply(reply);
            if (!screen.Json) print(screen, reply);
            return ExitCode.Complete;
        });
}

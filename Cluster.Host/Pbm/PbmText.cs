using System.Text;
using Backup.Host.CommandLine;
using Backup.Host.Operations;
using Backup.Messages.Operations;
using Petabridge.Cmd;

namespace Backup.Host.Pbm;

/// <summary>Replies as responses of a console: plain text in packets, the last one final.</summary>
internal static class PbmText
{
    private const int PacketCharacters = 8000;

    public static IReadOnlyList<CommandResponse> Responses(PbmCommand command, IReply reply, bool asJson)
    {
        if (reply is Refused refused)
            return [new ErroredCommandResponse(asJson ? WireJson.Line(refused) : refused.Sentence)];
        if (!command.Operation.Replies.Contains(reply.GetType()))
            throw new InvalidOperationException($"A {reply.GetType().Name} does not answer {command.Operation.Name}.");
        var text = asJson ? WireJson.Line(reply) : Text(command, reply);
        var packets = Packets(text).ToList();
        return [.. packets.Select((packet, at) => new CommandResponse(packet, final: at == packets.Count - 1))];
    }

    private static string Text(PbmCommand command, IReply reply)
    {
        var text = new StringWriter { NewLine = "\n" };
        var screen = new Screen(text, text, TextReader.Null);
        if (reply is JobDetails waiting && command.Name == PbmCommands.Why) PrintWhy(screen, waiting);
        else Print(screen, reply);
        return text.ToString().TrimEnd('\n');
    }

    private static void Print(Screen screen, IReply reply)
    {
        switch (reply)
        {
            case JobsStarted started:
                foreach (var job in started.Jobs)
                    screen.Line($"Job {job} was accepted. To see what it does: backup job -j {job}");
                break;
            case RunPreview preview:
                RunPreviewing.Print(screen, preview);
                break;
            case JobCancelling cancelling:
                screen.Line($"Job {cancelling.Job} is being cancelled. To see it end: backup job -j {cancelling.Job}");
                break;
            case JobList { Jobs.Count: 0 }:
                screen.Line("There are no jobs.");
                break;
            case JobList list:
                JobText.Print(screen, list);
                break;
            case JobDetails details:
                JobText.Print(screen, details);
                if (details.Log.Count > 0) screen.Line("  log");
                foreach (var line in details.Log) screen.Line($"    {JobText.Log(line)}");
                break;
            case ExceptionList { Exceptions.Count: 0 }:
                screen.Line("There are no exceptions.");
                break;
            case ExceptionList list:
                foreach (var exception in list.Exceptions) screen.Line(exception.Text);
                if (list.Next is { } rest) screen.Line($"There are more: --after {rest}");
                break;
            case RestorePlan plan:
                PlanText.Print(screen, plan);
                break;
            case CatalogChecked found:
                CatalogCommands.Print(screen, found);
                break;
            case ImageList images:
                BrowseCommands.Print(screen, images);
                break;
            case FileList files:
                foreach (var file in files.Files) screen.Line(FileText.Long(file));
                if (files.Next is { } next) screen.Line($"There is more: the same with --after '{next}'");
                break;
            case VersionList versions:
                HistoryCommands.Print(screen, versions);
                if (versions.More) screen.Line($"There are more than {versions.Versions.Count}: see --limit.");
                break;
            case ImageDifferences differences:
                HistoryCommands.Print(screen, differences);
                if (differences.Next is { } path) screen.Line($"There is more: the same with --after '{path}'");
                break;
            case FoundFiles found:
                foreach (var file in found.Files)
                    screen.Line($"{FileText.Short(file.Image)}  {FileText.Long(file.File)}");
                if (found.Files.Count == 0) screen.Line("Nothing is called so.");
                if (found.More) screen.Line($"There are more than {found.Files.Count}: see --limit.");
                break;
            case VolumeList volumes:
                MediaCommands.Print(screen, volumes);
                break;
            case VolumeLabelled labelled:
                VolumeCommands.Print(screen, labelled);
                break;
            case VolumesLabelled several:
                VolumeCommands.Print(screen, several);
                break;
            case VolumeMounted mounted:
                VolumeCommands.Print(screen, mounted);
                break;
            case DriveUnmounted unmounted:
                VolumeCommands.Print(screen, unmounted);
                break;
            case DriveSet set:
                DriveCommands.Print(screen, set);
                break;
            case DriveCleaned cleaned:
                DriveCommands.Print(screen, cleaned);
                break;
            case InventoryTaken taken:
                LibraryCommands.Print(screen, taken);
                break;
            case VolumesImported imported:
                LibraryCommands.Print(screen, imported);
                break;
            case VolumesExported exported:
                LibraryCommands.Print(screen, exported);
                break;
            case VolumeMoved moved:
                LibraryCommands.Print(screen, moved);
                break;
            case VolumesVaulted moved:
                VaultCommands.Print(screen, moved);
                break;
            case VaultShown shown:
                VaultCommands.Print(screen, shown);
                break;
            case RequestList requests:
                RequestCommands.Print(screen, requests);
                break;
            case RequestAssigned assigned:
                RequestCommands.Print(screen, assigned);
                break;
            case ObjectShown shown:
                ObjectCommands.Print(screen, shown);
                break;
            case ClientList clients:
                MediaCommands.Print(screen, clients);
                break;
            case ScheduleShown shown:
                ScheduleCommands.Print(screen, shown);
                break;
            case EstimateShown shown:
                PlanCommands.Print(screen, shown);
                break;
            case PlanOrdered ordered:
                PlanCommands.Print(screen, ordered);
                break;
            case PlanShown shown:
                PlanCommands.Print(screen, shown);
                break;
            case RetentionShown shown:
                RetentionCommands.Print(screen, shown.Images);
                break;
            case RetentionDone done:
                RetentionCommands.Print(screen, done);
                break;
            case ImageMarked marked:
                RetentionCommands.Print(screen, marked);
                break;
            case VolumeUpdated updated:
                VolumeCommands.Print(screen, updated);
                break;
            case NodeStatus status:
                MediaCommands.Print(screen, status);
                break;
            case ConfigurationReloaded reloaded:
                NodeCommands.Print(screen, reloaded);
                break;
            default:
                throw new InvalidOperationException($"A {reply.GetType().Name} has no text.");
        }
    }

    private static void PrintWhy(Screen screen, JobDetails details)
    {
        foreach (var reason in details.WaitsFor) screen.Line(reason);
        if (details.WaitsFor.Count == 0)
            screen.Line($"Job {details.Job.Job} waits for nothing: {JobText.State(details.Job)}.");
    }

    /// <summary>Whole lines; one that is longer than a packet is a packet of its own.</summary>
    private static IEnumerable<string> Packets(string text)
    {
        var packet = new StringBuilder();
        foreach (var line in text.Split('\n'))
        {
            if (packet.Length > 0 && packet.Length + line.Length >= PacketCharacters)
            {
                yield return packet.ToString(0, packet.Length - 1);
                packet.Clear();
            }
            packet.Append(line).Append('\n');
        }
        yield return packet.ToString(0, packet.Length - 1);
    }
}

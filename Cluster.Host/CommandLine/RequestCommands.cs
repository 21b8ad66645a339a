using System.CommandLine;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What jobs ask of people, and who does it.</summary>
internal static class RequestCommands
{
    public static IEnumerable<Command> All(BackupCommand program) => [Requests(program), Assign(program)];

    public static void Print(Screen screen, RequestList list)
    {
        if (list.Requests.Count == 0) screen.Line("Nothing is asked of anybody.");
        foreach (var request in list.Requests)
        {
            screen.Line(request.Text);
            if (request.Assigned is { Note: { } note }) screen.Line($"  {note}");
        }
    }

    public static void Print(Screen screen, RequestAssigned assigned) => screen.Line(assigned.Person is { } person
        ? $"What job {assigned.Job} asks for was asked of {person}."
        : $"What job {assigned.Job} asks for was asked of nobody any more.");

    private static ExampledCommand Requests(BackupCommand program)
    {
        var of = new Option<string?>("--of")
        {
            Description = "Only what was asked of this person.",
            HelpName = "person",
        };
        var command = new ExampledCommand(
            "requests", "Lists what jobs ask of people: volumes to bring, and who was asked to.",
            "backup requests", "backup requests --of anna --json") { of };
        VolumeCommands.Does<RequestList>(program, command, parsed => new ListRequests(parsed.GetValue(of)), Print);
        return command;
    }

    private static ExampledCommand Assign(BackupCommand program)
    {
        var job = new Argument<long>("job") { Description = "The job that waits." };
        var to = new Option<string?>("--to")
        {
            Description = "Who is to do it.",
            HelpName = "person",
        };
        var back = new Option<bool>("--back") { Description = "Nobody any more." };
        var note = new Option<string?>("--note") { Description = "What is said to the person.", HelpName = "text" };
        var command = new ExampledCommand(
            "assign", "Says who is to do what a job asks of a person.",
            "backup assign 12 --to anna", "backup assign 12 --back") { job, to, back, note };
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(to) is null != parsed.GetValue(back))
                parsed.AddError("Expected either `--to PERSON` or `--back`.");
        });
        VolumeCommands.Does<RequestAssigned>(
            program, command,
            parsed => new AssignRequest(
                RequestId.New(), new JobId(parsed.GetValue(job)), parsed.GetValue(to), parsed.GetValue(note)),
            Print);
        return command;
    }
}

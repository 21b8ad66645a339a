using Akka.Actor;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Gateway;

/// <summary>
/// What jobs ask of people: listed by the allocator, which hears of it from every job, and given to somebody by the job
/// itself, whose journal keeps it.
/// </summary>
internal static class PeopleRequests
{
    private const int PersonMax = 100;
    private const int NoteMax = 500;
    private const string Somebody = "an operator";

    public static async Task<IReply> List(GatewaySetup setup, ListRequests list)
    {
        try
        {
            var holders = await setup.Allocator.Ask<AllocatorProtocol.Holders>(
                AllocatorProtocol.List.Instance, setup.AnswerWithin).ConfigureAwait(false);
            return new RequestList(
            [
                .. (holders.Awaited ?? [])
                    .Where(request => list.Of is null || request.AssignedTo?.Person == list.Of)
                    .OrderBy(request => request.Job.Value).Select(Shown),
            ]);
        }
        catch (AskTimeoutException)
        {
            return new Refused(
                RefusalCode.Unavailable, "The allocator, which knows what jobs ask for, moves to another director. "
                    + "Try again.");
        }
    }

    public static async Task<IReply> Assign(GatewaySetup setup, AssignRequest assign)
    {
        if (assign.Person is { } person && (person.Trim().Length is 0 or > PersonMax || person.Any(char.IsControl)))
            return new Refused(
                RefusalCode.BadRequest, $"Expected a name of 1 to {PersonMax} characters, found \"{person}\".");
        if (assign.Note is { } note && (note.Length > NoteMax || note.Any(char.IsControl)))
            return new Refused(
                RefusalCode.BadRequest, $"Expected a note of up to {NoteMax} characters on one line.");
        if (!setup.Store.Jobs.Get(assign.Job).Is(out _, out var failure)) return CatalogQueries.Unavailable(failure);
        var answer = await setup.Jobs.Ask<JobProtocol.IReply>(
            new JobProtocol.Assign(assign.Job, assign.Person, Somebody, assign.Note), setup.AnswerWithin)
            .ConfigureAwait(false);
        return answer switch
        {
            JobProtocol.Accepted => new RequestAssigned(assign.Job, assign.Person),
            JobProtocol.Refused { Why: JobProtocol.Refusal.Ended or JobProtocol.Refusal.NotRunning } =>
                new Refused(RefusalCode.Conflict, $"Job {assign.Job} does not run, and asks for nothing."),
            JobProtocol.Refused { Why: JobProtocol.Refusal.Resting } => new Refused(
                RefusalCode.Unavailable,
                $"The journal of job {assign.Job} failed, and its saga is started again in a while. Try again then."),
            _ => new Refused(
                RefusalCode.Conflict,
                $"Job {assign.Job} asks nothing of a person now. `backup requests` lists what is asked for."),
        };
    }

    private static HumanRequest Shown(MountRequest request) => new(
        request.Job, request.Drive, request.Volume, request.Pool, request.Since,
        WaitText.Sentence(new WaitReason.VolumeAwaited(request)), request.AssignedTo);
}

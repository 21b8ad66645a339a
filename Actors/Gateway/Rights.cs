using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>
/// What may be asked at which node. A node that is director or storage node may ask for everything; one that is a
/// client and nothing else for what is its own, as far as it is configured; one that is no member for nothing.
/// </summary>
internal static class Rights
{
    private const int ListMax = 10_000;

    /// <summary>Whether a node of these roles asks as a client, and so for its own only.</summary>
    public static bool AsksAsClient(IReadOnlyCollection<string> roles) =>
        roles.Contains("client") && !roles.Contains("director") && !roles.Contains("storage");

    /// <summary>Why a request is not answered; null: it is.</summary>
    /// <param name="by">Who asks.</param>
    /// <param name="roles">Of the node, as the cluster says.</param>
    /// <param name="request">As <see cref="Narrow"/> made it.</param>
    /// <param name="may">What the client may.</param>
    /// <param name="owners">Whose things are.</param>
    public static Refused? Check(
        Asker by, IReadOnlyCollection<string> roles, IRequest request, ClientRights may, IOwners owners)
    {
        if (roles.Contains("director") || roles.Contains("storage")) return null;
        // Told apart from what is forbidden: a node that joins, or that was parted, is let in a moment later
        if (roles.Count == 0 || by.Client is not { } own)
            return new Refused(
                RefusalCode.Unavailable,
                $"{by.Node} is not known here as a member of the cluster. Where it is joining, or was parted from it, "
                    + "ask again in a moment; otherwise ask at one of the cluster's nodes.");
        if (may.HasFlag(ClientRights.All)) return null;
        return NeededBy(request, own, owners) is var (right, isOwn)
            && (right == ClientRights.None || may.HasFlag(right)) && isOwn
            ? null
            : new Refused(
                RefusalCode.Forbidden,
                $"Client {own} may not ask for this ({request.GetType().Name}). Ask at a director, or allow it there: "
                    + $"`backup.clients.{own}.may`.");
    }

    /// <summary>The same request about what is the client's own, where it leaves that open.</summary>
    /// <param name="own">The client.</param>
    /// <param name="request">Any request.</param>
    /// <param name="owners">Whose things are.</param>
    public static IRequest Narrow(ClientName own, IRequest request, IOwners owners)
    {
        string Newest(string word) => word == "latest" ? owners.NewestOf(own) ?? word : word;
        return request switch
        {
            // What is scheduled measures other clients of its plan
            RunPolicy run => run with { Client = run.Client ?? own, Scheduled = false },
            PreviewRun preview => preview with { Client = preview.Client ?? own },
            EstimatePolicy estimate => estimate with { Client = estimate.Client ?? own },
            ShowEstimate show => show with { Client = show.Client ?? own },
            ShowObject { Kind: ObjectKind.Policy } show => show with { Client = show.Client ?? own },
            VerifyPolicy verify => verify with { Client = verify.Client ?? own },
            VerifyImage verify => verify with { Image = Newest(verify.Image) },
            MarkImage mark => mark with { Image = Newest(mark.Image) },
            RestoreFiles { Source: null, FileSet: null, AsOf: null } restore =>
                restore with { Image = Newest(restore.Image) },
            RestoreFiles restore => restore with { Source = restore.Source ?? own },
            ListFiles { Client: null, FileSet: null, AsOf: null } list => list with { Image = Newest(list.Image) },
            ListFiles list => list with { Client = list.Client ?? own },
            FindFiles { Image: { } image } find => find with { Image = Newest(image) },
            FindFiles find => find with { Client = find.Client ?? own },
            DiffImages diff => diff with { From = Newest(diff.From), To = Newest(diff.To) },
            ListImages list => list with { Client = list.Client ?? own },
            ListVersions list => list with { Client = list.Client ?? own },
            ListJobs list => list with { Limit = ListMax },
            _ => request,
        };
    }

    /// <summary>What of an answer is the client's own.</summary>
    /// <param name="own">The client.</param>
    /// <param name="asked">The request before it was narrowed.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="owners">Whose things are.</param>
    public static IReply Own(ClientName own, IRequest asked, IReply reply, IOwners owners) => reply switch
    {
        JobList list => new JobList(
            [.. list.Jobs.Where(job => job.Client == own).Take((asked as ListJobs)?.Limit ?? ListMax)]),
        ClientList list => new ClientList([.. list.Clients.Where(client => client.Client == own)]),
        NodeStatus status => status with
        {
            Drives = [],
            Spools = null,
            Jobs = status.Jobs is { } jobs ? [.. jobs.Where(job => job.Client == own)] : null,
        },
        ScheduleShown shown => new ScheduleShown(
            [.. shown.Past.Where(run => owners.Names(run.Policy, own)).Select(run => OwnOf(own, run, owners))],
            [.. shown.Coming.Where(run => owners.Names(run.Policy, own))],
            [.. shown.Unscheduled.Where(policy => owners.Names(policy, own))]),
        _ => reply,
    };

    private static ScheduledRun OwnOf(ClientName own, ScheduledRun run, IOwners owners) => run with
    {
        Jobs = [.. run.Jobs.Where(job => owners.JobOf(job)?.Client == own)],
        Note = FiringNotes.For(run.Note, own, job => owners.JobOf(job)?.Client == own),
    };

    /// <summary>The right that a client needs for a request, and whether all of it is its own.</summary>
    private static (ClientRights Right, bool IsOwn) NeededBy(IRequest request, ClientName own, IOwners owners)
    {
        // Of what is not there the answer says so
        bool Job(JobId job) => owners.JobOf(job) is not { } known || known.Client == own;
        bool Image(string word) => owners.OfImage(word) is not { } client || client == own;
        return request switch
        {
            RunPolicy run => (
                ClientRights.Run,
                run is { ToPool: null, SelectBy: null, Messages: null, Spool: null, CopyTo: null }
                    && run.Client == own
                    && owners.Names(run.Policy, own)),
            PreviewRun preview => (
                ClientRights.Run,
                preview is { ToPool: null, SelectBy: null, CopyTo: null } && preview.Client == own
                    && owners.Names(preview.Policy, own)),
            EstimatePolicy estimate =>
                (ClientRights.Run, estimate.Client == own && owners.Names(estimate.Policy, own)),
            CancelJob cancel => (ClientRights.Run, Job(cancel.Job)),
            RerunJob rerun => ForAgain(owners.JobOf(rerun.Job), own, owners),
            RestoreFiles { Source: { } source } restore =>
                (ClientRights.Restore, source == own && (restore.Client ?? own) == own),
            RestoreFiles restore => (ClientRights.Restore, Image(restore.Image) && (restore.Client ?? own) == own),
            VerifyImage verify => (ClientRights.Restore, Image(verify.Image)),
            // What is recorded is what the client is compared with: it is not the client's to say
            VerifyPolicy { State: StateUse.Record } => (ClientRights.All, false),
            VerifyPolicy verify => (ClientRights.Restore, verify.Client == own && owners.Names(verify.Policy, own)),
            // What keeps is the client's to say, what gives up is not
            MarkImage { Change: ImageChange.Hold or ImageChange.Tag } mark =>
                (ClientRights.Restore, Image(mark.Image)),
            ShowJob show => (ClientRights.Browse, Job(show.Job)),
            ListExceptions list => (ClientRights.Browse, Job(list.Job)),
            ListFiles { Client: { } client } => (ClientRights.Browse, client == own),
            ListFiles list => (ClientRights.Browse, Image(list.Image)),
            FindFiles find =>
                (ClientRights.Browse, find.Image is { } word ? Image(word) : find.Client == own),
            DiffImages diff => (ClientRights.Browse, Image(diff.From) && Image(diff.To)),
            ListImages list => (ClientRights.Browse, list.Client == own),
            ListVersions list => (ClientRights.Browse, list.Client == own),
            ShowEstimate show => (ClientRights.Browse, show.Client == own && owners.Names(show.Policy, own)),
            ShowObject { Kind: ObjectKind.Job } show =>
                (ClientRights.Browse, ObjectRequests.JobOf(show.Name) is not { } job || Job(job)),
            ShowObject { Kind: ObjectKind.Client } show => (ClientRights.Browse, show.Name == own.Value),
            ShowObject { Kind: ObjectKind.Policy } show =>
                (ClientRights.Browse, show.Client == own && owners.Names(new PolicyName(show.Name), own)),
            ListJobs or ListClients or ShowSchedule => (ClientRights.Browse, true),
            ShowStatus => (ClientRights.None, true),
            _ => (ClientRights.All, false),
        };
    }

    /// <summary>
    /// What the same would need if it were asked for now: a director may have asked for it before, or a policy may have
    /// named the client.
    /// </summary>
    private static (ClientRights Right, bool IsOwn) ForAgain(OwnedJob? job, ClientName own, IOwners owners) =>
        job?.Kind switch
        {
            null => (ClientRights.Run, true),
            JobKind.Restore or JobKind.Verify => (ClientRights.Restore, job.Client == own && job.Source == own),
            JobKind.Backup or JobKind.Estimate or JobKind.Admin =>
                (ClientRights.Run, job.Client == own && job.Policy is { } policy && owners.Names(policy, own)),
            _ => (ClientRights.All, false),
        };
}

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
        if (!roles.Contains("client") || by.Client is not { } own)
            return new Refused(
                RefusalCode.Forbidden,
                $"{by.Node} is no member of the cluster that could ask for anything. Ask at one of its nodes.");
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
            RunPolicy run => run with { Client = run.Client ?? own },
            EstimatePolicy estimate => estimate with { Client = estimate.Client ?? own },
            ShowEstimate show => show with { Client = show.Client ?? own },
            ShowObject { Kind: ObjectKind.Policy } show => show with { Client = show.Client ?? own },
            VerifyPolicy verify => verify with { Client = verify.Client ?? own },
            VerifyImage verify => verify with { Image = Newest(verify.Image) },
            RestoreFiles { Source: null, FileSet: null, AsOf: null } restore =>
                restore with { Image = Newest(restore.Image) },
            RestoreFiles restore => restore with { Source = restore.Source ?? own },
            ListFiles { Client: null, FileSet: null, AsOf: null } list => list with { Image = Newest(list.Image) },
            ListFiles list => list with { Client = list.Client ?? own },
            FindFiles { Image: { } image } find => find with { Image = Newest(image) },
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
        FoundFiles found => OwnOf(own, found, owners),
        ClientList list => new ClientList([.. list.Clients.Where(client => client.Client == own)]),
        NodeStatus status => status with
        {
            Drives = [],
            Jobs = status.Jobs is { } jobs ? [.. jobs.Where(job => job.Client == own)] : null,
        },
        ScheduleShown shown => new ScheduleShown(
            [.. shown.Past.Where(run => owners.Names(run.Policy, own))],
            [.. shown.Coming.Where(run => owners.Names(run.Policy, own))],
            [.. shown.Unscheduled.Where(policy => owners.Names(policy, own))]),
        _ => reply,
    };

    private static FoundFiles OwnOf(ClientName own, FoundFiles found, IOwners owners)
    {
        var isOwn = found.Files.Select(file => file.Image).Distinct()
            .ToDictionary(image => image, image => owners.OfImage(image.ToString()) == own);
        return found with { Files = [.. found.Files.Where(file => isOwn[file.Image])] };
    }

    /// <summary>The right that a client needs for a request, and whether all of it is its own.</summary>
    private static (ClientRights Right, bool IsOwn) NeededBy(IRequest request, ClientName own, IOwners owners)
    {
        // Of what is not there the answer says so
        bool Job(JobId job) => owners.OfJob(job) is not { } client || client == own;
        bool Image(string word) => owners.OfImage(word) is not { } client || client == own;
        return request switch
        {
            RunPolicy run => (ClientRights.Run, run.Client == own && owners.Names(run.Policy, own)),
            EstimatePolicy estimate =>
                (ClientRights.Run, estimate.Client == own && owners.Names(estimate.Policy, own)),
            CancelJob cancel => (ClientRights.Run, Job(cancel.Job)),
            RerunJob rerun => (owners.KindOf(rerun.Job) switch
            {
                JobKind.Backup or JobKind.Estimate or null => ClientRights.Run,
                JobKind.Restore or JobKind.Verify => ClientRights.Restore,
                _ => ClientRights.All,
            }, Job(rerun.Job)),
            RestoreFiles { Source: { } source } restore =>
                (ClientRights.Restore, source == own && (restore.Client ?? own) == own),
            RestoreFiles restore => (ClientRights.Restore, Image(restore.Image) && (restore.Client ?? own) == own),
            VerifyImage verify => (ClientRights.Restore, Image(verify.Image)),
            VerifyPolicy verify => (ClientRights.Restore, verify.Client == own && owners.Names(verify.Policy, own)),
            ShowJob show => (ClientRights.Browse, Job(show.Job)),
            ListExceptions list => (ClientRights.Browse, Job(list.Job)),
            ListFiles { Client: { } client } => (ClientRights.Browse, client == own),
            ListFiles list => (ClientRights.Browse, Image(list.Image)),
            FindFiles find => (ClientRights.Browse, find.Image is null || Image(find.Image)),
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
}

using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Verifications of the disks of a policy's clients: with their newest images, or with a state that was recorded
/// before; or that recording.
/// </summary>
/// <param name="setup">The gateway's.</param>
/// <param name="desk">Begins the jobs.</param>
internal sealed class PolicyVerification(GatewaySetup setup, GatewayDesk desk)
{
    private readonly ImageReading _reading = new(setup);

    /// <summary>Starts a job for each client, or none.</summary>
    public async Task<IReply> Verify(VerifyPolicy verify)
    {
        var unknown = PolicyRuns.ClientsOf(setup, verify.Policy, verify.Client, out var policy, out var clients);
        if (unknown is not null) return unknown;
        if (!PolicyRuns.MadeBy(setup, verify.Request, clients).Is(out var made, out var failure))
            return CatalogQueries.Unavailable(failure);
        if (made.Count == clients.Count) return new JobsStarted(made);
        foreach (var client in clients)
            if (await desk.NoSuchClient(client).ConfigureAwait(false) is { } nobody) return nobody;
        return verify.State == StateUse.None
            ? await WithImages(verify, policy!, clients).ConfigureAwait(false)
            : await WithStates(verify, policy!, clients).ConfigureAwait(false);
    }

    private async Task<IReply> WithImages(
        VerifyPolicy verify, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        var images = new List<ImageRecord>();
        foreach (var client in clients)
        {
            var newest = new RestoreFiles(
                verify.Request, "latest", [], "/", Source: client, FileSet: policy.SpecFor(client).FileSet.Name);
            if (new CatalogQueries(setup.Store, setup.Policies()).Find(newest, out var image) is { } none)
                return none.Code == RefusalCode.NotFound ? NoImageYet(policy, client) : none;
            images.Add(image!);
        }
        var jobs = new List<JobId>();
        foreach (var image in images)
        {
            var client = image.Opened.Client;
            var (spec, refused) =
                await _reading.Verify(image, VerifyTarget.Disk, verify.Content).ConfigureAwait(false);
            if (spec is null) return refused!;
            var answer = await desk.BeginOne(
                new RequestId($"{verify.Request}/{client}"), JobKind.Verify, client, image, spec).ConfigureAwait(false);
            if (answer is not JobsStarted started) return answer;
            jobs.AddRange(started.Jobs);
        }
        return new JobsStarted(jobs);
    }

    private async Task<IReply> WithStates(
        VerifyPolicy verify, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        var jobs = new List<NewJob>();
        foreach (var client in clients)
        {
            var backup = policy.SpecFor(client);
            var state = ImageId.New();
            if (verify.State == StateUse.Compare)
            {
                if (!setup.Store.States.Newest(client, backup.FileSet.Name).Is(out var newest, out var failure))
                    return CatalogQueries.Unavailable(failure);
                if (newest is not [var known]) return NoStateYet(policy, client);
                state = known.State;
            }
            var spec = new VerifySpec(
                state, VerifyTarget.Disk, client, backup.Library, backup.FileSet, verify.Content, State: verify.State);
            jobs.Add(new NewJob(
                new RequestId($"{verify.Request}/{client}"), JobKind.Verify, client, setup.Clock.Now, policy.Name,
                backup.FileSet.Name, Parameters: JobSpecs.Write(spec)));
        }
        return await desk.BeginAll(jobs).ConfigureAwait(false);
    }

    private static Refused NoImageYet(PolicyDefinition policy, ClientName client) => new(
        RefusalCode.NotFound,
        $"There is no sealed image of client {client} by policy {policy.Name} to compare with. Run the policy first, "
            + "or name another client with --client.");

    private static Refused NoStateYet(PolicyDefinition policy, ClientName client) => new(
        RefusalCode.NotFound,
        $"No state of the disk of client {client} is recorded for policy {policy.Name}. Record it first: "
            + $"backup verify --init {policy.Name} --client {client}");
}

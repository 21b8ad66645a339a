using Backup.Actors.Security;
using Backup.Host.Security;
using Backup.Tests;

namespace Backup.Benchmark;

/// <summary>
/// A cluster of two processes on loopback: director and storage node in one, the client in the other. All data goes
/// over a connection between them.
/// </summary>
internal sealed class NodePair : IAsyncDisposable
{
    private const string ClientName = "web1";
    private readonly ClusterPlan _plan;
    private readonly int _clientPort;

    private NodePair(ClusterPlan plan, int clientPort, NodeProcess store, NodeProcess client) =>
        (_plan, _clientPort, Store, Client) = (plan, clientPort, store, client);

    /// <summary>Director and storage node.</summary>
    public NodeProcess Store { get; private set; }

    /// <summary>The client.</summary>
    public NodeProcess Client { get; private set; }

    /// <summary>Where the volumes are.</summary>
    public string Library => Path.Combine(Store.Root, "tapes");

    /// <summary>Starts both; they see each other.</summary>
    /// <param name="media">Where they keep everything.</param>
    /// <param name="fileSets">What can be saved, by policy.</param>
    /// <param name="identities">Of <see cref="Identities"/>; null: connections are plain.</param>
    /// <param name="change">What is different from a usual plan.</param>
    public static async Task<NodePair> Start(
        string media, IReadOnlyDictionary<string, string[]> fileSets, string? identities = null,
        Func<ClusterPlan, ClusterPlan>? change = null)
    {
        var plan = new ClusterPlan(FreePorts.Take(), [ClientName], fileSets, identities);
        plan = change?.Invoke(plan) ?? plan;
        var clientPort = FreePorts.Take();
        var store = await StartStore(NodeProcess.Folder(media, "store"), plan);
        var client = await StartClient(NodeProcess.Folder(media, "client"), plan, clientPort);
        await store.Sees(2);
        return new NodePair(plan, clientPort, store, client);
    }

    /// <summary>Makes an authority and identities of both, in a folder.</summary>
    public static string Identities(string folder)
    {
        var authority = CertificateAuthority.Create(
            Path.Combine(folder, "ca"), "benchmark", TimeSpan.FromDays(2), TimeProvider.System.GetUtcNow());
        Issue("store", CertificateRoles.Director | CertificateRoles.Storage);
        Issue(ClientName, CertificateRoles.Client);
        return folder;

        void Issue(string node, CertificateRoles roles)
        {
            var file = Path.Combine(folder, $"{node}.pem");
            CertificateAuthority.Write(file, authority.Issue(
                new Enrolment(node, roles, [], TimeSpan.FromDays(1)), TimeProvider.System.GetUtcNow()).Pem);
        }
    }

    /// <returns>Time and image; processor time of both processes, the peak of the larger one.</returns>
    public Task<Measured> Backup(string policy) => Of(() => Store.Backup(policy));

    /// <returns>As <see cref="Backup"/>.</returns>
    public Task<Measured> Restore(string image, string target) => Of(() => Store.Restore(image, target));

    /// <summary>Starts the client again.</summary>
    public async Task ClientAgain() => Client = await StartClient(Client.Root, _plan, _clientPort);

    /// <summary>Starts director and storage node again.</summary>
    public async Task StoreAgain() => Store = await StartStore(Store.Root, _plan);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Store.DisposeAsync();
    }

    private static Task<NodeProcess> StartStore(string root, ClusterPlan plan) => NodeProcess.Start(
        NodeServer.Mode, root, folder => NodeTexts.Member(folder, "store", "director, storage", plan.SeedPort, plan));

    private static Task<NodeProcess> StartClient(string root, ClusterPlan plan, int port) => NodeProcess.Start(
        NodeServer.Mode, root, folder => NodeTexts.Member(folder, ClientName, "client", port, plan));

    private async Task<Measured> Of(Func<Task<Measured>> job)
    {
        await Client.Took();
        var measured = await job();
        var client = await Client.Took();
        return measured with
        {
            Processor = measured.Processor + client.Processor,
            PeakKib = Math.Max(measured.PeakKib, client.PeakKib),
        };
    }
}

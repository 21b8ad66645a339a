using Backup.Messages;

namespace Backup.Actors.Jobs;

/// <summary>How many jobs may work at the same time, as the configuration says now.</summary>
/// <param name="PerClient">On one client of which nothing else is said, 1 or more.</param>
public sealed record JobLimits(int PerClient)
{
    /// <summary>In the whole system; 0: no limit.</summary>
    public int System { get; init; }

    /// <summary>On clients for which something else than for all is said, 1 or more.</summary>
    public IReadOnlyDictionary<ClientName, int> Clients { get; init; } = new Dictionary<ClientName, int>();

    /// <summary>Backups of policies that have a limit; 0: none.</summary>
    public IReadOnlyDictionary<PolicyName, int> Policies { get; init; } = new Dictionary<PolicyName, int>();

    /// <summary>Bytes a second that backups may take of a network together, 1 or more, by its name.</summary>
    public IReadOnlyDictionary<string, long> Networks { get; init; } = new Dictionary<string, long>();

    /// <summary>On one client, 1 or more.</summary>
    /// <param name="client">The client.</param>
    public int Of(ClientName client) => Clients.GetValueOrDefault(client, PerClient);

    /// <summary>Backups of one policy; 0: no limit.</summary>
    /// <param name="policy">The policy.</param>
    public int Of(PolicyName policy) => Policies.GetValueOrDefault(policy);
}

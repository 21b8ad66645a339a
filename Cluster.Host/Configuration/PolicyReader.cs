using Backup.Messages;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.policies.NAME</c>.</summary>
/// <param name="own">The client that this node is.</param>
internal sealed class PolicyReader(
    ClientName own,
    IReadOnlyCollection<string> clients,
    IReadOnlyCollection<string> fileSets,
    IReadOnlyCollection<string> pools)
{
    public PolicySettings Read(string name, SettingsSection section)
    {
        var named = section.References("clients", "client", "clients", clients) ?? [];
        var policy = new PolicySettings(
            new PolicyName(name),
            named.Count == 0 ? [own] : [.. named.Select(client => new ClientName(client))],
            new FileSetName(section.Reference("file-set", "file set", "file sets", fileSets)),
            new PoolName(section.Reference("pool", "pool", "pools", pools)),
            section.Number("reread-limit", 0, 100),
            section.Number("attempts", 1, 1000),
            section.Duration("restart-delay", TimeSpan.Zero, TimeSpan.FromDays(1)),
            section.Number("node-stops", 1, 1000));
        section.RefuseOtherKeys();
        return policy;
    }
}

using System.Collections.Immutable;
using System.Net;
using Backup.Actors.Clients;
using Backup.Actors.Retention;
using Backup.Hocon;
using Backup.Media.Packets;
using Backup.Messages;

namespace Backup.Host.Configuration;

/// <summary>Reads what limits the actors: <c>backup.job</c>, <c>.storage</c> and <c>.client</c>.</summary>
internal static class LimitsReader
{
    private const int ChunksMax = 4096;

    // Shorter delays would spin, and a test has no reason for them: its clock is not the real one.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private const string AddressForms = "an IP address of this machine, 0.0.0.0 or \"::\" for all";
    private const string HostForms = "a host name or an IP address";
    private const string ClientHostForms =
        "texts such as \"web1=203.0.113.7\": a client, once, and a host name or an IP address";
    private const string ClientPlaceForms =
        "texts such as \"web1=10.1.0.7:9114\": a client, once, and the host and port at which it listens";
    private static readonly TimeSpan HeartbeatMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static JobSettings ReadJob(SettingsSection section)
    {
        var job = new JobSettings(
            section.Duration("ask-again-after", Tick, Hour),
            section.Duration("progress-interval", Tick, Hour),
            section.Duration("absent-max", Tick, Day),
            section.Number("restore-drives", 1, BatchInformation.LanesMax),
            section.Number("jobs-max", 0, 100_000),
            section.Duration("life-max", TimeSpan.Zero, 365 * Day),
            ScriptReader.ReadAllowed(section),
            section.Number("merges-max", 0, 100_000));
        section.RefuseOtherKeys();
        return job;
    }

    public static RetentionTerms ReadRetention(SettingsSection section)
    {
        var terms = new RetentionTerms(
            section.Duration("every", TimeSpan.Zero, 31 * Day),
            section.Duration("grace", TimeSpan.Zero, 3650 * Day),
            section.Number("share-max", 1, 100),
            section.Number("few-images", 0, 100_000),
            section.Duration("clock-ahead-max", Day, 3650 * Day));
        section.RefuseOtherKeys();
        return terms;
    }

    public static StorageSettings ReadStorage(SettingsSection section, NodeSettings node, ClusterSettings cluster)
    {
        var address = ReadAddress(section, "data-address");
        var storage = new StorageSettings(
            section.Duration("outbox-retry-delay", Tick, Hour),
            section.Number("chunks-in-flight", 1, ChunksMax),
            address,
            section.Number("data-port", 0, IPEndPoint.MaxPort),
            ReadDataHost(section, address, cluster),
            section.Duration("data-heartbeat", Tick, HeartbeatMax),
            section.Duration("data-silence", Tick, Hour),
            section.Duration("data-reconnect-within", TimeSpan.Zero, Hour),
            section.Duration("data-handshake-within", Tick, Hour),
            section.Duration("data-token-lifetime", Tick, Day),
            section.Duration("wait-for-volume", TimeSpan.Zero, 365 * Day),
            section.Duration("look-for-volume-every", Tick, Hour),
            section.Number("jobs-max", 0, 10_000),
            section.Number("reads-max", 0, 10_000),
            ReadDataHosts(section),
            ReadDataCalls(section));
        if (IPAddress.IsLoopback(address) && node.Roles.Contains(NodeRole.Storage)
            && !cluster.IsAlone && !IPAddress.IsLoopback(cluster.Address))
            section.Refuse("data-address", $"found {address}, and cluster.address is {cluster.Address}",
                "an IP address of this machine that clients on other machines reach, 0.0.0.0 or \"::\" for all");
        if (storage.DataSilence < 3 * storage.DataHeartbeat)
            section.Refuse("data-silence", $"found {HoconValues.WriteDuration(storage.DataSilence)}",
                $"at least three times data-heartbeat, which is {HoconValues.WriteDuration(storage.DataHeartbeat)}");
        section.RefuseOtherKeys();
        return storage;
    }

    /// <summary>What clients are told to connect to; all addresses of a machine are none.</summary>
    private static string? ReadDataHost(SettingsSection section, IPAddress address, ClusterSettings cluster)
    {
        var host = section.OptionalText("data-host", HostForms);
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
            section.Refuse("data-host", $"found \"{host}\"", HostForms);
        if (host is not null || !(address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))) return host;
        if (!cluster.IsAlone) return cluster.Host;
        section.Refuse("data-host", "must be given",
            $"{HostForms}: data-address is {address}, where nobody can connect to");
        return null;
    }

    private static ImmutableDictionary<ClientName, string> ReadDataHosts(SettingsSection section)
    {
        var hosts = ImmutableDictionary<ClientName, string>.Empty;
        foreach (var (text, place) in section.Texts("data-hosts", ClientHostForms))
            if (text.Split('=', StringSplitOptions.TrimEntries) is [{ Length: > 0 } client, var host]
                && Uri.CheckHostName(host) != UriHostNameType.Unknown && !hosts.ContainsKey(new ClientName(client)))
                hosts = hosts.Add(new ClientName(client), host);
            else section.Refuse(place, "data-hosts", $"found \"{text}\"", ClientHostForms);
        return hosts;
    }

    private static ImmutableDictionary<ClientName, DnsEndPoint> ReadDataCalls(SettingsSection section)
    {
        var calls = ImmutableDictionary<ClientName, DnsEndPoint>.Empty;
        foreach (var (text, place) in section.Texts("data-calls", ClientPlaceForms))
            if (text.Split('=', StringSplitOptions.TrimEntries) is [{ Length: > 0 } client, var at]
                && ClusterReader.SeedOf(at) is { } where && !calls.ContainsKey(new ClientName(client)))
                calls = calls.Add(new ClientName(client), new DnsEndPoint(where.Host, where.Port));
            else section.Refuse(place, "data-calls", $"found \"{text}\"", ClientPlaceForms);
        return calls;
    }

    /// <summary>Whether ports may be listened on where they are depends on what protects them.</summary>
    public static SecuritySettings ReadSecurity(SettingsSection section, SettingsSection storageSection,
        StorageSettings storage, SettingsSection clusterSection, ClusterSettings cluster,
        SettingsSection clientSection, ClientWorkSettings client)
    {
        var security = new SecuritySettings(
            section.OptionalFilePath("identity"),
            section.OptionalFilePath("deny-list"),
            section.Switch("check-host-names"),
            section.Duration("warn-before", TimeSpan.Zero, TimeSpan.FromDays(3650)),
            section.Switch("plain-network"));
        if (security is { Identity: null, PlainNetwork: false } && !IPAddress.IsLoopback(storage.DataAddress))
            storageSection.Refuse("data-address", $"found {storage.DataAddress}, and no backup.security.identity",
                "a loopback address, or an identity (`backup enrol`), or security.plain-network = on");
        if (security is { Identity: null, PlainNetwork: false } && client.CallPort > 0
            && !IPAddress.IsLoopback(client.CallAddress))
            clientSection.Refuse("call-address", $"found {client.CallAddress}, and no backup.security.identity",
                "a loopback address, or an identity (`backup enrol`), or security.plain-network = on");
        if (security is { Identity: null, PlainNetwork: false } && !cluster.IsAlone
            && !IPAddress.IsLoopback(cluster.Address))
            clusterSection.Refuse("address", $"found {cluster.Address}, and no backup.security.identity",
                "a loopback address, or an identity (`backup enrol`), or security.plain-network = on");
        section.RefuseOtherKeys();
        return security;
    }

    /// <summary>An address of this machine, to listen at.</summary>
    internal static IPAddress ReadAddress(SettingsSection section, string key)
    {
        if (IPAddress.TryParse(section.Text(key, AddressForms), out var address)) return address;
        if (section.OptionalText(key, AddressForms) is { } text) section.Refuse(key, $"found \"{text}\"", AddressForms);
        return IPAddress.Loopback;
    }

    public static ClientWorkSettings ReadClient(SettingsSection section)
    {
        var client = new ClientWorkSettings(section.Number("jobs-max", 1, 1000),
            section.Number("compressors", 0, 1024),
            section.Duration("fifo-wait", Tick, Day),
            ScriptReader.ReadAllowed(section),
            ReadAddress(section, "call-address"),
            section.Number("call-port", 0, IPEndPoint.MaxPort),
            ReadCommands(section));
        section.RefuseOtherKeys();
        return client;
    }

    private static ClientCommands ReadCommands(SettingsSection section)
    {
        var allowed = $"a list of {string.Join(", ", ClientCommandWords.All.Select(each => each.Word))}";
        var commands = ClientCommands.None;
        foreach (var (word, place) in section.Texts("commands", allowed))
        {
            var found = ClientCommandWords.All.FirstOrDefault(each => each.Word == word);
            if (found.Word is null) section.Refuse(place, "commands", $"found \"{word}\"", allowed);
            commands |= found.Command;
        }
        return commands;
    }
}

using System.Globalization;
using System.Net;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.cluster</c>.</summary>
internal static class ClusterReader
{
    private const string SeedForms = "a list of host:port such as [dir1.example.org:9111, dir2.example.org:9111]";
    private const string HostForms = "a host name or an IP address";

    public static ClusterSettings Read(SettingsSection section)
    {
        var address = LimitsReader.ReadAddress(section, "address");
        var host = section.OptionalText("host", HostForms);
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
            section.Refuse("host", $"found \"{host}\"", HostForms);
        var cluster = new ClusterSettings(
            ReadSeeds(section),
            address,
            section.Number("port", 0, IPEndPoint.MaxPort),
            host ?? address.ToString(),
            section.Duration("stable-after", TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)));
        if (!cluster.IsAlone && host is null && IsAny(address))
            section.Refuse("host", "absent",
                $"by which name the others reach this node: {address} is no address to connect to");
        section.RefuseOtherKeys();
        return cluster;
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static List<SeedNode> ReadSeeds(SettingsSection section)
    {
        var seeds = new List<SeedNode>();
        foreach (var (text, place) in section.Texts("seeds", SeedForms))
        {
            if (SeedOf(text) is { } seed) seeds.Add(seed);
            else section.Refuse(place, "seeds", $"found \"{text}\"", SeedForms);
        }
        return seeds;
    }

    /// <summary>A node as it is written among the seeds; null when it is none.</summary>
    public static SeedNode? SeedOf(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 1) return null;
        var host = text[..colon].TrimStart('[').TrimEnd(']');
        return Uri.CheckHostName(host) != UriHostNameType.Unknown
            && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= IPEndPoint.MaxPort
                ? new SeedNode(host, port)
                : null;
    }
}

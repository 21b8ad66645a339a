using System.Net;
using Backup.Host.Operations;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.pbm</c>.</summary>
internal static class PbmReader
{
    private const string Loopback = "a loopback address: 127.0.0.1 or ::1. "
        + "Whoever reaches the console may command the node; from elsewhere use ssh -L";

    private static readonly string[] Permissions =
        [.. Enum.GetNames<Permission>().Select(permission => permission.ToLowerInvariant())];

    public static PbmSettings Read(SettingsSection section)
    {
        var host = section.Text("host", Loopback);
        if (host.Length > 0 && !(IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)))
            section.Refuse("host", $"found \"{host}\"", Loopback);
        var allowed = section.References("allow", "permission", "permissions", Permissions) ?? [];
        var settings = new PbmSettings(
            section.Switch("enabled"),
            host,
            section.Number("port", 1, IPEndPoint.MaxPort),
            [.. allowed.Select(each => Enum.Parse<Permission>(each, ignoreCase: true))]);
        section.RefuseOtherKeys();
        return settings;
    }
}

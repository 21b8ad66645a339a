using System.Text;
using Backup.Messages;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.node</c>.</summary>
internal static class NodeReader
{
    // sun_path has 108 bytes, the last one NUL (unix(7)).
    private const int SocketPathBytesMax = 107;

    private static readonly string[] Roles = [.. Enum.GetNames<NodeRole>().Select(role => role.ToLowerInvariant())];

    public static NodeSettings Read(SettingsSection section, string hostName, bool isAlone)
    {
        var name = section.OptionalName("name") ?? hostName;
        if (!SettingsSection.IsName(name) && !section.IsWritten("name"))
            section.Refuse("name", $"must be given: this host is called \"{name}\"", SettingsSection.NameForms);
        var node = new NodeSettings(
            new NodeName(name), section.FilePath("data-directory"), ReadRoles(section, isAlone));
        var socketPathBytes = Encoding.UTF8.GetByteCount(node.SocketFile);
        if (socketPathBytes > SocketPathBytesMax)
        {
            section.Refuse("data-directory", $"the path {node.SocketFile} has {socketPathBytes} bytes",
                $"a path with which that of the socket in it has at most {SocketPathBytesMax} bytes");
        }
        section.RefuseOtherKeys();
        return node;
    }

    private static NodeRole[] ReadRoles(SettingsSection section, bool isAlone)
    {
        if (section.References("roles", "role", "roles", Roles) is not { } roles) return [];
        if (roles.Count < Roles.Length && isAlone)
        {
            section.Refuse("roles", "roles are missing",
                $"all roles, for a node that is alone: [{string.Join(", ", Roles)}]; or backup.cluster.seeds");
        }
        else if (roles.Count == 0) section.Refuse("roles", "found none", $"one or more of {string.Join(", ", Roles)}");
        return [.. roles.Select(role => Enum.Parse<NodeRole>(role, ignoreCase: true))];
    }
}

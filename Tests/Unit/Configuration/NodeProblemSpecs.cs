using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.node and backup.clients, and the exact words for it.</summary>
public class NodeProblemSpecs
{
    private const string Name =
        "a name of at most 64 letters, digits, '.', '_' or '-' that starts with a letter or digit";
    private const string Path = "a path; a relative one is relative to this file's folder";
    private const string AnObject = "an object: { … }";

    [Theory]
    [InlineData("node.name = 5 x", "2:13:3 backup.node.name: found \"5 x\"", Name)]
    [InlineData("node.name = [a]", "2:13:1 backup.node.name: found a list", Name)]
    [InlineData("node { name = \"-x\" }", "2:15:4 backup.node.name: found \"-x\"", Name)]
    [InlineData("node = 5", "2:8:1 backup.node: found \"5\"", AnObject)]
    [InlineData("node.data-directory = \"\"", "2:23:2 backup.node.data-directory: found \"\"", Path)]
    [InlineData("node.data-directory = null", "2:1:4 backup.node.data-directory: must be given", Path)]
    [InlineData("node.data-directory = \"a\\u0000b\"",
        "2:23:10 backup.node.data-directory: found a path with a NUL character", "a path")]
    [InlineData("node.data-directory = { }", "2:23:1 backup.node.data-directory: found an object", Path)]
    [InlineData("node.datadirectory = /x", "2:6:13 backup.node.datadirectory: unknown key",
        "known keys: data-directory, name, roles. Did you mean data-directory?")]
    [InlineData("node.roles = [director, stroage]", "2:25:7 backup.node.roles: unknown role \"stroage\"",
        "known roles: client, director, storage. Did you mean storage?")]
    [InlineData("node.roles = [director]", "2:14:1 backup.node.roles: roles are missing",
        "all roles, for a node that is alone: [director, storage, client]; or backup.cluster.seeds")]
    [InlineData("node.roles = []", "2:14:1 backup.node.roles: roles are missing",
        "all roles, for a node that is alone: [director, storage, client]; or backup.cluster.seeds")]
    [InlineData("node.roles = director", "2:14:8 backup.node.roles: found \"director\"",
        "a list of roles such as [a, b]")]
    [InlineData("node.roles = [director, [1]]", "2:25:1 backup.node.roles: found a list",
        "a list of roles such as [a, b]")]
    [InlineData("node.roles = [director, storage, client, client]", "2:42:6 backup.node.roles: \"client\" twice",
        "each role once")]
    public void A_wrong_node_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Theory]
    [InlineData("clients.\"a b\" { }", "2:9:5 backup.clients.\"a b\": not a name", Name)]
    [InlineData("clients.a { x = 1 }", "2:13:1 backup.clients.a.x: unknown key", "known keys: jobs-max, may, network, start-not-before")]
    [InlineData("clients.a.may = [run, label]", "2:23:5 backup.clients.a.may: found \"label\"",
        "a list of run, restore and browse, or [all], or [] for nothing")]
    [InlineData("clients = [a]", "2:11:1 backup.clients: found a list", AnObject)]
    public void A_wrong_client_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);
}

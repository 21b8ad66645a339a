using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>Keys that do not exist, and keys with two values.</summary>
public class KeyProblemSpecs
{
    [Theory]
    [InlineData("libraries.vtl.directory = /srv/other", "3:29:8 backup.libraries.vtl.directory: set twice",
        "one value; the other is at one.conf:2:27")]
    [InlineData("pools.disk-30d = null", "4:11:8 backup.pools.disk-30d: set twice",
        "one value; the other is at one.conf:2:18")]
    [InlineData("client.jobs-max = 2\nclient.jobs-max = 3", "3:19:1 backup.client.jobs-max: set twice",
        "one value; the other is at one.conf:2:19")]
    [InlineData("file-sets.x.operations = [{ roots = [/srv], digest = sha256, digest = sha512 }]",
        "2:71:6 backup.file-sets.x.operations.digest: set twice", "one value; the other is at one.conf:2:54")]
    public void A_key_set_twice_is_refused_and_both_places_named(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Theory]
    [InlineData("lbraries { }", "2:1:8 backup.lbraries: unknown key",
        "known keys: catalog, client, clients, cluster, copies, copy-rules, defaults, file-sets, health, job, "
            + "libraries, log and 11 more. Did you mean libraries?")]
    [InlineData("completely { }", "2:1:10 backup.completely: unknown key",
        "known keys: catalog, client, clients, cluster, copies, copy-rules, defaults, file-sets, health, job, "
            + "libraries, log and 11 more")]
    [InlineData("\"node.name\" = a", "2:1:11 backup.\"node.name\": unknown key",
        "known keys: catalog, client, clients, cluster, copies, copy-rules, defaults, file-sets, health, job, "
            + "libraries, log and 11 more")]
    public void An_unknown_key_is_refused_and_the_nearest_named(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);
}

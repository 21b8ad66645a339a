using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.policies, the limits and backup.defaults, and the exact words for it.</summary>
public class PolicyProblemSpecs
{
    private const string Compared = "a list of mtime, ctime, size, inode, mode, uid, gid, links, owner (uid and gid), "
        + "shrink (size, when it is less), digest, atime, always; with mtime, ctime or always";

    private const string AnObject = "an object: { … }";
    private const string Size = "a size in bytes such as 4096, 64KiB, 100MB or 4GiB";
    private const string Duration = "a duration such as 250ms, 30s, 10m, 2h or 1d";
    private const string Roots = "absolute paths such as [/etc, /home] (\\\\ is a backslash, \\xNN a byte)";

    [Theory]
    [InlineData("policies.x { pool = disk-30d }", "2:10:1 backup.policies.x.file-set: must be given",
        "the name of a file set")]
    [InlineData("policies.x { file-set = sys }", "2:10:1 backup.policies.x.pool: must be given", "the name of a pool")]
    [InlineData("policies.x { file-set = syss, pool = disk-30d }",
        "2:25:4 backup.policies.x.file-set: unknown file set \"syss\"",
        "known file sets: sys. Did you mean sys?")]
    [InlineData("policies.x { file-set = sys, pool = disk-30 }",
        "2:37:7 backup.policies.x.pool: unknown pool \"disk-30\"",
        "known pools: disk-30d, disk-90d. Did you mean disk-30d?")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, clients = [web1] }",
        "2:58:4 backup.policies.x.clients: unknown client \"web1\"", "known clients: here")]
    [InlineData("clients.hera { }, policies.x { file-set = sys, pool = disk-30d, clients = [hera, here] }",
        "2:76:4 backup.policies.x.clients: client \"hera\" is not on this node",
        "known clients on this node: here. Did you mean here?")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, clients = web1 }",
        "2:57:4 backup.policies.x.clients: found \"web1\"", "a list of clients such as [a, b]")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, clients = [here, here] }",
        "2:64:4 backup.policies.x.clients: \"here\" twice", "each client once")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, restart-delay = 2 min }",
        "2:63:5 backup.policies.x.restart-delay: found \"2 min\"", $"{Duration}; 0ms to 1d")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, restart-delay = 2d }",
        "2:63:2 backup.policies.x.restart-delay: found \"2d\"", $"{Duration}; 0ms to 1d")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, reread-limit = -1 }",
        "2:62:2 backup.policies.x.reread-limit: found \"-1\"", "a whole number from 0 to 100")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, attempts = 9000000000 }",
        "2:58:10 backup.policies.x.attempts: found \"9000000000\"", "a whole number from 1 to 1000")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, atempts = 3 }",
        "2:47:7 backup.policies.x.atempts: unknown key",
        "known keys: attempts, base-policy, clients, clones, compare, copies-during, copy-to, " +
        "differential-age-max, differential-run-time-max, duplicates, estimate, file-set and 33 more. " +
        "Did you mean attempts?")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, compare = [mtime, hashes] }",
        "2:65:6 backup.policies.x.compare: found \"hashes\"", Compared)]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, compare = [size, inode] }",
        "2:57:1 backup.policies.x.compare: found neither mtime nor ctime", Compared)]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, record = off, merge-after = 3 }",
        "2:75:1 backup.policies.x.merge-after: found a key of what others build on",
        "none: with record = off nothing builds on it")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, clones = [{ level = full }] }",
        "2:57:1 backup.policies.x.clones[0].pool: found neither pool nor policy",
        "another pool, another policy, or both")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, clones = [{ pool = disk-90d, since = same, level = 0 }] }",
        "2:98:1 backup.policies.x.clones[0].level: found a level with since = same",
        "none: it has that of the job that begins it")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, base-policy = x }",
        "2:61:1 backup.policies.x.base-policy: policy \"x\" saves the same file set", "a policy of another file set")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, copy-to = [nowhere] }",
        "2:58:7 backup.policies.x.copy-to: unknown pool \"nowhere\"", "known pools: disk-30d, disk-90d")]
    [InlineData("policies.x { file-set = sys, pool = disk-30d, copy-to = [disk-30d] }",
        "2:57:1 backup.policies.x.copy-to: pool \"disk-30d\" takes the policy's images themselves",
        "other pools than these")]
    public void A_wrong_policy_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Theory]
    [InlineData("job.ask-again-after = infinite", "2:23:8 backup.job.ask-again-after: found \"infinite\"",
        $"{Duration}; 10ms to 1h")]
    [InlineData("job.progress-interval = 0", "2:25:1 backup.job.progress-interval: found \"0\"",
        $"{Duration}; 10ms to 1h")]
    [InlineData("storage.chunks-in-flight = 0", "2:28:1 backup.storage.chunks-in-flight: found \"0\"",
        "a whole number from 1 to 4096")]
    [InlineData("storage.outbox-retry-delay = -5s",
        "2:30:3 backup.storage.outbox-retry-delay: found \"-5s\"", $"{Duration}; 10ms to 1h")]
    [InlineData("client.jobs-max = 5000", "2:19:4 backup.client.jobs-max: found \"5000\"",
        "a whole number from 1 to 1000")]
    [InlineData("client.compressors = two", "2:22:3 backup.client.compressors: found \"two\"",
        "a whole number from 0 to 1024")]
    [InlineData("client.retention = 1d", "2:8:9 backup.client.retention: unknown key",
        "known keys: call-address, call-port, commands, compressors, fifo-wait, jobs-max, scripts")]
    [InlineData("client.commands = [backup, run]", "2:28:3 backup.client.commands: found \"run\"",
        "a list of backup, restore, verify, estimate")]
    public void A_wrong_limit_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Theory]
    [InlineData("defaults.pool.fragment-size = big", "2:31:3 backup.defaults.pool.fragment-size: found \"big\"",
        $"{Size}; 1MiB to 1TiB")]
    [InlineData("defaults.pool.frag = 1", "2:15:4 backup.defaults.pool.frag: unknown key",
        "known keys: autolabel, fragment-members-max, fragment-size, label, label-prefix, library, other-libraries, "
            + "recycle, recycle-pool, retention, scratch-pool, spool and 6 more")]
    [InlineData("defaults.operation.compression = 5", "2:34:1 backup.defaults.operation.compression: found \"5\"",
        AnObject)]
    [InlineData("defaults.library = 1", "2:20:1 backup.defaults.library: found \"1\"", AnObject)]
    [InlineData("defaults.libary { }", "2:10:6 backup.defaults.libary: unknown key",
        "known keys: client, clone, copy-rule, file-set, library, message, messages, network, operation, plan, policy, " +
        "pool and 4 more. " +
        "Did you mean library?")]
    [InlineData("defaults.operation.roots = [etc]", "2:29:3 backup.defaults.operation.roots: found \"etc\"",
        $"{Roots}, without . and .. components")]
    [InlineData("defaults.rule.type = x", "2:22:1 backup.defaults.rule.type: found \"x\"",
        "one of any, file, dir, symlink, other")]
    [InlineData("defaults.policy.attempts = null", "2:28:4 backup.defaults.policy.attempts: found null",
        "a whole number from 1 to 1000")]
    [InlineData("defaults.policy.pool = nowhere", "2:24:7 backup.defaults.policy.pool: unknown pool \"nowhere\"",
        "known pools: disk-30d, disk-90d")]
    public void A_wrong_default_is_refused_once(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);
}

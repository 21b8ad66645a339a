using Akka.Remote.Transport.DotNetty;
using Backup.Actors.Security;
using Backup.Host.Http;
using Backup.Host.Security;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>A cluster of processes with identities: who is in, and who is not.</summary>
public sealed class TrustSpecs : IDisposable
{
    private static readonly string[] Members = ["d1", "s1", "c1"];
    private readonly string _root = Directory.CreateTempSubdirectory("backup-tls-").FullName;
    private readonly int _seed = FreePorts.Take();

    public void Dispose() => Media.Files.TreeRemover.Remove(_root);

    [Fact]
    public async Task Nodes_of_one_authority_work_together_and_others_are_refused_in_words()
    {
        var (ours, theirs) = (Authority("ours"), Authority("theirs"));
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_root, "src")).FullName, "file"), "text");
        await using var director = Start("d1", CertificateRoles.Director, ours);
        await using var storage = Start("s1", CertificateRoles.Storage, ours);
        await using var client = Start("c1", CertificateRoles.Client, ours);
        await client.Speaks();
        await using var connection = new HttpNodeConnection(Path.Combine(_root, "c1", "backup.sock"));
        await Eventually(async () => Members.Order().SequenceEqual(await Up(connection)), client);
        Assert.Equal(JobOutcome.Complete, await Backup(connection));

        await using var stranger = Start("c2", CertificateRoles.Client, theirs);
        await using var nameless = Start("c3", CertificateRoles.Client, null);

        await stranger.Speaks();
        await nameless.Speaks();
        // The words are the stand-in's; the packages have their own.
        if (typeof(DotNettySslSetup).Assembly.GetType("Akka.Remote.Transport.TlsSettings") is not null)
        {
            await Eventually(() => Says(stranger, "CN=d1, issued by CN=ours) is not accepted"), stranger);
            await Eventually(() => Says(director, "CN=c2, issued by CN=theirs) is not accepted"), director);
            await Eventually(() => Says(nameless, "a system with TLS answers none without"), nameless);
            await Eventually(() => Says(director, "There was no agreement on TLS"), director);
        }
        Assert.Equal(JobOutcome.Complete, await Backup(connection));
        Assert.Equal(Members.Order(), await Up(connection));
    }

    private static Task<bool> Says(BackupProgram program, string words) =>
        Task.FromResult(program.Error.Contains(words, StringComparison.Ordinal));

    private CertificateAuthority Authority(string name) => CertificateAuthority.Create(
        Path.Combine(_root, name), name, TimeSpan.FromDays(2), TimeProvider.System.GetUtcNow());

    private BackupProgram Start(string name, CertificateRoles role, CertificateAuthority? authority)
    {
        var identity = Path.Combine(_root, $"{name}.pem");
        if (authority is not null)
            CertificateAuthority.Write(identity, authority.Issue(
                new Enrolment(name, role, [], TimeSpan.FromDays(1)), TimeProvider.System.GetUtcNow()).Pem);
        var file = Path.Combine(_root, $"{name}.conf");
        File.WriteAllText(file, $$"""
            backup {
              node { name = {{name}}, data-directory = {{name}}, roles = [{{role.ToString().ToLowerInvariant()}}] }
              cluster { seeds = ["127.0.0.1:{{_seed}}"], port = {{(name == "d1" ? _seed : 0)}} }
              {{(authority is null ? "" : $"security.identity = \"{identity}\"")}}
              pbm.enabled = off
              clients { c1 { }, c2 { }, c3 { } }
              libraries.tapes { node = s1, directory = tapes, slots = 2, volume-capacity = 64MiB }
              pools.disk.library = tapes
              file-sets.src.operations = [ { roots = ["{{_root}}/src"] } ]
              policies.nightly { file-set = src, pool = disk, clients = [c1] }
              job.ask-again-after = 500ms
            }
            """);
        return BackupProgram.Start([], ["node", file]);
    }

    private static async Task<IEnumerable<string>> Up(HttpNodeConnection connection) =>
        await connection.Ask(new ShowStatus(), CancellationToken.None) is NodeStatus { Nodes: { } nodes }
            ? [.. nodes.Where(node => node.State == "up").Select(node => node.Node).Order()] : [];

    private static async Task<JobOutcome?> Backup(HttpNodeConnection connection)
    {
        var started = Assert.IsType<JobsStarted>(await connection.Ask(
            new RunPolicy(RequestId.New(), new PolicyName("nightly")), CancellationToken.None));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            if (await connection.Ask(new ShowJob(started.Jobs[0]), limit.Token) is JobDetails { Job: { } job }
                && job.State == "ended") return job.Outcome;
            await Task.Delay(100, limit.Token);
        }
    }

    /// <summary>Waits three minutes at most; fails with what the program wrote.</summary>
    private static async Task Eventually(Func<Task<bool>> holds, BackupProgram program)
    {
        for (var left = 1800; !await holds(); left--)
        {
            Assert.True(left > 0, program.ToString());
            await Task.Delay(100);
        }
    }
}

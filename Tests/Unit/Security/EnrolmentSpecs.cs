using System.Text.Json;
using Backup.Actors.Security;
using Backup.Host.CommandLine;
using Backup.Tests.Unit.CommandLine;
using Backup.Tests.Unit.Data;
using Xunit;

namespace Backup.Tests.Unit.Security;

/// <summary>`backup ca init`, `backup enrol`, and what is read of their files.</summary>
public sealed class EnrolmentSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("enrol-").FullName;
    private readonly CommandRun _run = new(Replies.Answer);

    public void Dispose()
    {
        _run.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_node_is_enrolled_with_its_roles_and_only_its_owner_reads_the_key()
    {
        Assert.Equal(ExitCode.Complete, await _run.Run("ca", "init", In("ca")));
        Assert.Equal(
            ExitCode.Complete,
            await Enrol("store1", "--role", "storage", "--role", "client", "--host", "store1.example.org", "--host",
                "192.0.2.7"));

        var identity = NodeIdentity.Load(In("store1.pem"));
        Assert.Equal(("store1", CertificateRoles.Storage | CertificateRoles.Client), (identity.Node, identity.Roles));
        Assert.True(identity.Certificate.MatchesHostname("store1.example.org"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("store1.pem")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(In("ca/ca.key")));
        var issued = JsonDocument.Parse(Assert.Single(File.ReadAllLines(In("ca/issued")))).RootElement;
        Assert.Equal(identity.Fingerprint, issued.GetProperty("fingerprint").GetString());
        Assert.Contains($"Fingerprint {identity.Fingerprint}", _run.Lines);
    }

    [Fact]
    public async Task Json_says_the_same()
    {
        await _run.Run("ca", "init", In("ca"), "--json");
        await Enrol("web1", "--role", "client", "--json");

        Assert.Equal(2, _run.Lines.Length);
        Assert.Equal(
            "backup/AuthorityMade/1", JsonDocument.Parse(_run.Lines[0]).RootElement.GetProperty("schema").GetString());
        var enrolled = JsonDocument.Parse(_run.Lines[1]).RootElement;
        Assert.Equal("backup/NodeEnrolled/1", enrolled.GetProperty("schema").GetString());
        Assert.Equal(NodeIdentity.Load(In("web1.pem")).Fingerprint, enrolled.GetProperty("fingerprint").GetString());
    }

    [Fact]
    public async Task Nothing_is_written_over_unless_it_is_asked_for()
    {
        await _run.Run("ca", "init", In("ca"));
        Assert.Equal(ExitCode.Failed, await _run.Run("ca", "init", In("ca")));
        await Enrol("web1", "--role", "client");
        var first = NodeIdentity.Load(In("web1.pem")).Fingerprint;

        Assert.Equal(ExitCode.Failed, await Enrol("web1", "--role", "client"));
        Assert.Equal(first, NodeIdentity.Load(In("web1.pem")).Fingerprint);
        Assert.Equal(ExitCode.Complete, await Enrol("web1", "--role", "client", "--replace"));

        Assert.NotEqual(first, NodeIdentity.Load(In("web1.pem")).Fingerprint);
        Assert.Contains("holds an authority already", _run.Error);
    }

    [Theory]
    [InlineData("There is no role \"stroage\"", "--role", "stroage")]
    [InlineData("cannot be a node's name", "--role", "client", "--name", "a b")]
    [InlineData("neither a host name", "--role", "client", "--host", "a b")]
    [InlineData("Expected --days 1 to", "--role", "client", "--days", "0")]
    public async Task What_cannot_be_is_refused_before_anything_is_made(string words, params string[] more)
    {
        await _run.Run("ca", "init", In("ca"));
        string[] name = more.Contains("--name") ? [] : ["--name", "web1"];

        Assert.Equal(
            ExitCode.Usage, await _run.Run(["enrol", "--ca", In("ca"), "--out", In("web1.pem"), .. name, .. more]));

        Assert.Contains(words, _run.Error);
        Assert.False(File.Exists(In("web1.pem")) || File.Exists(In("ca/issued")));
    }

    [Fact]
    public async Task Without_an_authority_there_is_no_enrolment()
    {
        Assert.Equal(ExitCode.Failed, await Enrol("web1", "--role", "client"));

        Assert.Contains("backup ca init", _run.Error);
    }

    [Fact]
    public async Task A_certificate_never_outlives_its_authority()
    {
        await _run.Run("ca", "init", In("ca"), "--days", "10");

        Assert.Equal(ExitCode.Failed, await Enrol("web1", "--role", "client"));

        Assert.Contains("The authority ends on", _run.Error);
    }

    [Fact]
    public async Task An_identity_that_others_can_read_is_refused()
    {
        await _run.Run("ca", "init", In("ca"));
        await Enrol("web1", "--role", "client");
        File.SetUnixFileMode(In("web1.pem"), UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Contains(
            "its mode is 440", Assert.Throws<IdentityException>(() => NodeIdentity.Load(In("web1.pem"))).Message);
    }

    [Fact]
    public async Task A_renewed_identity_is_taken_without_a_restart_and_a_broken_one_is_not()
    {
        await _run.Run("ca", "init", In("ca"));
        await Enrol("web1", "--role", "client");
        var (time, trouble) = (new ManualTime(), new List<string>());
        time.Set(TimeProvider.System.GetUtcNow());
        var security = new NodeSecurity(In("web1.pem"), null, false, time, trouble.Add);
        var first = security.Identity.Fingerprint;

        await Enrol("web1", "--role", "client", "--role", "operator", "--replace");
        time.Move(TimeSpan.FromMinutes(1));
        var second = security.Identity.Fingerprint;
        File.WriteAllText(In("web1.pem"), "nothing");
        time.Move(TimeSpan.FromMinutes(1));

        Assert.NotEqual(first, second);
        Assert.Equal(second, security.Identity.Fingerprint);
        Assert.Contains("What was read before stays in force", Assert.Single(trouble));
    }

    [Fact]
    public async Task The_end_of_a_certificate_is_warned_of()
    {
        await _run.Run("ca", "init", In("ca"));
        await Enrol("web1", "--role", "client", "--days", "40");
        var identity = NodeIdentity.Load(In("web1.pem"));
        var month = TimeSpan.FromDays(30);

        Assert.Null(identity.ExpiryWarning(identity.NotAfter - TimeSpan.FromDays(31), month));
        Assert.Contains("in 5 days", identity.ExpiryWarning(identity.NotAfter - TimeSpan.FromDays(5), month));
        Assert.Contains("other nodes refuse it", identity.ExpiryWarning(identity.NotAfter, TimeSpan.Zero));
    }

    private string In(string name) => Path.Combine(_folder, name);

    private Task<int> Enrol(string node, params string[] more) =>
        _run.Run(["enrol", "--ca", In("ca"), "--name", node, "--out", In($"{node}.pem"), .. more]);
}

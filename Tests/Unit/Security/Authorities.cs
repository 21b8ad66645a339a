using Backup.Actors.Security;
using Backup.Host.Security;

namespace Backup.Tests.Unit.Security;

/// <summary>An authority in a temporary folder, and identities of it.</summary>
internal sealed class Authorities : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("authority-").FullName;
    private readonly CertificateAuthority _authority;

    public Authorities(string name = "test authority") =>
        _authority = CertificateAuthority.Create(Path.Combine(_folder, "ca"), name, TimeSpan.FromDays(3650),
            TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(100));

    public string Folder => Path.Combine(_folder, "ca");

    public string FileOf(string name) => Path.Combine(_folder, name);

    /// <summary>Writes an identity.</summary>
    /// <param name="begins">How long ago it was made.</param>
    public string Enrol(
        string node, CertificateRoles roles, TimeSpan? begins = null, TimeSpan? lifetime = null, params string[] hosts)
    {
        var file = FileOf($"{node}.pem");
        var (pem, _) = _authority.Issue(
            new Enrolment(node, roles, hosts, lifetime ?? TimeSpan.FromDays(30)),
            TimeProvider.System.GetUtcNow() - (begins ?? TimeSpan.Zero));
        CertificateAuthority.Write(file, pem);
        return file;
    }

    public NodeSecurity Security(
        string node, CertificateRoles roles, TimeSpan? begins = null, TimeSpan? lifetime = null,
        string? denyList = null, bool checkHostNames = false, TimeProvider? time = null, params string[] hosts) =>
        new(Enrol(node, roles, begins, lifetime, hosts), denyList, checkHostNames, time
            ?? TimeProvider.System, Trouble.Add);

    public List<string> Trouble { get; } = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

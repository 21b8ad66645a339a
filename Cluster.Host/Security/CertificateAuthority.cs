using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Backup.Actors.Security;
using Backup.Media.Posix;

namespace Backup.Host.Security;

/// <summary>What a node's certificate is to say.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Roles">What it may be.</param>
/// <param name="Hosts">Host names and IP addresses by which others connect to it.</param>
/// <param name="Lifetime">From now.</param>
internal sealed record Enrolment(string Node, CertificateRoles Roles, IReadOnlyList<string> Hosts, TimeSpan Lifetime);

/// <summary>A certificate that was made: a line of the authority's own list, by which it can be denied later.</summary>
/// <param name="Fingerprint">SHA-256, 64 hexadecimal digits.</param>
/// <param name="Serial">Hexadecimal.</param>
/// <param name="Node">The node.</param>
/// <param name="Roles">Words with commas.</param>
/// <param name="Hosts">As given.</param>
/// <param name="NotAfter">When it ends.</param>
internal sealed record Issued(string Fingerprint, string Serial, string Node, string Roles,
    IReadOnlyList<string> Hosts, DateTimeOffset NotAfter);

/// <summary>
/// A small certificate authority in a folder: <c>ca.key</c> (mode 0600), <c>ca.crt</c>, and <c>issued</c>, a line of
/// JSON for each certificate. ECDSA on P-256. The nodes need none of it but the certificate, which stands in every
/// identity that it makes.
/// </summary>
internal sealed class CertificateAuthority
{
    public const string KeyFile = "ca.key";
    public const string CertificateFile = "ca.crt";
    public const string IssuedFile = "issued";

    private const uint OwnerOnly = 0x180; // 0600
    private const uint ReadableByAll = 0x1a4; // 0644

    // Clocks of nodes differ.
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    private readonly string _folder;
    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(string folder, X509Certificate2 certificate) =>
        (_folder, _certificate) = (folder, certificate);

    public DateTimeOffset NotAfter => new(_certificate.NotAfter.ToUniversalTime());

    public string Fingerprint => CertificateSubject.FingerprintOf(_certificate);

    /// <summary>Makes an authority in a folder that has none.</summary>
    /// <exception cref="AuthorityException">There is one.</exception>
    /// <exception cref="PosixException">The folder cannot be written.</exception>
    public static CertificateAuthority Create(string folder, string name, TimeSpan lifetime, DateTimeOffset now)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (keyFile, certificateFile) = (Path.Combine(folder, KeyFile), Path.Combine(folder, CertificateFile));
        if (File.Exists(keyFile) || File.Exists(certificateFile))
            throw new AuthorityException($"{folder} holds an authority already. A second one needs a folder of "
                + $"its own; nodes of the first would not take its certificates.");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true,
            hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now - ClockSlack, now + lifetime);
        Durable.WriteAtomically(keyFile, Text(key.ExportPkcs8PrivateKeyPem()), OwnerOnly);
        Durable.WriteAtomically(certificateFile, Text(certificate.ExportCertificatePem()), ReadableByAll);
        return Open(folder);
    }

    /// <summary>Opens an authority.</summary>
    /// <exception cref="AuthorityException">There is none, or it cannot be read.</exception>
    public static CertificateAuthority Open(string folder)
    {
        try
        {
            return new CertificateAuthority(
                folder, X509Certificate2.CreateFromPemFile(Path.Combine(folder, CertificateFile),
                    Path.Combine(folder, KeyFile)));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new AuthorityException($"{folder} holds no authority that can be read: {unreadable.Message} "
                + $"`backup ca init {folder}` makes one.");
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            throw new AuthorityException($"{folder} holds no authority: {wrong.Message}");
        }
    }

    /// <summary>Makes an identity: the private key, the certificate and the authority's certificate, in PEM.</summary>
    /// <exception cref="AuthorityException">The authority ends before.</exception>
    /// <exception cref="IOException">Its list cannot be written.</exception>
    public (string Pem, Issued Issued) Issue(Enrolment enrolment, DateTimeOffset now)
    {
        var end = now + enrolment.Lifetime;
        if (end > NotAfter)
            throw new AuthorityException(string.Create(CultureInfo.InvariantCulture,
                $"The authority ends on {NotAfter:yyyy-MM-dd}, and a certificate of "
                    + $"{enrolment.Lifetime.TotalDays:0} days would end later. Give fewer --days, or make a new "
                    + $"authority."));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(SubjectOf(enrolment), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false,
            hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature,
            critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"),
            new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate,
            includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (enrolment.Hosts.Count > 0) request.CertificateExtensions.Add(NamesOf(enrolment.Hosts));
        using var certificate = request.Create(_certificate, now - ClockSlack, end, RandomSerial());
        var issued = new Issued(
            CertificateSubject.FingerprintOf(certificate), certificate.SerialNumber, enrolment.Node,
                CertificateSubject.WordsOf(enrolment.Roles), enrolment.Hosts, end);
        // Before anybody has it: what was made must be deniable.
        File.AppendAllText(Path.Combine(_folder, IssuedFile),
            JsonSerializer.Serialize(issued, JsonSerializerOptions.Web) + "\n");
        string[] parts =
            [key.ExportPkcs8PrivateKeyPem(), certificate.ExportCertificatePem(), _certificate.ExportCertificatePem()];
        return (string.Concat(parts.Select(part => part + "\n")), issued);
    }

    /// <summary>Writes an identity, for its owner's eyes alone.</summary>
    /// <exception cref="PosixException">It cannot be written.</exception>
    public static void Write(string file, string pem) => Durable.WriteAtomically(file, Text(pem), OwnerOnly);

    private static X500DistinguishedName SubjectOf(Enrolment enrolment)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var word in CertificateSubject.RoleWords.Where(word =>
            enrolment.Roles.HasFlag(CertificateSubject.RoleOf(word)!.Value)))
            subject.AddOrganizationalUnitName(word);
        subject.AddCommonName(enrolment.Node);
        return subject.Build();
    }

    private static X509Extension NamesOf(IReadOnlyList<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }
        return names.Build();
    }

    // 127 random bits: a serial number is positive (RFC 5280, 4.1.2.2).
    private static byte[] RandomSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7f) | 0x40);
        return serial;
    }

    private static byte[] Text(string text) =>
        System.Text.Encoding.ASCII.GetBytes(text.EndsWith('\n') ? text : text + "\n");
}

/// <summary>The authority cannot do what was asked.</summary>
/// <param name="message">What was expected, what was found, what to do.</param>
internal sealed class AuthorityException(string message) : Exception(message);

using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Backup.Actors.Security;

/// <summary>Who this node is to others: its certificate with the private key, and the authorities whose certificates
/// it takes. Immutable.</summary>
public sealed class NodeIdentity
{
    private const string Renew =
        "Make a new one with `backup enrol` and put it in the old one's place; no restart is needed.";

    private NodeIdentity(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        (Certificate, Authorities) = (certificate, authorities);
        Context = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        (Node, Roles) = (CertificateSubject.NodeOf(certificate), CertificateSubject.RolesOf(certificate));
        Fingerprint = CertificateSubject.FingerprintOf(certificate);
    }

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The authorities; no other is trusted, least of all the system's.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>For TLS.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The node that the certificate names.</summary>
    public string Node { get; }

    /// <summary>What the node may be.</summary>
    public CertificateRoles Roles { get; }

    /// <summary>SHA-256 of the certificate, 64 hexadecimal digits.</summary>
    public string Fingerprint { get; }

    /// <summary>When the certificate ends.</summary>
    public DateTimeOffset NotAfter => new(Certificate.NotAfter.ToUniversalTime());

    /// <summary>The authorities in such a file, and nothing looked at beyond: the platform reads once, at the first
    /// certificate that is examined, whom the process trusts.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="IdentityException">It cannot be read, or is no PEM file.</exception>
    public static X509Certificate2Collection AuthoritiesIn(string file) => Read(file, () =>
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(File.ReadAllText(file));
        return new X509Certificate2Collection(all.Where(IsAuthority).ToArray());
    });

    /// <summary>Reads what `backup enrol` wrote: one PEM file with the key, the certificate and the authority's
    /// certificate.</summary>
    /// <param name="file">The file; readable and writable by its owner alone.</param>
    /// <exception cref="IdentityException">It cannot be read, is open to others, or is not such a file.</exception>
    public static NodeIdentity Load(string file) => Read(file, () =>
    {
        if ((File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
            throw new IdentityException($"{file} holds a private key and is open to others: its mode is "
                + $"{Octal(file)}, expected 600. `chmod 600 {file}`.");
        return Of(File.ReadAllText(file));
    });

    /// <summary>Reads the text of such a file.</summary>
    /// <param name="pem">The text.</param>
    /// <exception cref="CryptographicException">It lacks the key, the certificate, or fits not together.</exception>
    /// <exception cref="ArgumentException">Likewise.</exception>
    public static NodeIdentity Of(string pem)
    {
        var certificate = X509Certificate2.CreateFromPem(pem, pem);
        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem);
        var authorities = new X509Certificate2Collection(all.Where(IsAuthority).ToArray());
        if (IsAuthority(certificate)) throw new CryptographicException("Its first certificate is an authority's, "
            + "not a node's.");
        if (authorities.Count == 0) throw new CryptographicException("It holds no authority's certificate.");
        return new NodeIdentity(certificate, authorities);
    }

    /// <summary>A sentence when the certificate ends soon or has ended; else null.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="before">How long before its end.</param>
    public string? ExpiryWarning(DateTimeOffset now, TimeSpan before) =>
        now >= NotAfter ? string.Create(
            CultureInfo.InvariantCulture,
            $"This node's certificate ended on {NotAfter:yyyy-MM-dd HH:mm} UTC: other nodes refuse it. {Renew}")
        : NotAfter - now <= before ? string.Create(
            CultureInfo.InvariantCulture,
            $"This node's certificate ends on {NotAfter:yyyy-MM-dd HH:mm} UTC, in {(NotAfter - now).TotalDays:0} days. "
            + $"{Renew}")
        : null;

    internal static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(basic => basic.CertificateAuthority);

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"The node's identity {file} cannot be read: {unreadable.Message} `backup "
                + $"enrol` makes one (docs/security.md).");
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            throw new IdentityException($"{file} is no identity: {wrong.Message} Expected a private key, its "
                + $"certificate and the authority's in PEM, as `backup enrol` writes them.");
        }
    }

    private static string Octal(string file) => Convert.ToString((int)File.GetUnixFileMode(file), 8);
}

/// <summary>A node has no usable identity.</summary>
/// <param name="message">What was expected, what was found, what to do.</param>
public sealed class IdentityException(string message) : Exception(message);

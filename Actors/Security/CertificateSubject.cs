using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Backup.Actors.Security;

/// <summary>What a node's certificate allows it to be. In the certificate: an organizational unit (OU) of this name
/// in small letters for each.</summary>
[Flags]
public enum CertificateRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Jobs, catalog, gateway.</summary>
    Director = 1,

    /// <summary>Libraries and drives.</summary>
    Storage = 2,

    /// <summary>Its files are saved.</summary>
    Client = 4,

    /// <summary>A person or program that commands: pbm, a foreign actor system.</summary>
    Operator = 8,
}

/// <summary>Reads from a certificate whose it is: CN is the node's name, each OU a role (docs/security.md).</summary>
public static class CertificateSubject
{
    private const string CommonName = "2.5.4.3";
    private const string OrganizationalUnit = "2.5.4.11";

    /// <summary>The roles' words, as in certificates and on the command line.</summary>
    public static IReadOnlyList<string> RoleWords { get; } =
        [.. Enum.GetValues<CertificateRoles>().Where(role => role != CertificateRoles.None).Select(WordOf)];

    /// <summary>The word of one role.</summary>
    /// <param name="role">One.</param>
    public static string WordOf(CertificateRoles role) => role.ToString().ToLowerInvariant();

    /// <summary>The words of roles, with a comma between.</summary>
    /// <param name="roles">Any.</param>
    public static string WordsOf(CertificateRoles roles) => roles == CertificateRoles.None
        ? "none"
        : string.Join(", ",
            Enum.GetValues<CertificateRoles>().Where(role => role != CertificateRoles.None
            && roles.HasFlag(role)).Select(WordOf));

    /// <summary>The role of a word; null when it is none.</summary>
    /// <param name="word">As `storage`.</param>
    public static CertificateRoles? RoleOf(string word) =>
        RoleWords.Contains(word) ? Enum.Parse<CertificateRoles>(word, ignoreCase: true) : null;

    /// <summary>The node that a certificate names; empty where it names none, or more than one.</summary>
    /// <param name="certificate">Not trusted by this.</param>
    public static string NodeOf(X509Certificate2 certificate) =>
        Values(certificate, CommonName) is [var name] ? name : "";

    /// <summary>The roles in a certificate; words that are none count for nothing.</summary>
    /// <param name="certificate">Not trusted by this.</param>
    public static CertificateRoles RolesOf(X509Certificate2 certificate) => Values(certificate, OrganizationalUnit)
        .Aggregate(CertificateRoles.None, (roles, word) => roles | (RoleOf(word) ?? CertificateRoles.None));

    /// <summary>The fingerprint: SHA-256 of the certificate, 64 lower-case hexadecimal digits.</summary>
    /// <param name="certificate">Any.</param>
    public static string FingerprintOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(certificate.GetCertHash(System.Security.Cryptography.HashAlgorithmName.SHA256));

    private static List<string> Values(X509Certificate2 certificate, string oid)
    {
        try
        {
            return [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(name => !name.HasMultipleElements && name.GetSingleElementType().Value == oid)
                .Select(name => name.GetSingleElementValue() ?? "")];
        }
        catch (Exception odd) when (odd is System.Security.Cryptography.CryptographicException or AsnContentException)
        {
            return [];
        }
    }
}

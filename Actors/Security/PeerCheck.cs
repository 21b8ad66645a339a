using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Backup.Actors.Security;

/// <summary>Whom a node expects at the other end of a connection.</summary>
/// <param name="Roles">The certificate must allow at least one of them.</param>
/// <param name="Node">The node that it must name; null: any.</param>
/// <param name="Host">The host name or IP address that it must name as well; null: none has to be there.</param>
public sealed record PeerExpectation(CertificateRoles Roles, string? Node, string? Host);

/// <summary>What is wrong with a peer.</summary>
public enum PeerDefect
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It showed no certificate.</summary>
    NoCertificate,

    /// <summary>Its certificate is no authority's of ours.</summary>
    OtherAuthority,

    /// <summary>Its certificate has ended.</summary>
    Expired,

    /// <summary>Its certificate begins later.</summary>
    NotYetValid,

    /// <summary>Its certificate is on the deny-list.</summary>
    Denied,

    /// <summary>Its certificate does not allow the role.</summary>
    WrongRole,

    /// <summary>Its certificate names another node.</summary>
    WrongNode,

    /// <summary>Its certificate does not name the host.</summary>
    WrongHost,
}

/// <summary>Whether a peer is taken.</summary>
/// <param name="Defect">None: it is.</param>
/// <param name="Sentence">What was expected and found; empty where it is taken.</param>
public readonly record struct PeerVerdict(PeerDefect Defect, string Sentence)
{
    /// <summary>True when the peer is taken.</summary>
    public bool IsGood => Defect == PeerDefect.None;
}

/// <summary>
/// Examines the certificate of a peer: of an authority of ours and no other, in its time, not denied, for the role, for
/// the node, for the host. The same for the data plane, remoting and the console. Nothing is fetched from anywhere.
/// </summary>
public static class PeerCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Examines.</summary>
    /// <param name="peer">What the peer showed; null: nothing.</param>
    /// <param name="authorities">Whose certificates are taken.</param>
    /// <param name="isDenied">Tells of a fingerprint whether it is denied.</param>
    /// <param name="expected">Who it should be.</param>
    /// <param name="now">The moment.</param>
    public static PeerVerdict Examine(
        X509Certificate2? peer, X509Certificate2Collection authorities, Func<string, bool> isDenied,
            PeerExpectation expected, DateTimeOffset now)
    {
        if (peer is null) return new(PeerDefect.NoCertificate,
            "It showed no certificate; every node needs one of this cluster's authority (`backup enrol`).");
        var who = $"The certificate of \"{Printable(CertificateSubject.NodeOf(peer))}\"";
        if (now > peer.NotAfter.ToUniversalTime())
            return new(PeerDefect.Expired,
                string.Create(CultureInfo.InvariantCulture, $"{who} ended on "
                    + $"{peer.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC; `backup enrol` makes a new one."));
        if (now < peer.NotBefore.ToUniversalTime())
            return new(PeerDefect.NotYetValid,
                string.Create(CultureInfo.InvariantCulture, $"{who} begins on "
                    + $"{peer.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC: is a clock wrong?"));
        if (NodeIdentity.IsAuthority(peer) || ChainProblem(peer, authorities, now) is not null)
            return new(PeerDefect.OtherAuthority, $"{who} was not made by this cluster's authority.");
        var fingerprint = CertificateSubject.FingerprintOf(peer);
        if (isDenied(fingerprint)) return new(PeerDefect.Denied, $"{who} is on the deny-list: {fingerprint}.");
        var roles = CertificateSubject.RolesOf(peer);
        if ((roles & expected.Roles) == 0)
            return new(PeerDefect.WrongRole,
                $"{who} is for {CertificateSubject.WordsOf(roles)}, expected "
                    + $"{CertificateSubject.WordsOf(expected.Roles)}.");
        if (expected.Node is { } node && CertificateSubject.NodeOf(peer) != node)
            return new(PeerDefect.WrongNode, $"{who} is another node's, expected \"{node}\".");
        return expected.Host is { } host && !Names(peer, host)
            ? new(PeerDefect.WrongHost,
                $"{who} does not name the host {host}; `backup enrol --host` puts host names in.")
            : default;
    }

    private static string? ChainProblem(X509Certificate2 peer, X509Certificate2Collection authorities,
        DateTimeOffset now)
    {
        using var chain = new X509Chain();
        PolicyFor(chain.ChainPolicy, authorities);
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        var good = chain.Build(peer);
        foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        return good ? null : string.Join(" ", chain.ChainStatus.Select(status => status.StatusInformation));
    }

    /// <summary>Trust in these authorities alone; nothing is downloaded.</summary>
    internal static void PolicyFor(X509ChainPolicy policy, X509Certificate2Collection authorities)
    {
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(authorities);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
    }

    private static bool Names(X509Certificate2 peer, string host) =>
        IPAddress.TryParse(host, out var address)
            ? peer.Extensions.OfType<X509SubjectAlternativeNameExtension>().Any(names =>
                names.EnumerateIPAddresses().Contains(address))
            : peer.MatchesHostname(host, allowWildcards: false, allowCommonName: false);

    private static string Printable(string text) =>
        string.Concat(text.Take(64).Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
}

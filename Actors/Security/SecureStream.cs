using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Backup.Actors.Security;

/// <summary>TLS 1.3 with both certificates over a stream.</summary>
internal static class SecureStream
{
    /// <summary>
    /// The server's side. Any certificate is taken here and the caller examines it before it reads a byte: so the peer
    /// can be told in words why it is refused.
    /// </summary>
    /// <exception cref="AuthenticationException">No TLS came about.</exception>
    public static async Task<(SslStream Stream, X509Certificate2? Peer)> AsServer(
        Stream plain, NodeIdentity identity, SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        X509Certificate2? peer = null;
        var stream = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = identity.Context,
                    ClientCertificateRequired = true,
                    CertificateChainPolicy = Policy(identity),
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [protocol],
                    AllowTlsResume = false, // a resumed session shows no certificate again
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    {
                        peer = Copy(shown);
                        return true;
                    },
                },
                cancellation).ConfigureAwait(false);
            return (stream, peer);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The client's side: refuses a server that is not the expected one before anything is sent.</summary>
    /// <exception cref="AuthenticationException">No TLS came about, or the server is another; the message says
    /// which.</exception>
    public static async Task<SslStream> AsClient(
        Stream plain, NodeSecurity security, PeerExpectation expected, string host, SslApplicationProtocol protocol,
            CancellationToken cancellation)
    {
        PeerVerdict verdict = default;
        var identity = security.Identity;
        var stream = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    ClientCertificateContext = identity.Context,
                    CertificateChainPolicy = Policy(identity),
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = [protocol],
                    AllowTlsResume = false,
                    RemoteCertificateValidationCallback = (_, shown, _, _) =>
                    {
                        using var peer = Copy(shown);
                        verdict = security.Check(peer, expected);
                        return verdict.IsGood;
                    },
                },
                cancellation).ConfigureAwait(false);
            return stream;
        }
        catch (AuthenticationException refused) when (!verdict.IsGood)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw new PeerRefusedException(verdict.Sentence, refused);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static X509ChainPolicy Policy(NodeIdentity identity)
    {
        var policy = new X509ChainPolicy();
        PeerCheck.PolicyFor(policy, identity.Authorities);
        return policy;
    }

    private static X509Certificate2? Copy(X509Certificate? shown) =>
        shown is null ? null : X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
}

/// <summary>A server's certificate is not the expected one.</summary>
/// <param name="message">What was expected and found.</param>
/// <param name="cause">What TLS said.</param>
internal sealed class PeerRefusedException(string message, Exception cause) : AuthenticationException(message, cause);

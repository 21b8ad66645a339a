using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;

namespace Akka.Remote.Transport
{
    /// <summary>What the configuration says of connections.</summary>
    internal sealed class TransportSettings
    {
        internal TransportSettings(ActorSystem system)
        {
            var remote = system.Settings.Config.GetConfig("akka.remote");
            var tcp = remote.GetConfig("dot-netty.tcp");
            var host = tcp.GetString("hostname");
            BindHost = string.IsNullOrEmpty(host) ? Dns.GetHostName() : host;
            BindPort = tcp.GetInt("port");
            PublicHost = tcp.GetString("public-hostname") is { Length: > 0 } name ? name : BindHost;
            PublicPort = tcp.GetInt("public-port");
            FrameBytesMax = (int)(tcp.GetByteSize("maximum-frame-size") ?? 128000);
            if (FrameBytesMax < 32000)
                throw new ConfigurationException($"akka.remote.dot-netty.tcp.maximum-frame-size: found {FrameBytesMax}, expected at least 32000.");
            Backlog = tcp.GetInt("backlog");
            ConnectTimeout = tcp.GetTimeSpan("connection-timeout");
            HandshakeTimeout = remote.GetTimeSpan("handshake-timeout");
            KeepAlive = tcp.GetBoolean("tcp-keepalive");
            GateClosedFor = remote.GetTimeSpan("retry-gate-closed-for");
            FlushWait = remote.GetTimeSpan("flush-wait-on-shutdown");
            SystemMessagesMax = remote.GetInt("system-message-buffer-size");
            GiveUpUnknownAfter = remote.GetTimeSpan("initial-system-message-delivery-timeout");
            QuarantineAfterSilence = remote.GetTimeSpan("quarantine-after-silence");
            if (tcp.GetBoolean("enable-ssl")) Tls = new TlsSettings(tcp.GetConfig("ssl"),
                system.Settings.Setup.Get<DotNettySslSetup>().GetOrElse(null));
        }

        internal string BindHost { get; }
        internal int BindPort { get; }
        internal string PublicHost { get; }
        internal int PublicPort { get; }
        internal int FrameBytesMax { get; }
        internal int Backlog { get; }
        internal TimeSpan ConnectTimeout { get; }
        internal TimeSpan HandshakeTimeout { get; }
        internal bool KeepAlive { get; }
        internal TimeSpan GateClosedFor { get; }
        internal TimeSpan FlushWait { get; }
        internal int SystemMessagesMax { get; }
        internal TimeSpan GiveUpUnknownAfter { get; }
        internal TimeSpan QuarantineAfterSilence { get; }
        internal TlsSettings Tls { get; }
        internal string Protocol => Tls is null ? "akka.tcp" : "akka.ssl.tcp";

        /// <summary>What waits for a connection or a slow one; more is dropped.</summary>
        internal long QueuedBytesMax => Math.Max(64L << 20, 16L * FrameBytesMax);

        internal IPEndPoint BindTo()
        {
            if (!IPAddress.TryParse(BindHost, out var address))
            {
                var found = Dns.GetHostAddresses(BindHost);
                address = found.FirstOrDefault(each => each.AddressFamily == AddressFamily.InterNetwork)
                    ?? found.First();
            }
            return new IPEndPoint(address, BindPort);
        }

        /// <summary>A peer that vanished without a word is noticed by the operating system within a minute.</summary>
        internal void Prepare(Socket socket)
        {
            const int tcpUserTimeout = 18;
            socket.NoDelay = true;
            if (!KeepAlive) return;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            if (OperatingSystem.IsLinux()) socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, tcpUserTimeout,
                BitConverter.GetBytes(60_000));
        }
    }

    /// <summary>Whose certificate is shown and whose is accepted.</summary>
    internal sealed class TlsSettings
    {
        private readonly X509Certificate2 _certificate;
        private readonly bool _suppressValidation;
        private readonly bool _isMutual;
        private readonly bool _checksHostName;

        internal TlsSettings(Config ssl, DotNettySslSetup setup)
        {
            _certificate = setup?.Certificate ?? Load(ssl.GetConfig("certificate"));
            _suppressValidation = setup?.SuppressValidation ?? ssl.GetBoolean("suppress-validation");
            _isMutual = ssl.GetBoolean("require-mutual-authentication", true);
            _checksHostName = ssl.GetBoolean("validate-certificate-hostname");
            if (!_certificate.HasPrivateKey)
                throw new ConfigurationException("akka.remote.dot-netty.tcp.ssl.certificate: the certificate has no private key.");
        }

        private static X509Certificate2 Load(Config config) =>
            X509CertificateLoader.LoadPkcs12FromFile(config.GetString("path"), config.GetString("password"));

        internal async Task<Stream> Serve(Stream plain, CancellationToken token)
        {
            string why = null;
            var ssl = new SslStream(plain);
            await Examined(ssl.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = _isMutual,
                RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
                    (why = shown is null && !_isMutual ? null : Objection(shown, chain, errors)) is null,
            }, token), () => why).ConfigureAwait(false);
            return ssl;
        }

        internal async Task<Stream> Connect(Stream plain, string host, CancellationToken token)
        {
            string why = null;
            var ssl = new SslStream(plain);
            await Examined(ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                ClientCertificates = _isMutual ? [_certificate] : null,
                RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
                    (why = Objection(shown, chain, errors)) is null,
            }, token), () => why).ConfigureAwait(false);
            return ssl;
        }

        /// <summary>The platform says that a callback objected; what it objected to is what somebody must mend.</summary>
        private static async Task Examined(Task handshake, Func<string> why)
        {
            try
            {
                await handshake.ConfigureAwait(false);
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                throw new AuthenticationException(why() ?? "There was no agreement on TLS; without akka.remote.dot-netty."
                    + $"tcp.enable-ssl on both sides there is none ({e.Message})", e);
            }
        }

        /// <summary>Why a certificate is not accepted; null when it is.</summary>
        private string Objection(X509Certificate shown, X509Chain chain, SslPolicyErrors errors)
        {
            if (_suppressValidation) errors &= ~SslPolicyErrors.RemoteCertificateChainErrors;
            if (!_checksHostName) errors &= ~SslPolicyErrors.RemoteCertificateNameMismatch;
            if (shown is null) return "It showed no certificate.";
            if (errors == SslPolicyErrors.None) return null;
            var whose = $"Its certificate ({shown.Subject}, issued by {shown.Issuer}) is not accepted: ";
            if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)) return whose + "it is for another host.";
            var reasons = chain?.ChainStatus.Select(each => each.StatusInformation.Trim()).Distinct() ?? [];
            return whose + string.Join(", ", reasons) + ".";
        }

        /// <summary>Who connects to us has to be the host that it says it is.</summary>
        internal void CheckClaim(Stream stream, string host)
        {
            if (!_checksHostName || ((SslStream)stream).RemoteCertificate is not { } shown) return;
            using var certificate = new X509Certificate2(shown);
            if (!certificate.MatchesHostname(host))
                throw new AuthenticationException($"Its certificate is for {certificate.Subject}, not for {host}.");
        }
    }
}

namespace Akka.Remote.Transport.DotNetty
{
    /// <summary>The certificate of a system, given in code instead of in a file.</summary>
    public sealed class DotNettySslSetup(X509Certificate2 certificate, bool suppressValidation) : Akka.Actor.Setup.Setup
    {
        public X509Certificate2 Certificate { get; } = certificate;
        public bool SuppressValidation { get; } = suppressValidation;
    }
}

#nullable disable
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Xunit;

namespace Akka.Conformance
{
    /// <summary>Ours: who is let in where certificates are asked for.</summary>
    [Collection("Remote")]
    public class RemoteTlsSpec : RemoteKit
    {
        private static string Certificate(params string[] hosts)
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=somebody", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            foreach (var host in hosts)
                if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
                else names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var file = System.IO.Path.Combine(System.IO.Path.GetTempPath(), Guid.NewGuid().ToString("N") + ".pfx");
            System.IO.File.WriteAllBytes(file, certificate.Export(X509ContentType.Pfx, "secret"));
            return file;
        }

        private static string Tls(string file, bool checksHostNames) => $@"akka.remote.dot-netty.tcp {{
            enable-ssl = true
            ssl {{
              suppress-validation = true
              require-mutual-authentication = true
              validate-certificate-hostname = {(checksHostNames ? "on" : "off")}
              certificate {{ path = ""{file}"", password = ""secret"" }}
            }}
          }}
          ";

        private async Task<Exception> Talk(string clientFile, string serverFile)
        {
            try
            {
                var (a, b) = (Remoting("left", Tls(clientFile, true)), Remoting("right", Tls(serverFile, true)));
                Echo(b);
                return await Record.ExceptionAsync(() => Soon(a.ActorSelection(PathAt(b, "/user/echo")).Ask<string>("hello", TimeSpan.FromSeconds(3))));
            }
            finally
            {
                System.IO.File.Delete(clientFile);
                System.IO.File.Delete(serverFile);
            }
        }

        [Fact]
        public async Task Hosts_whose_certificates_name_them_talk() =>
            Assert.Null(await Talk(Certificate("127.0.0.1"), Certificate("127.0.0.1")));

        [Fact]
        public async Task A_server_whose_certificate_names_another_host_is_not_talked_to() =>
            Assert.IsType<AskTimeoutException>(await Talk(Certificate("127.0.0.1"), Certificate("other.example")));

        [Fact]
        public async Task A_client_without_a_certificate_is_not_let_in()
        {
            var file = Certificate("127.0.0.1");
            try
            {
                var b = Remoting("right", Tls(file, false));
                using var tcp = new TcpClient();
                await Soon(tcp.ConnectAsync("127.0.0.1", AddressOf(b).Port ?? 0));
                await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
                var refused = await Record.ExceptionAsync(async () =>
                {
                    await Soon(tls.AuthenticateAsClientAsync("127.0.0.1"));
                    await tls.WriteAsync(new byte[64]); // with TLS 1.3 it is told after its own part of the handshake
                    if (await Soon(tls.ReadAsync(new byte[1]).AsTask()) == 0) throw new System.IO.IOException("closed");
                });
                Assert.NotNull(refused);
                Assert.IsNotType<TimeoutException>(refused);
            }
            finally { System.IO.File.Delete(file); }
        }
    }
}

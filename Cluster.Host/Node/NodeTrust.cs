using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Backup.Actors.Security;
using Backup.Host.Configuration;
using Backup.Media.Posix;

namespace Backup.Host.Node;

/// <summary>
/// Makes remoting trust our authorities and nobody else. Akka.NET examines a peer's certificate by what the process
/// trusts, which is what OpenSSL's variables SSL_CERT_FILE and SSL_CERT_DIR name (openssl-env(7)): so a node that has
/// an identity trusts its authorities alone, for everything that does not say otherwise itself.
/// </summary>
internal static class NodeTrust
{
    /// <summary>Before anything in the process has examined a certificate.</summary>
    /// <exception cref="NodeStartException">The identity cannot be read, or the trust not be written.</exception>
    public static void Establish(BackupSettings settings)
    {
        if (settings.Cluster.IsAlone || settings.Security.Identity is not { } file) return;
        try
        {
            var trusted = Path.Combine(settings.Node.DataDirectory, "trusted.pem");
            var nothing = Path.Combine(settings.Node.DataDirectory, "trusted");
            Directory.CreateDirectory(nothing);
            var authorities = NodeIdentity.AuthoritiesIn(file).Select(each => each.ExportCertificatePem());
            File.WriteAllText(trusted, string.Join('\n', authorities) + "\n");
            ProcessEnvironment.Set("SSL_CERT_FILE", trusted);
            ProcessEnvironment.Set("SSL_CERT_DIR", nothing);
            _ = NodeIdentity.Load(file);
        }
        catch (Exception unusable) when (unusable is IdentityException or IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException(unusable.Message, 2);
        }
    }

    /// <summary>What the cluster's actor system is made with: with an identity, its certificate as it is now.</summary>
    /// <exception cref="IdentityException">It cannot be read.</exception>
    public static ActorSystemSetup SetupOf(BackupSettings settings, Config config)
    {
        var bootstrap = BootstrapSetup.Create().WithConfig(config);
        return settings.Cluster.IsAlone || settings.Security.Identity is not { } file
            ? ActorSystemSetup.Create(bootstrap)
            : ActorSystemSetup.Create(bootstrap, new DotNettySslSetup(NodeIdentity.Load(file).Certificate, false));
    }
}

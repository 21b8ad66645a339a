using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Backup.Tests;

/// <summary>
/// TCP ports for servers that must know theirs before they bind it. They lie below the range from which the kernel
/// takes the ports of outgoing connections, and each is kept for the life of this process against all others that ask
/// here: whoever has one may bind it, let it go and bind it again.
/// </summary>
internal static class FreePorts
{
    private const int Count = 10_000;
    private static readonly List<Socket> Kept = [];

    /// <returns>A port to which no TCP socket is bound now, on any address.</returns>
    /// <exception cref="InvalidOperationException">All ports of the range are taken.</exception>
    public static int Take()
    {
        var (first, start) = (Below() - Count, Random.Shared.Next(Count));
        for (var tried = 0; tried < Count; tried++)
        {
            var port = first + (start + tried) % Count;
            if (Keep(port)) return port;
        }
        throw new InvalidOperationException($"None of the ports {first} to {first + Count - 1} is free.");
    }

    /// <summary>
    /// The UDP port of the same number is what is kept: no test uses it, and the kernel lets it go with the process.
    /// </summary>
    private static bool Keep(int port)
    {
        var claim = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            claim.Bind(new IPEndPoint(IPAddress.Loopback, port));
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.Any, port));
        }
        catch (SocketException)
        {
            claim.Dispose(); // somebody's: the next one
            return false;
        }
        lock (Kept) Kept.Add(claim);
        return true;
    }

    /// <summary>Where the kernel's own choice begins; 32768 where it does not say.</summary>
    private static int Below()
    {
        const string range = "/proc/sys/net/ipv4/ip_local_port_range";
        var low = File.Exists(range)
            ? int.Parse(File.ReadAllText(range).Split('\t', ' ')[0], CultureInfo.InvariantCulture)
            : 32768;
        return low > Count + 1024 ? low : 32768;
    }
}

using System.Net;
using Akka.Configuration;

namespace Petabridge.Cmd.Host;

/// <summary>The tree `petabridge.cmd`.</summary>
/// <param name="Host">An address, or `localhost`.</param>
/// <param name="Port">0: any that is free.</param>
/// <param name="LogPalettes">Whether to log the palettes at start.</param>
/// <param name="ResponseTimeout">How long a command may say nothing.</param>
/// <param name="HelloTimeout">How long a connection may say nothing at first.</param>
internal sealed record HostSettings(
    string Host, int Port, bool LogPalettes, TimeSpan ResponseTimeout, TimeSpan HelloTimeout)
{
    public static HostSettings Of(Config config) => new(
        config.GetString("petabridge.cmd.host", "127.0.0.1"),
        config.GetInt("petabridge.cmd.port", 9110),
        config.GetBoolean("petabridge.cmd.log-palettes-on-startup", true),
        config.GetTimeSpan("petabridge.cmd.response-timeout", TimeSpan.FromSeconds(90)),
        config.GetTimeSpan("petabridge.cmd.hello-timeout", TimeSpan.FromSeconds(10)));

    /// <summary>Where to listen; null, and why not.</summary>
    public IPEndPoint? EndPoint(out string refusal)
    {
        var address = Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(Host, out var parsed)
            ? parsed : null;
        refusal = address is null ? $"petabridge.cmd.host is \"{Host}\": expected an address such as 127.0.0.1"
            : !IPAddress.IsLoopback(address)
            ? $"petabridge.cmd.host is {Host}: this host knows no password, so it listens on loopback alone "
                + "(127.0.0.1 or ::1)"
            : Port is < 0 or > IPEndPoint.MaxPort ? $"petabridge.cmd.port is {Port}: expected 0 to {IPEndPoint.MaxPort}"
            : "";
        return refusal.Length == 0 ? new IPEndPoint(address!, Port) : null;
    }
}

using System.Net;
using Akka.Event;

namespace Backup.Host.Configuration;

/// <summary>Reads what concerns whoever runs the node: <c>backup.log</c> and <c>backup.health</c>.</summary>
internal static class ServiceReader
{
    private const string Loopback = "a loopback address: 127.0.0.1 or ::1";

    public static LogSettings ReadLog(SettingsSection section)
    {
        var log = new LogSettings(
            section.Choice("format", ("text", LogFormat.Text), ("json", LogFormat.Json)),
            section.Choice(
                "level",
                ("info", LogLevel.InfoLevel),
                ("debug", LogLevel.DebugLevel),
                ("warning", LogLevel.WarningLevel),
                ("error", LogLevel.ErrorLevel)));
        section.RefuseOtherKeys();
        return log;
    }

    public static HealthSettings ReadHealth(SettingsSection section)
    {
        var text = section.Text("host", Loopback);
        if (!IPAddress.TryParse(text, out var host) || !IPAddress.IsLoopback(host))
        {
            if (text.Length > 0) section.Refuse("host", $"found \"{text}\"", Loopback);
            host = IPAddress.Loopback;
        }
        var health = new HealthSettings(
            section.Switch("enabled"), host, section.Number("port", 1, IPEndPoint.MaxPort));
        section.RefuseOtherKeys();
        return health;
    }
}

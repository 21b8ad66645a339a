using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Backup.Host.Service;

/// <summary>
/// Tells the service manager how the node is: the protocol of sd_notify(3), datagrams of VARIABLE=VALUE lines to the
/// socket that it names. Without a service manager all of it does nothing. What cannot be told is said once.
/// </summary>
/// <param name="socket">As in $NOTIFY_SOCKET: a path, or @ and an abstract name; null: nobody listens.</param>
/// <param name="watchdog">The manager ends a process that it has not heard of for so long; null: it does not.</param>
/// <param name="trouble">Where a sentence goes when nothing can be told.</param>
internal sealed class ServiceNotifier(string? socket, TimeSpan? watchdog, Action<string> trouble)
{
    private const string SocketVariable = "NOTIFY_SOCKET";
    private const string WatchdogVariable = "WATCHDOG_USEC";
    private const string WatchdogProcessVariable = "WATCHDOG_PID";
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(2);
    private int _troubled;

    /// <summary>How often the manager wants to hear that the node lives; null: it does not.</summary>
    public TimeSpan? Watchdog { get; } = socket is null ? null : watchdog;

    /// <summary>
    /// That of this process's environment, from which the variables are then removed: what this process starts must not
    /// speak for it.
    /// </summary>
    public static ServiceNotifier OfProcess(Action<string> trouble)
    {
        var notifier = Of(Environment.GetEnvironmentVariable, Environment.ProcessId, trouble);
        foreach (var variable in (string[])[SocketVariable, WatchdogVariable, WatchdogProcessVariable])
            Environment.SetEnvironmentVariable(variable, null);
        return notifier;
    }

    /// <summary>That of an environment.</summary>
    internal static ServiceNotifier Of(Func<string, string?> variable, int processId, Action<string> trouble)
    {
        var socket = variable(SocketVariable) is { Length: > 0 } name ? name : null;
        var isForUs = variable(WatchdogProcessVariable) is not { Length: > 0 } process
            || process == processId.ToString(CultureInfo.InvariantCulture);
        var watchdog = isForUs && long.TryParse(
            variable(WatchdogVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : (TimeSpan?)null;
        return new ServiceNotifier(socket, watchdog, trouble);
    }

    /// <summary>The node serves; also the end of <see cref="Reloading"/>.</summary>
    public void Ready(string status) => Send("READY=1", StatusLine(status));

    /// <summary>The configuration is read again.</summary>
    public void Reloading()
    {
        var now = Stopwatch.GetElapsedTime(0).Ticks / TimeSpan.TicksPerMicrosecond;
        Send("RELOADING=1", string.Create(CultureInfo.InvariantCulture, $"MONOTONIC_USEC={now}"));
    }

    /// <summary>The node begins to stop.</summary>
    public void Stopping(string status) => Send("STOPPING=1", StatusLine(status));

    /// <summary>What `systemctl status` shows.</summary>
    public void Status(string status) => Send(StatusLine(status));

    /// <summary>The node lives.</summary>
    public void Alive() => Send("WATCHDOG=1");

    private static string StatusLine(string status) => $"STATUS={status.ReplaceLineEndings(" ")}";

    private void Send(params string[] lines)
    {
        if (socket is null) return;
        try
        {
            using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
            {
                SendTimeout = (int)SendTimeout.TotalMilliseconds,
            };
            sender.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', lines)), Address(socket));
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            if (Interlocked.Exchange(ref _troubled, 1) == 0)
                trouble($"The service manager at {socket} ($NOTIFY_SOCKET) cannot be told how the node is: "
                    + $"{failure.Message} This is said once.");
        }
    }

    /// <summary>An abstract name begins with a NUL, which no environment variable can hold.</summary>
    private static UnixDomainSocketEndPoint Address(string socket) => socket[0] switch
    {
        '@' => new UnixDomainSocketEndPoint("\0" + socket[1..]),
        '/' => new UnixDomainSocketEndPoint(socket),
        _ => throw new ArgumentException("Expected an absolute path, or @ and an abstract name."),
    };
}

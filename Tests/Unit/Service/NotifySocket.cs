using System.Net.Sockets;
using System.Text;

namespace Backup.Tests.Unit.Service;

/// <summary>The service manager's end: a real datagram socket.</summary>
internal sealed class NotifySocket : IDisposable
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);
    private readonly string? _folder;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket(bool isAbstract = false)
    {
        _socket.ReceiveTimeout = (int)Within.TotalMilliseconds;
        if (isAbstract)
        {
            var name = $"backup-test-{Guid.NewGuid():N}";
            Name = "@" + name;
            _socket.Bind(new UnixDomainSocketEndPoint("\0" + name));
            return;
        }
        _folder = Directory.CreateTempSubdirectory("notify-").FullName;
        Name = Path.Combine(_folder, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(Name));
    }

    /// <summary>As in $NOTIFY_SOCKET.</summary>
    public string Name { get; }

    /// <summary>Whether something lies there to be read.</summary>
    public bool HasMore => _socket.Available > 0;

    /// <summary>The lines of the next datagram.</summary>
    public string[] Next()
    {
        var buffer = new byte[64 * 1024];
        return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer)).Split('\n');
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }
}

using System.Net.Sockets;

namespace Backup.Tests.Postgres;

/// <summary>Where a connection breaks.</summary>
public enum Cut
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>Before the server gets the commit.</summary>
    BeforeCommit,

    /// <summary>When the server has committed, and before it is heard of.</summary>
    AfterCommit,
}

/// <summary>Stands between client and server, and breaks connections at their commit.</summary>
public sealed class PostgresProxy : IDisposable
{
    private readonly string _server;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Lock _gate = new();
    private readonly List<Socket> _open = [];
    private int _cuts;
    private Cut _where;

    public PostgresProxy(PostgresServer server)
    {
        _server = SocketIn(server.Host);
        Host = Directory.CreateTempSubdirectory("backup-pgproxy-").FullName;
        _listener.Bind(new UnixDomainSocketEndPoint(SocketIn(Host)));
        _listener.Listen(100);
        _ = Accept();
    }

    /// <summary>The folder of its socket.</summary>
    public string Host { get; }

    /// <summary>How many connections it has broken.</summary>
    public int Broken { get; private set; }

    /// <summary>Breaks the connections of the next commits.</summary>
    public void Break(Cut where, int count)
    {
        lock (_gate) (_where, _cuts) = (where, count);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_gate) _open.ForEach(socket => socket.Dispose());
        Directory.Delete(Host, recursive: true);
    }

    private static string SocketIn(string folder) => Path.Combine(folder, $".s.PGSQL.{PostgresServer.Port}");

    private async Task Accept()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptAsync();
                var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await server.ConnectAsync(new UnixDomainSocketEndPoint(_server));
                lock (_gate) _open.AddRange([client, server]);
                _ = Task.WhenAll(Carry(client, server, Commits), Carry(server, client, _ => Cut.None));
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Carry(Socket from, Socket to, Func<ReadOnlyMemory<byte>, Cut> cutAt)
    {
        var buffer = new byte[65536];
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                var cut = cutAt(buffer.AsMemory(0, count));
                if (cut == Cut.AfterCommit)
                {
                    // The server's answer, which the other direction would carry on: seen to arrive, and kept.
                    from.Dispose();
                    await to.SendAsync(buffer.AsMemory(0, count));
                    to.Shutdown(SocketShutdown.Send); // it reads the commit first, then the end
                    return;
                }
                if (cut == Cut.BeforeCommit) break;
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The other direction has ended, or the test has.
        }
        from.Dispose();
        to.Dispose();
    }

    private Cut Commits(ReadOnlyMemory<byte> sent)
    {
        lock (_gate)
        {
            if (_cuts == 0 || sent.Span.IndexOf("COMMIT"u8) < 0) return Cut.None;
            _cuts--;
            Broken++;
            return _where;
        }
    }
}

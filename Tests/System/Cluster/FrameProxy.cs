using System.Net;
using System.Net.Sockets;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// Stands before the cluster port of a node and passes bytes on, until a test has it break its connections: each behind
/// half of the bytes that come next, which is in the middle of a frame.
/// </summary>
internal sealed class FrameProxy : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _over = new();
    private readonly IPEndPoint _target;
    private int _resets;
    private int _broken;
    private volatile TaskCompletionSource? _hole;

    /// <param name="host">An address of this machine, where it listens.</param>
    /// <param name="target">The address of the node.</param>
    /// <param name="port">The port of both.</param>
    public FrameProxy(string host, string target, int port)
    {
        _target = new IPEndPoint(IPAddress.Parse(target), port);
        _listener = new TcpListener(IPAddress.Parse(host), port);
        _listener.Start();
        _ = Run();
    }

    /// <summary>Connections that were broken in the middle of a frame.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>Resets every connection that there is, when its next bytes come.</summary>
    public void Reset() => Interlocked.Increment(ref _resets);

    /// <summary>
    /// From now on nothing arrives, on any connection, and nobody sees anything; when it is over, those that swallowed
    /// something are reset.
    /// </summary>
    public void Swallow() => _hole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All is well from now on.</summary>
    public void Heal() => Interlocked.Exchange(ref _hole, null)?.SetResult();

    public void Dispose()
    {
        Heal();
        _over.Cancel();
        _listener.Stop();
    }

    private async Task Run()
    {
        while (true)
        {
            try
            {
                _ = Join(await _listener.AcceptSocketAsync(_over.Token));
            }
            catch (Exception ended)
                when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Join(Socket caller)
    {
        using var node = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (caller)
        {
            caller.NoDelay = true;
            try
            {
                // A node tells its connections apart by where they come from.
                node.Bind(new IPEndPoint(((IPEndPoint)caller.RemoteEndPoint!).Address, 0));
                await node.ConnectAsync(_target, _over.Token);
                var known = Volatile.Read(ref _resets);
                var broken = await await Task.WhenAny(Pump(caller, node, known), Pump(node, caller, known));
                if (!broken) return;
                Interlocked.Increment(ref _broken);
                (caller.LingerState, node.LingerState) = (new LingerOption(true, 0), new LingerOption(true, 0));
            }
            catch (Exception gone)
                when (gone is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side went away: so does the other.
            }
        }
    }

    /// <summary>Whether the connection is to be reset; false: one side has ended it.</summary>
    private async Task<bool> Pump(Socket from, Socket to, int known)
    {
        var buffer = new byte[64 << 10];
        while (true)
        {
            var length = await from.ReceiveAsync(buffer, _over.Token);
            if (length == 0) return false;
            var hole = _hole;
            var isBroken = hole is not null || Volatile.Read(ref _resets) != known;
            var bytes = buffer.AsMemory(0, isBroken ? length / 2 : length);
            while (bytes.Length > 0) bytes = bytes[await to.SendAsync(bytes, _over.Token)..];
            if (!isBroken) continue;
            if (hole is not null) await hole.Task.WaitAsync(_over.Token);
            return true;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Pbm.Wire;

namespace Pbm;

/// <summary>The host cannot be reached, or is none.</summary>
internal sealed class HostException(string message) : Exception(message);

/// <summary>A connection to a host. One command at a time.</summary>
internal sealed class Client : IDisposable
{
    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(10);
    private readonly TcpClient _connection;
    private readonly NetworkStream _stream;
    private readonly string _address;
    private long _commands;

    private Client(TcpClient connection, NetworkStream stream, string address, Welcome welcome) =>
        (_connection, _stream, _address, Welcome) = (connection, stream, address, welcome);

    /// <summary>What the host can do.</summary>
    public Welcome Welcome { get; }

    public static async Task<Client> Connect(string host, int port, CancellationToken cancellation)
    {
        var (connection, address) = (new TcpClient(), $"{host}:{port}");
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(ConnectWithin);
        try
        {
            await connection.ConnectAsync(host, port, late.Token);
            var stream = connection.GetStream();
            await stream.WriteAsync(Frames.Bytes(new Frame(Hello: new Hello(Frames.Version))), late.Token);
            return await Frames.Read(stream, Frames.BytesMax, late.Token) switch
            {
                { Welcome: { } welcome } => new Client(connection, stream, address, welcome),
                { Refusal: { } refusal } => throw new HostException($"{address} refuses: {refusal.Why}"),
                _ => throw new HostException($"{address} is no host of `pbm`: it closed the connection."),
            };
        }
        catch (Exception failure)
            when (failure is SocketException or IOException or WireException or OperationCanceledException)
        {
            connection.Dispose();
            cancellation.ThrowIfCancellationRequested();
            var why = failure is OperationCanceledException
                ? $"no answer within {ConnectWithin.TotalSeconds:0} s" : failure.Message;
            throw new HostException($"No host answers at {address}: {why}");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Has a command done, and passes on its answers up to the final one.</summary>
    /// <returns>False when the command ended with an error.</returns>
    /// <exception cref="HostException">The connection ended before the answer did.</exception>
    public async Task<bool> Run(string palette, string command, IReadOnlyList<Argument> arguments, Action<Answer> say,
        CancellationToken cancellation)
    {
        try
        {
            var id = ++_commands;
            await _stream.WriteAsync(
                Frames.Bytes(new Frame(Ask: new Ask(id, palette, command, arguments))), cancellation);
            while (await Frames.Read(_stream, Frames.BytesMax, cancellation) is { } frame)
            {
                if (frame.Answer is not { } answer || answer.Id != id)
                    throw new WireException("an answer to another command");
                say(answer);
                if (answer.IsFinal) return !answer.IsError;
            }
            throw new WireException("it closed the connection");
        }
        catch (Exception failure) when (failure is SocketException or IOException or WireException)
        {
            throw new HostException(
                $"The host {_address} went away before its answer was complete ({failure.Message}). The command may "
                    + "still be done.");
        }
    }

    public void Dispose() => _connection.Dispose();
}

/// <summary>Where a host listens.</summary>
internal static class Address
{
    public const int UsualPort = 9110;

    public static (string Host, int Port) Usual { get; } = ("127.0.0.1", UsualPort);

    /// <summary>
    /// Reads `host:port`, `[::1]:port` or an address alone; null when it is none, as a palette's name.
    /// </summary>
    public static (string Host, int Port)? Parse(string text)
    {
        if (IPEndPoint.TryParse(text, out var place))
            return ($"{place.Address}", place.Port == 0 ? UsualPort : place.Port);
        if (text == "localhost") return (text, UsualPort);
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], out var port) && port is > 0 and <= IPEndPoint.MaxPort
            ? (text[..colon], port) : null;
    }
}

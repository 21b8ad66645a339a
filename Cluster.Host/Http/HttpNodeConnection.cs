using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Backup.Host.Operations;
using Backup.Messages.Operations;

namespace Backup.Host.Http;

/// <summary>
/// Asks a running node by its socket. Each request may find the node gone, and the next one find it back.
/// </summary>
internal sealed class HttpNodeConnection : INodeConnection
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(60);
    private readonly string _socketFile;
    private readonly HttpClient _client;

    public HttpNodeConnection(string socketFile)
    {
        _socketFile = socketFile;
        _client = new HttpClient(
            new SocketsHttpHandler { ConnectCallback = (_, cancellation) => Connect(socketFile, cancellation) })
        {
            BaseAddress = new Uri("http://node/v1/operations/"),
            Timeout = AnswerTimeout,
        };
    }

    /// <summary>True when somebody listens there.</summary>
    public static async Task<bool> Answers(string socketFile, CancellationToken cancellation)
    {
        try
        {
            await (await Connect(socketFile, cancellation).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<IReply> Ask(IRequest request, CancellationToken cancellation)
    {
        var type = request.GetType();
        using var content = new StringContent(
            WireJson.RequestText(request, type), Encoding.UTF8, "application/json");
        try
        {
            using var answer =
                await _client.PostAsync(OperationTable.For(request).Name, content, cancellation).ConfigureAwait(false);
            var json = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            return (IReply)WireJson.Reply(json, OperationTable.ReplyTypes);
        }
        catch (HttpRequestException gone)
        {
            throw new NodeUnreachableException($"The node at {_socketFile} does not answer: {gone.Message}");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NodeUnreachableException(
                $"The node at {_socketFile} did not answer within {AnswerTimeout.TotalSeconds:0} s.");
        }
        catch (JsonException bad)
        {
            throw new NodeUnreachableException(
                $"What answers at {_socketFile} is no node of this version: {bad.Message}");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<Stream> Connect(string socketFile, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketFile), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

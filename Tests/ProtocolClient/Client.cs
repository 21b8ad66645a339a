using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Backup.Tests.ProtocolClient;

/// <summary>
/// A client made from the document and a Unix socket alone. It sends nothing that is not described, and takes no answer
/// that is not as described.
/// </summary>
public sealed class Client(Protocol protocol, string socketFile) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketFile), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://node"), Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>The operations that were asked.</summary>
    public HashSet<string> Asked { get; } = [];

    /// <summary>What was refused, as operation and code.</summary>
    public HashSet<(string Operation, string Code)> Refused { get; } = [];

    /// <summary>Asks; a command that has no request id yet gets one.</summary>
    /// <exception cref="NotAsDescribedException">Request or answer are not as the document says.</exception>
    public async Task<Answer> Ask(string name, JsonObject? fields = null)
    {
        var operation = protocol.Operations[name];
        var request = fields ?? [];
        if (protocol.Messages[operation.Request].Any(field => field is { Json: "request", Type: "RequestId" })
            && !request.ContainsKey("request"))
            request["request"] = Guid.NewGuid().ToString("N");
        Demand(ValueCheck.Request(protocol, operation.Request, request));
        return await Send(name, request.ToJsonString());
    }

    /// <summary>Sends a text that may be no request of the operation, and checks the answer all the same.</summary>
    public async Task<Answer> Send(string name, string body)
    {
        var operation = protocol.Operations[name];
        Asked.Add(name);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri(operation.Path, UriKind.Relative), content);
        var reply = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        var schema = ((string)reply["schema"]!).Split('/');
        if (schema is not ["backup", var type, "1"])
            throw new NotAsDescribedException($"{name}: the schema is {reply["schema"]}.");
        if (type != "Refused" && !operation.Replies.Contains(type))
            throw new NotAsDescribedException($"{name}: {type} is no reply of the operation.");
        Demand(ValueCheck.Reply(protocol, type, reply));
        var code = type == "Refused" ? (string)reply["code"]! : null;
        if (code is not null && !operation.Refusals.Contains(code))
            throw new NotAsDescribedException($"{name}: it is not said that it may be refused as {code}: {reply}");
        if ((int)answer.StatusCode != (code is null ? 200 : protocol.Statuses[code]))
            throw new NotAsDescribedException($"{name}: the status is {(int)answer.StatusCode} for {type} {code}.");
        if (code is not null) Refused.Add((name, code));
        return new Answer(type, reply);
    }

    /// <summary>The document as the node serves it.</summary>
    public Task<string> Document() => _http.GetStringAsync(new Uri("/v1/protocol", UriKind.Relative));

    public void Dispose() => _http.Dispose();

    private static void Demand(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0) throw new NotAsDescribedException(string.Join('\n', problems));
    }
}

/// <summary>An answer.</summary>
/// <param name="Type">Its type's name.</param>
/// <param name="Body">What it holds.</param>
public sealed record Answer(string Type, JsonObject Body)
{
    /// <summary>The answer's body; a refusal is a failure here.</summary>
    public JsonObject Done => Type == "Refused" ? throw new NotAsDescribedException(Body.ToJsonString()) : Body;
}

/// <summary>Something is not as the document says.</summary>
public sealed class NotAsDescribedException(string message) : Exception(message);

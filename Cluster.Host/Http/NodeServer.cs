using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backup.Host.Operations;
using Backup.Host.Service;
using Backup.Messages.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Backup.Host.Http;

/// <summary>
/// The HTTP face of the operation table on a Unix socket: <c>POST /v1/operations/NAME</c> with the request as JSON.
/// Whoever may open the socket may command the node, so it is made with mode 0600 before anybody can connect.
/// </summary>
internal sealed class NodeServer : IAsyncDisposable
{
    private const long RequestBytesMax = 1 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly WebApplication _application;
    private readonly string _socketFile;

    private NodeServer(WebApplication application, string socketFile) =>
        (_application, _socketFile) = (application, socketFile);

    /// <summary>
    /// Begins to answer. The data directory's lock must be held: a socket that is there was left by a node that was
    /// killed.
    /// </summary>
    /// <param name="gateway">What answers; not disposed.</param>
    /// <param name="socketFile">Up to 107 bytes.</param>
    /// <param name="health">What /healthz and /readyz say.</param>
    public static async Task<NodeServer> Start(INodeConnection gateway, string socketFile, NodeHealth health)
    {
        File.Delete(socketFile);
        // No arguments, environment or settings file: the configuration of a node is its own file alone.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = Bind)
            .ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.ListenUnixSocket(socketFile);
        });
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.UseRouting();
        application.MapPost("/v1/operations/{name}", (string name, HttpContext http) => Serve(gateway, name, http));
        application.MapGet("/v1/operations",
            (HttpContext http) => Write(http, StatusCodes.Status200OK, Listing().ToJsonString(WireJson.Options)));
        application.MapGet("/v1/protocol", (HttpContext http) => WriteProtocol(http));
        HealthServer.Map(application, health);
        await application.StartAsync().ConfigureAwait(false);
        return new NodeServer(application, socketFile);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
            await _application.StopAsync(patience.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        File.Delete(_socketFile);
    }

    private static Socket Bind(EndPoint place)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(place);
        // Nobody can connect before the server listens, which comes after this.
        File.SetUnixFileMode(((UnixDomainSocketEndPoint)place).ToString(), OwnerOnly);
        return socket;
    }

    private static async Task Serve(INodeConnection gateway, string name, HttpContext http)
    {
        var reply = OperationTable.Find(name) is { } operation
            ? await Answer(gateway, operation, http).ConfigureAwait(false)
            : new Refused(RefusalCode.NotFound, $"There is no operation {name}. GET /v1/operations lists them.");
        await Write(http, reply is Refused refused
            ? StatusOf(refused.Code) : StatusCodes.Status200OK, WireJson.Line(reply)).ConfigureAwait(false);
    }

    private static async Task<IReply> Answer(INodeConnection gateway, Operation operation, HttpContext http)
    {
        IRequest request;
        try
        {
            using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
            request = (IRequest)WireJson.Request(
                await reader.ReadToEndAsync(http.RequestAborted).ConfigureAwait(false), operation.Request);
        }
        catch (JsonException bad)
        {
            return new Refused(RefusalCode.BadRequest, $"Expected a {operation.Request.Name} in JSON: {bad.Message}");
        }
        catch (BadHttpRequestException bad)
        {
            return new Refused(RefusalCode.BadRequest, bad.Message);
        }
        try
        {
            return await gateway.AskAs(request, PeerUser.Of(http), http.RequestAborted).ConfigureAwait(false);
        }
        catch (NodeUnreachableException gone)
        {
            return new Refused(RefusalCode.Unavailable, gone.Message);
        }
    }

    /// <summary>The status of a refusal.</summary>
    internal static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.BadRequest => StatusCodes.Status400BadRequest,
        RefusalCode.NotFound => StatusCodes.Status404NotFound,
        RefusalCode.Conflict => StatusCodes.Status409Conflict,
        RefusalCode.Forbidden => StatusCodes.Status403Forbidden,
        _ => StatusCodes.Status503ServiceUnavailable,
    };

    internal static Task Write(HttpContext http, int status, string json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json + "\n");
    }

    /// <summary>The published document (docs/protocol.json), as it was when this program was made.</summary>
    private static async Task WriteProtocol(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await using var document = typeof(NodeServer).Assembly.GetManifestResourceStream("protocol.json")!;
        await document.CopyToAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
    }

    private static JsonArray Listing() => [.. OperationTable.All.Select(operation => (JsonNode)new JsonObject
    {
        ["name"] = operation.Name,
        ["summary"] = operation.Summary,
        ["permission"] = JsonNamingPolicy.KebabCaseLower.ConvertName(operation.Permission.ToString()),
        ["arguments"] = new JsonArray([.. operation.Arguments.Select(argument => (JsonNode)new JsonObject
        {
            ["name"] = argument.Name,
            ["type"] = argument.Type,
            ["default"] = argument.Default is null ? null : JsonNode.Parse(argument.Default),
            ["required"] = argument.Default is null,
        })]),
        ["replies"] =
            new JsonArray([.. operation.Replies.Select(reply => (JsonNode)JsonValue.Create(WireJson.SchemaOf(reply)))]),
    })];
}

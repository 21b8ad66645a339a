using System.Net;
using Backup.Host.Operations;
using Backup.Host.Service;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Backup.Host.Http;

/// <summary>
/// <c>GET /healthz</c> and <c>/readyz</c> on a TCP port of their own: whoever reaches it learns how the node is, and
/// can command nothing.
/// </summary>
internal sealed class HealthServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HealthServer(WebApplication application) => _application = application;

    /// <summary>Where it listens.</summary>
    public string Address => _application.Urls.First();

    /// <summary>Begins to answer.</summary>
    /// <param name="health">What it says.</param>
    /// <param name="host">An address of this machine.</param>
    /// <param name="port">0: any that is free.</param>
    /// <exception cref="IOException">It cannot listen there.</exception>
    public static async Task<HealthServer> Start(NodeHealth health, IPAddress host, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Listen(host, port);
        });
        builder.Services.AddRouting();
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.UseRouting();
        Map(application, health);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return new HealthServer(application);
    }

    /// <summary>Puts both pages into a server.</summary>
    public static void Map(IEndpointRouteBuilder routes, NodeHealth health)
    {
        routes.MapGet("/healthz", (HttpContext http) => Write(http, health.Alive()));
        routes.MapGet("/readyz", (HttpContext http) => Write(http, health.Ready()));
    }

    public async ValueTask DisposeAsync()
    {
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
            await _application.StopAsync(patience.Token).ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task Write(HttpContext http, Task<HealthReport> looking)
    {
        var report = await looking.ConfigureAwait(false);
        http.Response.Headers.CacheControl = "no-store";
        await NodeServer.Write(http, report.Ok ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            WireJson.Line(report)).ConfigureAwait(false);
    }
}

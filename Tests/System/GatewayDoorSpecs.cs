using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Akka.Configuration;
using Backup.Actors.Gateway;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;
using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System;

/// <summary>
/// The sample program, a process of its own with the messages' assembly alone, against a node's gateway behind a
/// cluster's receptionist.
/// </summary>
public sealed class GatewayDoorSpecs : IAsyncDisposable
{
    private readonly NodeFixture _node = new();
    private ActorSystem? _cluster;

    [Fact]
    public async Task A_program_outside_runs_a_policy_follows_it_browses_and_restores_a_file()
    {
        Directory.CreateDirectory(Path.Combine(_node.Source, "a"));
        await File.WriteAllTextAsync(Path.Combine(_node.Source, "a", "café.txt"), "content");
        await _node.Start();
        var target = Path.Combine(_node.Root, "restored");

        var (code, output, error) = await Sample(await Door(), "nightly", target);

        Assert.True(code == 0, output + error);
        Assert.Equal("content", await File.ReadAllTextAsync(
            Directory.EnumerateFiles(target, "café.txt", SearchOption.AllDirectories).Single()));
        Assert.Contains("job 1: Complete", output);
        Assert.Contains("job 2: Complete", output);
        Assert.Contains("  1 Info ", output);
    }

    [Fact]
    public async Task A_member_of_a_cluster_serves_a_program_outside()
    {
        await File.WriteAllTextAsync(Path.Combine(_node.Source, "file.txt"), "content");
        var port = FreePorts.Take();
        _node.Policy = "clients = [tester]";
        _node.Extra = $$"""
            backup.libraries.tapes.node = tester
            backup.cluster { seeds = ["127.0.0.1:{{port}}"], port = {{port}} }
            """;
        await _node.Start();
        var target = Path.Combine(_node.Root, "restored");

        var (code, output, error) = await Sample($"akka.tcp://backup@127.0.0.1:{port}", "nightly", target);

        Assert.True(code == 0, output + error);
        Assert.Equal("content", await File.ReadAllTextAsync(
            Directory.EnumerateFiles(target, "file.txt", SearchOption.AllDirectories).Single()));
    }

    [Fact]
    public async Task A_program_outside_is_told_why_it_is_refused()
    {
        await _node.Start();

        var (code, _, error) = await Sample(await Door(), "hourly", "/tmp");

        Assert.Equal(1, code);
        Assert.Contains("There is no policy \"hourly\"", error);
    }

    [Fact]
    public async Task More_paths_than_an_order_can_carry_are_refused()
    {
        await _node.Start();

        var reply = await _node.Connection.Ask(
            new RestoreFiles(RequestId.New(), "latest", [.. Enumerable.Repeat(new string('x', 4096), 129)], "/tmp/t"),
            CancellationToken.None);

        Assert.Contains("several jobs", Assert.IsType<Refused>(reply).Sentence);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.Terminate();
        await _node.DisposeAsync();
    }

    /// <summary>The node's gateway, as a director of a cluster has it.</summary>
    /// <returns>The contact.</returns>
    private async Task<string> Door()
    {
        _cluster = ActorSystem.Create("backup", ConfigurationFactory.ParseString("""
            akka {
              actor.provider = cluster
              loglevel = OFF
              stdout-loglevel = OFF
              remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
              coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off }
            }
            """).WithFallback(MessagesConfig.Default));
        var cluster = Akka.Cluster.Cluster.Get(_cluster);
        var up = new TaskCompletionSource();
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        cluster.Join(cluster.SelfAddress);
        await up.Task.WaitAsync(TimeSpan.FromMinutes(2));
        ClusterClientReceptionist.Get(_cluster).RegisterService(_cluster.ActorOf(
            GatewayActor.Props(request => _node.Connection.Ask(request, CancellationToken.None), FollowPace.Usual),
            "gateway"));
        return cluster.SelfAddress.ToString();
    }

    private static async Task<(int Code, string Output, string Error)> Sample(params string[] arguments)
    {
        using var process = DiagnosticProcess.Start(new ProcessStartInfo(
            "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "RunAndRestore.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"The sample did not end: {await output}{await error}");
        }
        return (process.ExitCode, await output, await error);
    }
}

using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog.Postgres;
using Backup.Tests.Postgres;
using Xunit;

namespace Backup.Tests.System;

/// <summary>A node whose catalog and journal are in a PostgreSQL database, on a server that fails.</summary>
public sealed class PostgresSpecs : IAsyncLifetime
{
    private readonly PostgresServer? _server = PostgresServer.Missing is null ? new PostgresServer() : null;
    private readonly NodeFixture _node =
        new() { FragmentSize = "1MiB", VolumeCapacity = "24MiB", Slots = "40", DriveSpeedLimit = "2MB" };
    private string _database = "";

    private PostgresServer Server => _server!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        _server?.Dispose();
    }

    [PostgresFact]
    public async Task A_server_that_crashes_in_the_middle_of_a_backup_makes_it_wait_and_no_more()
    {
        UseServer();
        Sources.Fill(_node.Source, seed: 1);
        await _node.Start();
        var job = await _node.Run();
        await _node.Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));

        Server.Stop();
        // Until every chunk is on the medium or waits for the catalog: beyond that nothing moves without it
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        for (var quiet = 0; quiet < 10; await Task.Delay(100, limit.Token))
        {
            var before = Written();
            await NothingIsSaidToHaveEnded(job);
            quiet = Written() == before ? quiet + 1 : 0;
        }
        Server.Start();

        var ended = await Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(1, ended.Job.Attempts);
        await _node.RestoresIdentical("latest");
        await ScanGivesTheSame();
    }

    [PostgresFact]
    public async Task A_server_that_crashes_again_and_again_loses_nothing()
    {
        UseServer();
        Sources.Fill(_node.Source, seed: 2);
        await _node.Start();
        var seed = Environment.TickCount & 0xFFFF;
        var random = new Random(seed);
        var job = await _node.Run();

        for (var crash = 0; crash < 5; crash++)
        {
            await Task.Delay(random.Next(700));
            Server.Stop();
            await Task.Delay(random.Next(700));
            Server.Start();
        }

        var ended = await Ended(job);
        Assert.True(
            ended.Job.Outcome == JobOutcome.Complete, $"Seed {seed}: {NodeFixture.Describe(ended)}\n{Server.Log}");
        await _node.RestoresIdentical("latest");
        await ScanGivesTheSame();
    }

    [PostgresFact]
    public async Task A_node_that_finds_no_server_waits_for_it()
    {
        UseServer();
        Sources.Fill(_node.Source, seed: 3);
        Server.Stop();

        var starting = _node.Start();
        Assert.NotSame(starting, await Task.WhenAny(starting, Task.Delay(500)));
        Server.Start();
        await starting;

        var job = await _node.Backup();
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
    }

    [PostgresFact]
    public async Task A_node_and_its_server_that_die_together_go_on_together()
    {
        UseServer();
        Sources.Fill(_node.Source, seed: 4);
        await _node.StartProcess();
        var job = await _node.Run();
        await _node.Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));

        await _node.Kill();
        Server.Stop();
        Server.Start();
        await _node.StartProcess();

        var ended = await Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        await _node.RestoresIdentical("latest");
    }

    private void UseServer()
    {
        _database = Server.Create();
        _node.Extra = $$"""
            backup.catalog {
              provider = postgresql, host = "{{Server.Host}}", database = {{_database}}, user = {{PostgresServer.User}}
            }
            backup.job.ask-again-after = 500ms
            backup.storage.outbox-retry-delay = 200ms
            """;
    }

    /// <summary>
    /// Without the catalog a question is refused, or answered with what the saga knows: never with an end.
    /// </summary>
    private async Task NothingIsSaidToHaveEnded(JobId job)
    {
        var answer = await _node.Connection.Ask(new ShowJob(job), CancellationToken.None);
        if (answer is Refused refused) Assert.Equal(RefusalCode.Unavailable, refused.Code);
        else Assert.NotEqual("ended", Assert.IsType<JobDetails>(answer).Job.State);
    }

    /// <summary>
    /// As the fixture's, and passes over refusals all the while: one answer does not mean that every connection of the
    /// pool has been made anew.
    /// </summary>
    private async Task<JobDetails> Ended(JobId job)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        while (true)
        {
            var answer = await _node.Connection.Ask(new ShowJob(job), CancellationToken.None);
            if (answer is JobDetails { Job.State: "ended" } details) return details;
            if (answer is Refused refused) Assert.Equal(RefusalCode.Unavailable, refused.Code);
            Assert.False(limit.IsCancellationRequested, $"Job {job} did not end: {answer}");
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private async Task ScanGivesTheSame()
    {
        await _node.Stop();
        var before = Dump();
        Server.Execute(_database, "DROP SCHEMA backup CASCADE; DROP TABLE IF EXISTS journal, snapshot, tags");
        await _node.Start();
        var scan = await _node.Ended(
            (await _node.Ask<JobsStarted>(new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);
        Assert.True(
            scan.Job.Outcome is JobOutcome.Complete or JobOutcome.CompleteWithExceptions, NodeFixture.Describe(scan));
        await _node.Stop();
        Assert.Equal(before, Dump());
    }

    private long Written() =>
        new DirectoryInfo(_node.Library).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private IReadOnlyList<string> Dump()
    {
        using var store = PostgresCatalog.OpenReadOnly(
            new PostgresPlace(Server.Host, PostgresServer.Port, _database, PostgresServer.User),
            TimeProvider.System).Value;
        return store.Dump.Lines().Value;
    }
}

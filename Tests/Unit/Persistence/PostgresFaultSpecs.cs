using System.Diagnostics;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Tests.Postgres;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>Connections that break, a server that is away, a disk that is full.</summary>
public sealed class PostgresFaultSpecs
{
    /// <summary>
    /// Every kind of write, twice: once through a connection that breaks at its commit, once as it should be.
    /// </summary>
    [PostgresTheory]
    [InlineData(Cut.BeforeCommit, 1)]
    [InlineData(Cut.AfterCommit, 1)]
    [InlineData(Cut.AfterCommit, 2)]
    public void A_commit_whose_outcome_nobody_heard_is_repeated_and_does_nothing_twice(Cut cut, int times)
    {
        var server = PostgresServer.OfThisRun;
        var (quiet, broken) = (server.Create(), server.Create());
        using var proxy = new PostgresProxy(server);
        using (var expected = PostgresCatalog.Open(PostgresFixture.PlaceOf(server, quiet), new ManualClock()).Value)
        using (var store = PostgresCatalog.Open(
            PostgresFixture.PlaceOf(server, broken) with { Host = proxy.Host }, new ManualClock()).Value)
        {
            foreach (var step in Steps())
            {
                step(expected);
                proxy.Break(cut, times);
                step(store);
            }

            Assert.Equal(times * Steps().Count, proxy.Broken);
            Assert.Equal(Content(expected), Content(store));
        }
        server.Drop(quiet);
        server.Drop(broken);
    }

    [PostgresFact]
    public void A_connection_that_breaks_again_and_again_is_given_up_with_try_again()
    {
        var server = PostgresServer.OfThisRun;
        var name = server.Create();
        using var proxy = new PostgresProxy(server);
        using (var store = PostgresCatalog.Open(
            PostgresFixture.PlaceOf(server, name) with { Host = proxy.Host }, TimeProvider.System).Value)
        {
            proxy.Break(Cut.BeforeCommit, 99);

            Assert.True(Assert.IsType<CatalogFailure.Unavailable>(store.Jobs.Create(Job()).Failure).MayPass);
            Assert.InRange(proxy.Broken, 2, 5);
            proxy.Break(Cut.None, 0);
            Assert.Equal(1, store.Jobs.Create(Job()).Value.Job.Value);
        }
        server.Drop(name);
    }

    [PostgresFact]
    public void A_server_that_is_away_is_said_at_once_and_found_again_when_it_is_back()
    {
        using var server = new PostgresServer();
        using var store =
            PostgresCatalog.Open(PostgresFixture.PlaceOf(server, server.Create()), TimeProvider.System).Value;
        var job = store.Jobs.Create(Job()).Value.Job;
        Parallel.For(0, 16, _ => store.Jobs.Get(job)); // a pool of connections that all die

        server.Stop();
        var since = Stopwatch.StartNew();
        var (written, read) = (store.Jobs.TakeEpoch(job, default).Failure, store.Jobs.Get(job).Failure);
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        server.Start();

        Assert.True(Assert.IsType<CatalogFailure.Unavailable>(written).MayPass);
        Assert.True(Assert.IsType<CatalogFailure.Unavailable>(read).MayPass);
        Assert.Equal(new Epoch(1), store.Jobs.TakeEpoch(job, default).Value);
        server.Stop();
        server.Start();
        // Not told of the restart by any failure before.
        Assert.Equal(new Epoch(2), store.Jobs.TakeEpoch(job, new Epoch(1)).Value);
    }

    [PostgresFact]
    public void A_session_that_an_administrator_ends_is_replaced_at_once()
    {
        using var fixture = new PostgresFixture();
        using var database = new PostgresDatabase(fixture.Place, mayWrite: true);
        var runs = 0;

        var answer = database.Write<Recorded>(transaction =>
        {
            transaction.Execute("INSERT INTO pool (name) VALUES ('p')");
            if (runs++ == 0)
                fixture.Execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
                        + "pid <> pg_backend_pid()");
            return Recorded.Now;
        });

        Assert.Equal((Recorded.Now, 2), (answer.Value, runs));
        Assert.Single(Pools(database));
    }

    [PostgresFact(root: true)]
    public void A_full_disk_is_said_nothing_of_the_call_is_recorded_and_it_goes_on_when_there_is_room()
    {
        using var folder = new TemporaryFolder();
        Mount("mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", folder.Path);
        try
        {
            FillsUp(folder);
        }
        finally
        {
            Mount("umount", folder.Path);
        }
    }

    private static void FillsUp(TemporaryFolder folder)
    {
        var (data, ballast) = (Directory.CreateDirectory(folder.File("data")).FullName, folder.File("ballast"));
        using var server = new PostgresServer(data, "max_wal_size=32MB");
        using var store =
            PostgresCatalog.Open(PostgresFixture.PlaceOf(server, server.Create()), TimeProvider.System).Value;
        var (_, image) = store.OpenImage();
        // Room for the log of what is written, which the server cannot do without, and not for the tables.
        server.Execute("postgres", "CHECKPOINT");
        WriteUntilFull(ballast, leave: 24 << 20);
        CatalogFailure? failure = null;
        var number = 0;
        for (; failure is null && number < 400;
            number += 16) failure = store.Manifests.Stage(Fragment(image, 0).Key, Noise(number)).Failure;

        Assert.True(failure is CatalogFailure.Full or CatalogFailure.Unavailable, $"{failure}");
        Assert.True(failure!.MayPass);
        File.Delete(ballast);
        WaitUntil(() => store.Jobs.Unfinished().Failure is null); // it may have had to start again
        for (var again = 0; again < number;
            again += 16) Assert.Equal(Recorded.Now, store.Manifests.Stage(Fragment(image, 0).Key, Noise(again)).Value);
        Assert.Equal(Recorded.Now,
            store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), number, []), ByFirst).Value);
        Assert.Equal(Recorded.Before, store.Check().Value);

        List<StagedBlock> Noise(int first) =>
            [.. Enumerable.Range(first, 16)
                .Select(i => new StagedBlock(i, [1, (byte)(0x40 + (i >> 6)), (byte)(0x40 + (i & 63))], 256, Bytes(i)))];
        byte[] Bytes(int seed)
        {
            var bytes = new byte[64 * 1024];
            new Random(seed).NextBytes(bytes);
            return bytes;
        }
    }

    private static void WriteUntilFull(string file, long leave)
    {
        var free = new DriveInfo(Path.GetDirectoryName(file)!).AvailableFreeSpace - leave;
        using var stream = File.Create(file);
        var block = new byte[1 << 20];
        for (; free > 0; free -= block.Length) stream.Write(block);
    }

    /// <summary>One of each kind of write, as a job does them.</summary>
    private static List<Action<CatalogStore>> Steps()
    {
        var image = new ImageId(0x1234);
        var fragment = Fragment(image, 0);
        return
        [
            store => Assert.Equal(1, store.Jobs.Create(Job()).Value.Job.Value),
            // Raised, whoever heard of it: one that has not asks what it is and takes the next.
            store => { if (store.Jobs.TakeEpoch(new JobId(1), default).Failure is { } raised)
                Assert.IsType<CatalogFailure.OlderEpoch>(raised); },
            store =>
                Assert.Null(store.Jobs.Update(new JobId(1), First,
                    new JobUpdate(JobPhase.Transferring) { Attempts = 1, StartedAt = At }).Failure),
            store => Assert.Equal(
                Recorded.Now, store.Jobs.AppendLog(new JobId(1), [Line("one"), Line("one"), Line("two", 1)]).Value),
            store => Assert.Equal(Recorded.Now, store.Jobs.AppendLog(new JobId(1), [Line("one")]).Value),
            store => Assert.Null(store.Images.Open(Image(new JobId(1), image), First).Failure),
            store => Assert.Null(store.Manifests.Stage(fragment.Key, [Block(0, "0/a"), Block(1, "0/m")]).Failure),
            store =>
                Assert.Null(
                    store.Images.CloseFragment(new FragmentClosing(fragment, 2, [Exception("x")]), ByFirst).Failure),
            store => Assert.Null(store.Images.Seal(image, Seal(1), ByFirst).Failure),
            store => Assert.Null(store.Volumes.Record(Volume("D0001")).Failure),
            store =>
                Assert.Null(store.Volumes.Update(
                    new("D0001"), First, new VolumeUpdate(Messages.Volumes.VolumeState.Full)).Failure),
            store => Assert.Null(store.Jobs.AddExceptions(new JobId(1), 0, [Exception("y")]).Failure),
            store =>
                Assert.Null(store.Jobs.Update(new JobId(1), First,
                    new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete, EndedAt = At }).Failure),
        ];
    }

    private static List<string> Content(CatalogStore store) =>
    [
        .. store.Dump.Lines().Value,
        $"{store.Jobs.Get(new JobId(1)).Value}",
        .. store.Jobs.Log(new JobId(1), 0, 99).Value.Select(entry => $"{entry}"),
        .. store.Jobs.Exceptions(
            new JobId(1), null, 99).Value.Select(one => $"{one.Fragment} {one.Sequence} {one.Exception.Detail}"),
    ];

    private static JobLogLine Line(
        string text, long? number = null) => new(At, LogSeverity.Info, "code", text, null, "director", number);

    private static void WaitUntil(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(60)));

    private static void Mount(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

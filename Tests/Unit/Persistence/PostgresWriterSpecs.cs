using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Tests.Postgres;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>Several processes that write one catalog.</summary>
public sealed class PostgresWriterSpecs : IDisposable
{
    private const int Writers = 50;

    private readonly PostgresFixture _fixture = new();
    private readonly CatalogStore _other;

    public PostgresWriterSpecs() => _other = _fixture.Open();

    private CatalogStore One => _fixture.Store;

    public void Dispose()
    {
        _other.Dispose();
        _fixture.Dispose();
    }

    [PostgresFact]
    public void Of_fifty_that_expect_the_same_epoch_exactly_one_gets_the_next()
    {
        var job = One.Jobs.Create(Job()).Value.Job;
        for (var round = 0; round < 4; round++)
        {
            var expected = new Epoch(round);

            var jobs = AtOnce(i => Half(i).Jobs.TakeEpoch(job, expected));

            Assert.Equal(new Epoch(round + 1), Assert.Single(jobs, answer => answer.Failure is null).Value);
            Assert.Equal(Writers - 1, jobs.Count(answer => answer.Failure is CatalogFailure.OlderEpoch));
        }
    }

    [PostgresFact]
    public void Fifty_that_create_jobs_at_once_get_a_number_for_each_request()
    {
        var numbers = AtOnce(i => Half(i).Jobs.Create(Job($"request-{i / 2}")))
            .Select(answer => answer.Value.Job.Value).ToList();

        Assert.Equal(Writers / 2, numbers.Distinct().Count());
        Assert.All(Enumerable.Range(0, Writers / 2), i => Assert.Equal(numbers[2 * i], numbers[(2 * i) + 1]));
    }

    [PostgresFact]
    public void Fifty_that_write_one_log_lose_no_line_and_number_them_without_gaps()
    {
        var job = One.Jobs.Create(Job()).Value.Job;

        AtOnce(i => Half(i).Jobs.AppendLog(job, [Line($"a {i}"), Line($"b {i}")])).ToList()
            .ForEach(answer => Assert.Equal(Recorded.Now, answer.Value));

        var log = One.Jobs.Log(job, 0, 1000).Value;
        Assert.Equal(Enumerable.Range(1, 2 * Writers).Select(i => (long)i), log.Select(entry => entry.Sequence));
        Assert.Equal(2 * Writers, log.Select(entry => entry.Line.Text).Distinct().Count());
    }

    [PostgresFact]
    public void Two_images_that_share_blocks_are_written_at_the_same_time()
    {
        var images = Enumerable.Range(0, 8).Select(i => One.OpenImage($"request-{i}").Image).ToList();
        var blocks = Enumerable.Range(0, 60)
            .Select(i => new StagedBlock(i, [1, (byte)(0x40 + i)], 5, [(byte)i, 7])).ToList();

        Parallel.For(0, images.Count, i =>
        {
            var fragment = Fragment(images[i], 0);
            // Each in an order of its own.
            var mixed = blocks.OrderBy(block => (block.Number * 31 * (i + 1)) % 61).ToList();
            foreach (var batch in mixed.Chunk(20))
                Assert.Equal(Recorded.Now, Passing(() => Half(i).Manifests.Stage(fragment.Key, batch)).Value);
            var closing = new FragmentClosing(fragment, blocks.Count, []);
            Assert.Equal(Recorded.Now, Passing(() => Half(i).Images.CloseFragment(closing, ByFirst)).Value);
        });

        Assert.All(
            images,
            image => Assert.Equal(blocks.Select(block => block.FirstPath),
                One.Manifests.Read(image, -1, 99).Value.Select(block => block.FirstPath)));
        Assert.Equal(60L, _fixture.Execute("SELECT COUNT(*) FROM backup.manifest_block"));
    }

    [PostgresFact]
    public void A_fragment_that_both_deliver_is_closed_once()
    {
        var (_, image) = One.OpenImage();
        for (var number = 0; number < 10; number++)
        {
            One.Manifests.Stage(Fragment(image, number).Key, [Block(0, $"{number}/a"), Block(1, $"{number}/m")]);
            var closing = new FragmentClosing(Fragment(image, number), 2, [Exception("x")]);

            var answers = AtOnce(i => Half(i).Images.CloseFragment(closing, i % 3 == 0 ? Authority.OfMedium : ByFirst));

            Assert.Single(answers, answer => answer.Value == Recorded.Now);
        }
        Assert.Equal(20, One.Manifests.Read(image, -1, 99).Value.Count);
        Assert.Equal(10, One.Images.Get(image).Value.Fragments);
    }

    [PostgresFact]
    public async Task An_epoch_is_not_taken_between_the_check_and_the_writing_of_an_older_attempt()
    {
        var (job, image) = One.OpenImage();
        using var database = new PostgresDatabase(_fixture.Place, mayWrite: true);
        using var isChecked = new ManualResetEventSlim();
        using var mayWrite = new ManualResetEventSlim();

        var older = Task.Run(() => database.Write<Recorded>(transaction =>
        {
            Assert.Null(JobTable.Fence(transaction, job.Job, First));
            isChecked.Set();
            mayWrite.Wait();
            return Recorded.Now;
        }));
        isChecked.Wait();
        var newer = Task.Run(() => _other.Jobs.TakeEpoch(job.Job, First));
        WaitUntil(() =>
            (long)_fixture.Execute(
                "SELECT COUNT(*) FROM pg_stat_activity "
                    + "WHERE wait_event_type = 'Lock' AND datname = current_database()")! == 1);
        Assert.False(newer.IsCompleted);
        mayWrite.Set();

        Assert.Equal(Recorded.Now, (await older).Value);
        Assert.Equal(new Epoch(2), (await newer).Value);
        Assert.IsType<CatalogFailure.OlderEpoch>(One.StageAndClose(image, 0).Failure);
    }

    [PostgresFact]
    public void Two_that_lock_each_other_both_get_through()
    {
        using var first = new PostgresDatabase(_fixture.Place, mayWrite: true);
        using var second = new PostgresDatabase(_fixture.Place, mayWrite: true);
        One.Volumes.Record(Volume("A"));
        One.Volumes.Record(Volume("B"));
        using var both = new Barrier(2);
        var runs = 0;

        Parallel.Invoke(() => Lock(first, "A", "B"), () => Lock(second, "B", "A"));

        Assert.Equal(3, runs); // one of the two was chosen to try again

        void Lock(PostgresDatabase database, string one, string other) =>
            Assert.Equal(Recorded.Now, database.Write<Recorded>(transaction =>
            {
                var run = Interlocked.Increment(ref runs);
                transaction.Execute("UPDATE volume SET epoch = epoch + 1 WHERE name = @one", new { one });
                if (run <= 2) both.SignalAndWait();
                transaction.Execute("UPDATE volume SET epoch = epoch + 1 WHERE name = @other", new { other });
                return Recorded.Now;
            }).Value);
    }

    [PostgresFact]
    public void Who_waits_too_long_for_another_transaction_is_told_to_try_again()
    {
        var job = One.Jobs.Create(Job()).Value.Job;
        using var database = new PostgresDatabase(_fixture.Place, mayWrite: true);
        CatalogAnswer<Epoch> waited = default;

        database.Write<Recorded>(transaction =>
        {
            JobTable.Find(transaction, job);
            waited = _other.Jobs.TakeEpoch(job, default);
            return Recorded.Now;
        });

        Assert.True(Assert.IsType<CatalogFailure.Busy>(waited.Failure).MayPass);
        Assert.Equal(new Epoch(1), _other.Jobs.TakeEpoch(job, default).Value);
    }

    [PostgresFact]
    public void A_mistake_of_the_program_is_thrown_and_leaves_nothing_behind()
    {
        using var database = new PostgresDatabase(_fixture.Place, mayWrite: true);

        Assert.Throws<InvalidTimeZoneException>(() => database.Write<Recorded>(transaction =>
        {
            transaction.Execute("INSERT INTO pool (name) VALUES ('half')");
            throw new InvalidTimeZoneException();
        }));
        Assert.Throws<Npgsql.PostgresException>(() => database.Write<Recorded>(transaction =>
        {
            transaction.Execute("INSERT INTO pool (name) VALUES ('twice'), ('twice')");
            return Recorded.Now;
        }));

        Assert.Empty(Pools(database));
    }

    private CatalogStore Half(int writer) => writer % 2 == 0 ? One : _other;

    private static JobLogLine Line(string text) => new(At, LogSeverity.Info, "code", text);

    private static void WaitUntil(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));

    /// <summary>
    /// As every writer does: who waited too long for another transaction has written nothing, and tries again. On a
    /// loaded machine many that stand behind one row wait for longer than the limit.
    /// </summary>
    private static CatalogAnswer<T> Passing<T>(Func<CatalogAnswer<T>> write)
    {
        for (var tries = 1; ; tries++)
        {
            var answer = write();
            if (answer.Failure is not CatalogFailure.Busy || tries == 20) return answer;
        }
    }

    /// <summary>All of them begin at the same moment, on threads of their own.</summary>
    private static CatalogAnswer<T>[] AtOnce<T>(Func<int, CatalogAnswer<T>> work)
    {
        var answers = new CatalogAnswer<T>[Writers];
        using var start = new Barrier(Writers);
        var threads = Enumerable.Range(0, Writers).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            answers[i] = Passing(() => work(i));
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return answers;
    }
}

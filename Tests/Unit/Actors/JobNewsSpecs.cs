using Akka.Actor;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Journal;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;
using JobNews = Backup.Actors.Jobs.JobNews;

namespace Backup.Tests.Unit.Actors;

/// <summary>Every exception of a job can be listed, however many there are and wherever its saga lives.</summary>
public sealed class JobNewsSpecs : ActorKit
{
    private readonly SqliteFixture _catalog = new();
    private readonly JobRun _job = new(Restore);

    public JobNewsSpecs() => CatalogStandIn.RecordJob(_catalog.Store, Restore);

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }

    [Fact]
    public void All_exceptions_of_a_restore_are_listed_and_not_only_those_that_are_logged()
    {
        var news = News();
        news.Excepted(Told([.. Enumerable.Range(0, 900).Select(Exception)]));
        news.Excepted(Told([.. Enumerable.Range(900, 600).Select(Exception)]));

        Expect([.. Enumerable.Range(0, 1500)]);
        AwaitAssert(() => Assert.Equal(1001, Log().Count));
        Assert.Contains("`backup job 7 --exceptions` lists all", Log()[^1].Line.Text, StringComparison.Ordinal);

        IReadOnlyList<JobLogEntry> Log() => _catalog.Store.Jobs.Log(Job, 0, 5000).Value;
    }

    [Fact]
    public void That_further_exceptions_are_not_logged_is_said_when_there_are_some()
    {
        var news = News();
        news.Excepted(Told([.. Enumerable.Range(0, 1000).Select(Exception)]));
        news.Log(LogSeverity.Info, "last", "");

        AwaitAssert(() => Assert.Equal(1001, _catalog.Store.Jobs.Log(Job, 0, 5000).Value.Count));
        Assert.DoesNotContain(_catalog.Store.Jobs.Log(Job, 0, 5000).Value, line => line.Line.Code == "more-exceptions");
    }

    [Theory]
    [InlineData(3600, "3600 s ahead of")]
    [InlineData(-3600, "3600 s behind")]
    [InlineData(20, null)]
    public void A_client_whose_clock_is_wrong_is_named_once(int seconds, string? expected)
    {
        var news = News();
        for (var times = 0; times < 3; times++)
            news.Advanced(new ClientProtocol.Advanced(Job, new Epoch(1), new JobProgress(
                "transferring", 0, 0, 0, 0, 0, null, null, null, null, Sys.Scheduler.Now.AddSeconds(seconds))));
        news.Log(LogSeverity.Info, "last", "");

        AwaitAssert(() => Assert.Contains("last", Codes()));
        Assert.Equal(expected is null ? 0 : 1, Codes().Count(code => code == "clock-skew"));
        if (expected is not null)
            Assert.Contains(
                Log(), line => line.Line.Text.Contains(expected, StringComparison.Ordinal));

        IReadOnlyList<JobLogEntry> Log() => _catalog.Store.Jobs.Log(Job, 0, 5000).Value;

        IEnumerable<string> Codes() => Log().Select(line => line.Line.Code);
    }

    [Fact]
    public void A_saga_that_moves_goes_on_behind_what_was_recorded_before()
    {
        News().Excepted(Told([Exception(1), Exception(2)]));
        Expect([1, 2]);

        News().Excepted(Told([Exception(3), Exception(4)]));

        Expect([1, 2, 3, 4]);
    }

    [Fact]
    public void A_new_attempt_names_its_own_exceptions_only()
    {
        var news = News();
        news.Excepted(Told([Exception(1), Exception(2)]));
        Expect([1, 2]);
        _job.Attempt(1).Tell(ClientFailed(1, new JobFailure.ClientLost(Client, "Gone.")));
        _job.Release(1).Happen(new JobEvents.Resumed(_job.Now));
        _job.Attempt(2);

        news.Happened(_job.Events.OfType<JobEvents.AttemptStarted>().Last(), _job.State);
        news.Excepted(Told([Exception(3)]));

        Expect([3]);
        Assert.Equal(1, news.Progress(_job.State)!.Exceptions);
    }

    [Fact]
    public void What_is_no_place_in_a_list_and_a_job_that_is_not_known_are_refused()
    {
        var queries = new ExceptionQueries(_catalog.Store);

        foreach (var mark in new[] { "", "x", "//", "/0/", "zz/0/1", "/0/1/2", "/a/1" })
            Assert.Equal(RefusalCode.BadRequest, Refused(new ListExceptions(Job, mark)));
        Assert.Equal(RefusalCode.NotFound, Refused(new ListExceptions(new JobId(99))));

        RefusalCode Refused(ListExceptions request) => Assert.IsType<Refused>(queries.List(request)).Code;
    }

    /// <summary>The news of a saga that has just recovered.</summary>
    [Fact]
    public void What_earlier_attempts_sealed_is_counted_in_the_report_although_the_client_has_forgotten_it()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(Closed(1, 0));
        job.Tell(StorageFailed(1, VolumeBroke));
        job.Release(1).Happen(new JobEvents.Resumed(job.Now));
        job.Attempt(2).Tell(Closed(2, 1, seal: true));
        job.Tell(ClientDone(2));
        job.Tell(StorageDone(2));

        var ended = News().End(job.State, JobOutcome.Complete, null, job.Now)(_catalog.Store);

        Assert.True(ended.Is(out _, out var trouble), trouble?.ToString());
        Assert.Equal(
            new Dictionary<string, long> { ["Regular"] = 10, ["InEarlierAttempts"] = 10 },
            JobSpecs.ReadReport(_catalog.Store.Jobs.Get(Job).Value.Report)!.Files);
    }

    private JobNews News()
    {
        var catalog = Sys.ActorOf(CatalogStandIn.Props(_catalog.Store));
        var news = new JobNews(Job, catalog, Sys.Scheduler, Sys.Log);
        foreach (var happened in _job.Events) news.Replayed(happened, _job.State);
        return news;
    }

    /// <summary>As from a client that does not number them.</summary>
    private static ClientProtocol.Excepted Told(IReadOnlyList<FileException> exceptions) =>
        new(Job, new Epoch(1), exceptions);

    private static FileException Exception(int number) =>
        new([.. $"dir/{number}".Select(letter => (byte)letter)], FileExceptionKind.NotWritten, "write", 5, "EIO");

    /// <summary>As a person reads them: page by page.</summary>
    private void Expect(IReadOnlyList<int> numbers) => AwaitAssert(() =>
    {
        var queries = new ExceptionQueries(_catalog.Store);
        var found = new List<string>();
        for (string? after = null; ;)
        {
            var page = Assert.IsType<ExceptionList>(queries.List(new ListExceptions(Job, after, 400)));
            found.AddRange(page.Exceptions.Select(each => each.Text));
            if (page.Next is null) break;
            after = page.Next;
        }
        Assert.Equal(numbers.Select(number => $"/dir/{number} could not be written: EIO"), found);
    });
}

using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public abstract class JobTableContract(ICatalogFixture fixture) : IDisposable
{
    private readonly JobTable _jobs = fixture.Store.Jobs;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void A_job_is_found_as_it_was_created()
    {
        var made = _jobs.Create(Job()).Value;

        var found = _jobs.Get(made.Job).Value;

        Assert.Equal(made, found);
        Assert.Equal((1, JobPhase.Waiting, At), (found.Job.Value, found.Phase, found.CreatedAt));
        Assert.Equal(("daily", "web1", "etc"), (found.Policy?.Value, found.Client.Value, found.FileSet?.Value));
        Assert.Equal("""{"pool":"main"}""", found.Parameters);
    }

    [ContractFact]
    public void Jobs_are_found_by_the_requests_that_made_them()
    {
        var made = _jobs.Create(Job("request-1")).Value;
        _jobs.Create(Job("request-2"));

        var found = _jobs.MadeBy([new RequestId("request-0"), made.Request]).Value;

        Assert.Equal([made], found);
    }

    [ContractFact]
    public void A_write_to_see_whether_it_can_be_written_leaves_nothing_that_counts()
    {
        var before = fixture.Store.Dump.Lines().Value;

        Assert.Equal(Recorded.Now, fixture.Store.TryWrite().Value);
        Assert.Equal(Recorded.Now, fixture.Store.TryWrite().Value);

        Assert.Equal(before, fixture.Store.Dump.Lines().Value);
        Assert.Equal(1, _jobs.Create(Job()).Value.Job.Value);
    }

    [ContractFact]
    public void The_same_request_gets_the_same_job()
    {
        var made = _jobs.Create(Job()).Value;

        var again = _jobs.Create(Job() with { Client = new ClientName("other") }).Value;
        var next = _jobs.Create(Job("request-2")).Value;

        Assert.Equal(made, again);
        Assert.Equal(made.Job.Value + 1, next.Job.Value);
    }

    [ContractFact]
    public void Requests_at_the_same_moment_make_one_job_each()
    {
        var numbers = new long[64];

        Parallel.For(0, numbers.Length, i => numbers[i] = _jobs.Create(Job($"request-{i / 2}")).Value.Job.Value);

        Assert.Equal(32, numbers.Distinct().Count());
        Assert.All(Enumerable.Range(0, 32), i => Assert.Equal(numbers[2 * i], numbers[2 * i + 1]));
    }

    [ContractFact]
    public void A_backup_meets_those_of_its_policy_and_client_that_have_not_ended_and_leaves_no_gap_where_it_is_not()
    {
        var ended = _jobs.Create(Job("ended")).Value;
        _jobs.Update(ended.Job, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
        _jobs.Create(Job("weekly") with { Policy = new PolicyName("weekly") });
        _jobs.Create(Job("other", client: "web2"));
        _jobs.Create(Job("estimate") with { Kind = JobKind.Estimate });
        var known = _jobs.Create(Job("known")).Value;
        IReadOnlyList<JobRecord> met = [];

        var refused = _jobs.Create(Job("new"), others => Meet(others, false)).Value;
        Assert.Null(refused.Job);
        Assert.Equal([known], met);
        var made = _jobs.Create(Job("new"), others => Meet(others, true)).Value;
        Assert.Equal(known.Job.Value + 1, made.Job!.Job.Value);
        Assert.Equal([known], made.Others);

        // Repeated, it is found whatever stands beside it, with those that were before it.
        _jobs.Create(Job("later"));
        var again = _jobs.Create(Job("new"), _ => false).Value;
        Assert.Equal(made.Job, again.Job);
        Assert.Equal([known], again.Others);

        bool Meet(IReadOnlyList<JobRecord> others, bool mayBe)
        {
            met = others;
            return mayBe;
        }
    }

    [ContractFact]
    public void Of_backups_at_the_same_moment_that_want_to_be_alone_one_is_recorded()
    {
        var made = new JobCreation[8];

        Parallel.For(0, made.Length,
            number => made[number] = _jobs.Create(Job($"request-{number}"), others => others.Count == 0).Value);

        var one = Assert.Single(made, each => each.Job is not null).Job;
        Assert.All(made.Where(each => each.Job is null), each => Assert.Equal([one!], each.Others));
    }

    [ContractFact]
    public void Only_one_of_two_that_expect_the_same_epoch_gets_the_next()
    {
        var job = _jobs.Create(Job()).Value.Job;

        Assert.Equal(new Epoch(1), _jobs.TakeEpoch(job, default).Value);
        var refused = Assert.IsType<CatalogFailure.OlderEpoch>(_jobs.TakeEpoch(job, default).Failure);

        Assert.Equal(new Epoch(1), refused.Current);
        Assert.Equal(new Epoch(2), _jobs.TakeEpoch(job, refused.Current).Value);
    }

    [ContractFact]
    public void An_older_epoch_is_refused_and_the_current_one_passes()
    {
        var job = _jobs.Create(Job()).Value.Job;
        _jobs.TakeEpoch(job, default);
        _jobs.TakeEpoch(job, new Epoch(1));

        Assert.IsType<CatalogFailure.OlderEpoch>(
            _jobs.Update(job, new Epoch(1), new JobUpdate(JobPhase.Transferring)).Failure);
        Assert.Equal(JobPhase.Waiting, _jobs.Get(job).Value.Phase);
    }

    [ContractFact]
    public void An_update_changes_what_it_names_and_nothing_else()
    {
        var job = _jobs.Create(Job()).Value;
        var counts = new JobCounts(7, 700, 70, 1);

        _jobs.Update(job.Job, default,
            new JobUpdate(JobPhase.Transferring) { StartedAt = At, Attempts = 1, Counts = counts });
        _jobs.Update(job.Job, default, new JobUpdate(JobPhase.Closing));

        Assert.Equal(
            job with { Phase = JobPhase.Closing, StartedAt = At, Attempts = 1, Counts = counts },
                _jobs.Get(job.Job).Value);
    }

    [ContractFact]
    public void An_ended_job_does_not_change_any_more()
    {
        var job = _jobs.Create(Job()).Value.Job;
        var failure = new JobFailure.NoVolume(new PoolName("main"), new LibraryName("vault"));
        var end = new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Failed, EndedAt = At, Failure = failure };

        Assert.Equal(Recorded.Now, _jobs.Update(job, default, end).Value);
        Assert.Equal(Recorded.Before, _jobs.Update(job, default, end).Value);
        Assert.IsType<CatalogFailure.Contradiction>(
            _jobs.Update(job, default, end with { Outcome = JobOutcome.Complete }).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(
            _jobs.Update(job, default, new JobUpdate(JobPhase.Waiting)).Failure);

        var found = _jobs.Get(job).Value;
        Assert.Equal((JobOutcome.Failed, At, "no-volume"), (found.Outcome, found.EndedAt, found.ErrorCode));
        Assert.Equal(FailureText.Sentence(failure), found.ErrorText);
    }

    [ContractFact]
    public void Unfinished_jobs_are_those_without_an_end_oldest_first()
    {
        var jobs = Enumerable.Range(0, 3).Select(i => _jobs.Create(Job($"request-{i}")).Value.Job).ToList();
        _jobs.Update(jobs[1], default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Cancelled });

        Assert.Equal([jobs[0], jobs[2]], _jobs.Unfinished().Value.Select(job => job.Job));
        Assert.Equal([jobs[0]], _jobs.Unfinished(1).Value.Select(job => job.Job));
        Assert.Equal(2, _jobs.UnfinishedCount().Value);
    }

    [ContractFact]
    public void Jobs_are_listed_by_filter_in_pages_newest_first()
    {
        var jobs = Enumerable.Range(0, 5).Select(i =>
            _jobs.Create(Job($"request-{i}", $"web{i % 2}")).Value.Job).ToList();
        _jobs.Update(jobs[0], default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });

        var page = _jobs.List(new JobFilter(Client: new ClientName("web0")), 2).Value;
        var next = _jobs.List(new JobFilter(Client: new ClientName("web0"), Before: page[^1].Job), 2).Value;

        Assert.Equal([jobs[4], jobs[2]], page.Select(job => job.Job));
        Assert.Equal([jobs[0]], next.Select(job => job.Job));
        Assert.Equal([jobs[0]], _jobs.List(new JobFilter(Ended: true), 9).Value.Select(job => job.Job));
        Assert.Equal(4, _jobs.List(new JobFilter(Ended: false), 9).Value.Count);
        Assert.Equal([jobs[0]],
            _jobs.List(new JobFilter(Outcome: JobOutcome.Complete), 9).Value.Select(job => job.Job));
        Assert.Empty(_jobs.List(new JobFilter(Policy: new PolicyName("none")), 9).Value);
        Assert.Empty(_jobs.List(new JobFilter(Kind: JobKind.Restore), 9).Value);
    }

    [ContractFact]
    public void A_line_of_a_source_is_logged_once_and_read_in_order()
    {
        var job = _jobs.Create(Job()).Value.Job;
        var first = new JobLogLine(At, LogSeverity.Info, "started", "The job started.");
        var second = new JobLogLine(At, LogSeverity.Warning, "unreadable", "A file.", [0xFF, (byte)'/', 0x80], "client",
            1);

        Assert.Equal(Recorded.Now, _jobs.AppendLog(job, [first, second]).Value);
        Assert.Equal(Recorded.Before, _jobs.AppendLog(job, [second]).Value);
        Assert.Equal(Recorded.Now, _jobs.AppendLog(job, [second, second with { SourceSequence = 2 }]).Value);

        var log = _jobs.Log(job, 0, 10).Value;
        Assert.Equal([1L, 2L, 3L], log.Select(entry => entry.Sequence));
        Assert.Equal(first, log[0].Line);
        Assert.Equal(second.Path, log[1].Line.Path);
        Assert.Equal(second with { Path = null }, log[1].Line with { Path = null });
        Assert.Equal([3L], _jobs.Log(job, 2, 10).Value.Select(entry => entry.Sequence));
        Assert.Equal([2L, 3L], _jobs.LastOfLog(job, 2).Value.Select(entry => entry.Sequence));
        Assert.Equal([1L, 2L, 3L], _jobs.LastOfLog(job, 9).Value.Select(entry => entry.Sequence));
        Assert.Empty(_jobs.LastOfLog(job, 0).Value);
    }

    [ContractFact]
    public void Exceptions_of_a_job_come_in_pages_and_once()
    {
        var job = _jobs.Create(Job()).Value.Job;
        var hostile = Exception("a") with { Path = [0, 0xFF, (byte)'\n'], Detail = "'; DROP TABLE job; --" };

        _jobs.AddExceptions(job, 0, [Exception("a"), hostile]);
        _jobs.AddExceptions(job, 1, [hostile, Exception("c")]);

        var page = _jobs.Exceptions(job, null, 2).Value;
        var rest = _jobs.Exceptions(job, page[^1], 2).Value;
        Assert.Equal([0L, 1L, 2L], page.Concat(rest).Select(one => one.Sequence));
        Assert.Equal(hostile.Path, page[1].Exception.Path);
        Assert.Equal(hostile with { Path = [] }, page[1].Exception with { Path = [] });
    }

    [ContractFact]
    public void Exceptions_are_counted_by_kind_and_those_before_a_number_can_go()
    {
        var job = _jobs.Create(Job()).Value.Job;
        _jobs.AddExceptions(job, 10, [Exception("a"), Exception("b")]);
        _jobs.AddExceptions(job, 20, [Exception("c") with { Kind = FileExceptionKind.Differs }]);

        Assert.Equal(
            new Dictionary<FileExceptionKind, long> { [Exception("a").Kind] = 2, [FileExceptionKind.Differs] = 1 },
            _jobs.ExceptionTally(job, null).Value);
        Assert.Empty(_jobs.ExceptionTally(job, new ImageId(1)).Value);
        Assert.Equal(Recorded.Now, _jobs.ClearExceptions(job, 11).Value);
        Assert.Equal([11L, 20L], _jobs.Exceptions(job, null, 9).Value.Select(one => one.Sequence));
        Assert.Equal(Recorded.Now, _jobs.ClearExceptions(job, long.MaxValue).Value);
        Assert.Equal(Recorded.Before, _jobs.ClearExceptions(job, long.MaxValue).Value);
    }

    [ContractFact]
    public void What_the_catalog_does_not_know_is_refused_by_name()
    {
        var none = new JobId(99);

        Assert.IsType<CatalogFailure.Unknown>(_jobs.Get(none).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_jobs.TakeEpoch(none, default).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_jobs.Update(none, default, new JobUpdate(JobPhase.Waiting)).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_jobs.AppendLog(none, []).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_jobs.AddExceptions(none, 0, []).Failure);
    }

    [ContractTheory]
    [InlineData("'; DROP TABLE job; --")]
    [InlineData("\" OR 1=1 --")]
    [InlineData("%_\\")]
    [InlineData("@Request $1 :p ?")]
    [InlineData("\u202Eright to left\u200F")]
    public void Hostile_text_is_kept_and_does_nothing(string text)
    {
        var (policy, files) = (new PolicyName(text), new FileSetName(text));
        var job = Job(text, text) with { Policy = policy, FileSet = files, Parameters = text };

        var made = _jobs.Create(job).Value;

        Assert.Equal((text, text, text), (made.Request.Value, made.Client.Value, made.Parameters));
        Assert.Equal(made, Assert.Single(
            _jobs.List(new JobFilter(Client: new ClientName(text), Policy: new PolicyName(text)), 9).Value));
        Assert.Equal(made, _jobs.Create(job).Value);
    }

    [ContractTheory]
    [InlineData("half \uD800 of a pair")]
    [InlineData("a NUL\0 within")]
    public void Text_that_no_database_holds_finds_what_was_made_of_it(string text)
    {
        var made = _jobs.Create(Job(text, text)).Value;

        Assert.Contains('\uFFFD', made.Client.Value);
        Assert.Equal(made, _jobs.Create(Job(text)).Value);
        Assert.Equal(made, Assert.Single(_jobs.List(new JobFilter(Client: new ClientName(text)), 9).Value));
    }

    [ContractFact]
    public void Text_with_a_NUL_or_of_64_KiB_is_kept_but_for_the_NUL()
    {
        var huge = new string('x', 65536) + "\0tail";

        var made = _jobs.Create(Job() with { Parameters = huge }).Value;

        Assert.Equal(huge.Replace('\0', '\uFFFD'), made.Parameters);
    }
}

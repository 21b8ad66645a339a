using Akka.Actor;
using Akka.Event;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class JobLogSpecs : ActorKit
{
    private readonly TemporaryFolder _folder = new();

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Fact]
    public void Lines_of_the_log_that_the_catalog_could_not_take_follow_in_order_and_once()
    {
        using var database = SqliteDatabase.OpenWriting(
            _folder.File("catalog.db"), WriterLock.Take(_folder.Path).Value).Value;
        var store = new CatalogStore(database, TimeProvider.System);
        CatalogStandIn.RecordJob(store, JobSamples.Scan);
        var news = new Backup.Actors.Jobs.JobNews(
            JobSamples.Job, Sys.ActorOf(CatalogStandIn.Props(store)), Sys.Scheduler, Logging.GetLogger(Sys, "test"));
        Say("before");
        AwaitAssert(() => Assert.Equal(["before"], Codes()));
        Limit("PRAGMA max_page_count = 1"); // SQLite takes the present size at least: the disk is full

        foreach (var number in Enumerable.Range(1, 40)) Say($"during-{number:00}");
        Say("last");
        AwaitAssert(() =>
        {
            news.Repeat();
            Assert.True(Codes().Count < 30, "The disk is not full.");
        });
        Limit("PRAGMA max_page_count = 1000000");

        AwaitAssert(() =>
        {
            news.Repeat();
            Assert.Contains("last", Codes());
        });
        Assert.Equal(["before", .. Enumerable.Range(1, 40).Select(number => $"during-{number:00}"), "last"], Codes());

        void Say(string code) => news.Log(LogSeverity.Info, code, new string('x', 4000));

        void Limit(string pragma) => database.Write<Recorded>(transaction =>
        {
            transaction.Execute(pragma);
            return Recorded.Now;
        });

        List<string> Codes() => store.Jobs.Log(JobSamples.Job, 0, 1000).Value.Select(line => line.Line.Code).ToList();
    }
}

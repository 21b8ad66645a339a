using Backup.Host.CommandLine;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

/// <summary>A copy of the catalog takes the place of what a node had, or lost.</summary>
public sealed class CatalogRestoreSpecs : IDisposable
{
    private readonly CommandRun _run = new(Replies.Answer);
    private readonly TemporaryFolder _copy = new();

    private string Data => Path.Combine(Path.GetDirectoryName(_run.ConfigFile)!, "data");

    public void Dispose()
    {
        _run.Dispose();
        _copy.Dispose();
    }

    /// <summary>SQLite would write what it finds beside a file into that, whoever's it is.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_lies_beside_another_catalog_is_put_aside_whether_or_not_that_is_there(bool isThere)
    {
        using (var killed = Filled("another"))
            Killed(killed, Data, isThere ? ["", SqliteCatalog.LogEnd, "-shm"] : [SqliteCatalog.LogEnd, "-shm"]);
        using (var copied = Filled("wanted"))
            Assert.Null(copied.Store.CopyTo(_copy.File(SqliteCatalog.FileName)).Failure);

        Assert.Equal(ExitCode.Complete, await _run.Run("catalog", "restore", _copy.Path, "--replace"));

        Assert.Equal(["wanted"], Requests(Data));
        Assert.Equal(isThere ? 3 : 2, Directory.GetFiles(Data, "catalog.db.before-*").Length);
    }

    [Fact]
    public async Task The_catalog_of_a_node_that_was_killed_comes_with_its_newest_part()
    {
        using (var killed = Filled("first", "newest")) Killed(killed, _copy.Path, ["", SqliteCatalog.LogEnd]);

        Assert.Equal(ExitCode.Complete, await _run.Run("catalog", "restore", _copy.Path));

        Assert.Equal(["first", "newest"], Requests(Data));
    }

    private static SqliteFixture Filled(params string[] requests)
    {
        var fixture = new SqliteFixture();
        foreach (var request in requests) fixture.Store.Jobs.Create(CatalogSamples.Job(request));
        return fixture;
    }

    /// <summary>As a process leaves it that has no time to close it.</summary>
    private static void Killed(SqliteFixture open, string into, IEnumerable<string> ends)
    {
        Directory.CreateDirectory(into);
        foreach (var end in ends)
            File.Copy(
                open.Folder.File(SqliteCatalog.FileName + end), Path.Combine(into, SqliteCatalog.FileName + end));
    }

    private static IEnumerable<string> Requests(string directory)
    {
        using var store = SqliteCatalog.Open(directory, TimeProvider.System).Value;
        Assert.Null(store.Check().Failure);
        return [.. store.Jobs.List(new JobFilter(JobKind.Backup), 10).Value.Select(job => job.Request.Value).Order()];
    }
}

using Backup.Persistence.Catalog;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

/// <summary>Questions that are asked each night, for each client, read no whole table.</summary>
public sealed class IndexUseSpecs : IDisposable
{
    private readonly SqliteFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void The_past_of_a_file_set_is_found_by_its_index()
    {
        Assert.All(Plan(ImagePast.NewestOfEach).Where(step => step.Contains(" image", StringComparison.Ordinal)),
            step => Assert.Contains("image_past (client=? AND file_set=? AND level=? AND since<?)", step,
                StringComparison.Ordinal));
        Assert.Contains(Plan(ImagePast.FromThenOn), step => step.Contains(
            "image_since (client=? AND file_set=? AND since>?)", StringComparison.Ordinal));
        Assert.Contains("image_past (client=? AND file_set=? AND level=? AND since>?", Plan(ImagePast.CountInARow)[0],
            StringComparison.Ordinal);
        Assert.Contains("image_by_set (client=? AND file_set=?)", Plan(
            $"{ImageRow.Select} WHERE client = @Client AND file_set = @FileSet AND state = @State "
                + "ORDER BY job DESC, id LIMIT @Max")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Jobs_of_a_policy_are_found_by_theirs()
    {
        Assert.Contains("job_unended (policy=?)", Plan(
            $"{JobRow.Select} WHERE kind = @Kind AND {JobTable.Unended} AND policy = @Policy ORDER BY +id DESC "
                + "LIMIT @Max")[0], StringComparison.Ordinal);
        Assert.Contains("job_by_policy (policy=? AND client=? AND kind=?)", Plan(
            $"{JobRow.Select} WHERE kind = @Kind AND phase = @Ended AND client = @Client AND policy = @Policy "
                + "ORDER BY id DESC LIMIT @Max")[0], StringComparison.Ordinal);
        Assert.Contains("job_by_phase (phase<?)", Plan($"SELECT count(*) FROM job WHERE {JobTable.Unended}")[0],
            StringComparison.Ordinal);
        Assert.Contains("job_by_phase (phase<?)", Plan(JobTable.UnendedFirst)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_image_of_a_moment_is_found_by_its_index() => Assert.Contains(
        "image_since (client=? AND file_set=? AND since<?)",
        Plan(ImageTable.FirstOf(ofClient: true, ofFileSet: true, until: true, "ORDER BY since DESC, job DESC"))[0],
        StringComparison.Ordinal);

    [Fact]
    public void A_page_of_a_manifest_and_the_place_of_a_path_are_found_by_keys()
    {
        foreach (var sql in (string[])[ManifestRuns.SelectReferences, ManifestRuns.SelectBlocks,
            ManifestRuns.SelectSums, ManifestRuns.SelectOrdinal])
        {
            var plan = Plan(sql);
            Assert.DoesNotContain(plan, step =>
                step.StartsWith("SCAN", StringComparison.Ordinal)
                && !step.Contains("search", StringComparison.Ordinal)
                && !step.Contains("CONSTANT", StringComparison.Ordinal));
            Assert.Contains(plan, step => step.Contains("SEARCH ref", StringComparison.Ordinal));
            Assert.Contains(plan, step => step.Contains("SEARCH run", StringComparison.Ordinal));
        }
    }

    private List<string> Plan(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_fixture.Folder.File("catalog.db")};Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {sql}";
        foreach (var name in (string[])["Client", "FileSet", "From", "Level", "Other", "State", "Max", "Kind", "Policy",
            "Ended", "Image", "First", "End", "Path", "Blocks", "Until"])
            command.Parameters.AddWithValue($"@{name}", 1);
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read()) steps.Add(reader.GetString(3));
        return steps;
    }
}

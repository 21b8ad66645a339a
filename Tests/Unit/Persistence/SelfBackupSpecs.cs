using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>When a copy of the catalog is due, and what is in it.</summary>
public sealed class SelfBackupSpecs : IDisposable
{
    private readonly SqliteFixture _catalog = new();
    private readonly TemporaryFolder _folder = new();
    private int _made;

    public void Dispose()
    {
        _catalog.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_copy_is_due_when_a_job_has_ended_since_the_last_one()
    {
        var backup = Backup();
        Assert.False(IsDue(backup, At));
        End(At);

        Assert.True(IsDue(backup, At));
        Made(backup, At);
        Assert.False(IsDue(backup, At));
        End(At.AddSeconds(1), JobKind.Restore);
        Assert.False(IsDue(backup, At.AddSeconds(1)));
        End(At.AddSeconds(2));
        Assert.True(IsDue(backup, At.AddSeconds(2)));
    }

    /// <summary>Else nothing would be newer than what the wrong clock said, for as long as it was ahead.</summary>
    [Fact]
    public void A_clock_that_was_ahead_and_was_put_back_keeps_no_copy_from_being_made()
    {
        var backup = Backup();
        var ahead = At.AddDays(30);
        End(ahead);
        Made(backup, ahead);
        Assert.False(IsDue(backup, ahead));

        End(At);

        Assert.True(IsDue(backup, At));
        Made(backup, At);
        Assert.False(IsDue(backup, At));
        End(At.AddMinutes(1));
        Assert.True(IsDue(backup, At.AddMinutes(1)));
    }

    [Fact]
    public void As_many_copies_stay_as_are_wanted_each_a_whole_catalog()
    {
        var backup = Backup(keep: 2);
        foreach (var day in Enumerable.Range(0, 4))
        {
            End(At.AddDays(day));
            Made(backup, At.AddDays(day));
        }

        var copies = Directory.GetDirectories(_folder.File("copies")).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(
            ["catalog-20260303T103000Z", "catalog-20260304T103000Z"], copies.Select(copy => Path.GetFileName(copy)));
        using var newest = SqliteCatalog.OpenReadOnly(copies[1], TimeProvider.System).Value;
        Assert.Equal(_catalog.Store.Dump.Lines().Value, newest.Dump.Lines().Value);
        Assert.Equal("node {}", File.ReadAllText(Path.Combine(copies[1], SelfBackup.ConfigurationFile)));
    }

    [Fact]
    public void What_copies_left_that_were_interrupted_goes_with_the_next_one()
    {
        var left = Directory.CreateDirectory(_folder.File("copies/catalog-20260101T000000Z.new")).FullName;
        File.WriteAllText(Path.Combine(left, SelfBackup.CatalogFile), "half of it");
        End(At);

        Made(Backup(), At);

        Assert.Equal(
            "catalog-20260301T103000Z",
            Path.GetFileName(Assert.Single(Directory.GetDirectories(_folder.File("copies")))));
    }

    [Fact]
    public void A_directory_that_is_not_mounted_any_more_gets_no_copy_until_it_is()
    {
        var backup = Backup();
        End(At);
        Made(backup, At);
        Directory.Move(_folder.File("copies"), _folder.File("away"));
        End(At.AddDays(1));

        Assert.Contains("not mounted", Assert.Throws<IOException>(() => backup.Copy(At.AddDays(1))).Message,
            StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.File("copies")); // the place where it is mounted
        Assert.Throws<IOException>(() => backup.Copy(At.AddDays(1)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.File("copies")));

        Directory.Delete(_folder.File("copies"));
        Directory.Move(_folder.File("away"), _folder.File("copies"));
        Made(backup, At.AddDays(1));
        Assert.Equal(2, Directory.GetDirectories(_folder.File("copies")).Length);
    }

    [Fact]
    public void What_the_policy_itself_saved_and_what_only_reads_makes_no_copy_due()
    {
        var own = new SelfBackup(_catalog.Store, new SelfBackupRule(
            _folder.File("own"), null, new PolicyName("daily"), IsDaily: false, 7, null, "node {}"));
        End(At);

        Assert.Equal(new SelfBackup.Standing(null, false, At), own.Look(At).Value);
        Assert.Equal(new SelfBackup.Standing(At, false, null), Backup().Look(At).Value);
        Assert.Equal(new SelfBackup.Standing(null, false, null), Backup().Look(At.AddHours(-1)).Value);
    }

    private SelfBackup Backup(int keep = 7) => new(
        _catalog.Store, new SelfBackupRule(
            _folder.File("own"), _folder.File("copies"), null, IsDaily: false, keep, null, "node {}"));

    private static bool IsDue(SelfBackup backup, DateTimeOffset now) => backup.IsDue(backup.Look(now).Value, now);

    private static void Made(SelfBackup backup, DateTimeOffset now)
    {
        Assert.Equal(Recorded.Now, backup.Copy(now).Value);
        backup.Cover(backup.Look(now).Value.Covers!.Value);
    }

    private void End(DateTimeOffset at, JobKind kind = JobKind.Backup)
    {
        var job = _catalog.Store.Jobs.Create(Job($"r{_made++}") with { Kind = kind }).Value.Job;
        Assert.Null(_catalog.Store.Jobs.Update(job, default, new JobUpdate(JobPhase.Ended)
        {
            Outcome = JobOutcome.Complete,
            EndedAt = at,
        }).Failure);
    }
}

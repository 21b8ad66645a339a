using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>A catalog is copied whole, taken over by another, examined, and mended where that loses nothing.</summary>
public abstract class CopyContract(ICatalogFixture original, ICatalogFixture other) : IDisposable
{
    private readonly CatalogStore _original = original.Store;
    private readonly CatalogStore _other = other.Store;
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        original.Dispose();
        other.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void A_copy_is_a_catalog_of_its_own_that_another_takes_over()
    {
        var (whole, _) = Fill();
        var file = _folder.File(SqliteCatalog.FileName);

        Assert.Equal(Recorded.Now, _original.CopyTo(file).Value);

        using (var copy = SqliteCatalog.Open(_folder.Path, TimeProvider.System).Value)
        {
            Assert.Equal(_original.Dump.Lines().Value, copy.Dump.Lines().Value);
            Assert.Null(copy.Check().Failure);
        }
        Assert.Equal([SqliteCatalog.FileName, SqliteCatalog.LockName], Directory.GetFiles(_folder.Path)
            .Select(Path.GetFileName).Order());
        Assert.Equal(Recorded.Now, _other.TakeOver(file).Value);
        Assert.Equal(_original.Dump.Lines().Value, _other.Dump.Lines().Value);
        Assert.Equal(_original.Jobs.Get(whole.Job).Value, _other.Jobs.Get(whole.Job).Value);
        Assert.Equal(
            _original.Jobs.Exceptions(whole.Job, null, 10).Value.Count,
            _other.Jobs.Exceptions(whole.Job, null, 10).Value.Count);
        Assert.IsType<CatalogFailure.Contradiction>(_other.TakeOver(file).Failure);
    }

    [ContractFact]
    public void What_was_at_work_in_a_copy_is_ended_and_no_number_is_given_twice()
    {
        var (whole, open) = Fill();

        Assert.Equal(1, _original.Settle(At).Value);

        Assert.Equal(JobOutcome.Complete, _original.Jobs.Get(whole.Job).Value.Outcome);
        Assert.Equal(
            (JobPhase.Ended, JobOutcome.Cancelled),
            (_original.Jobs.Get(open.Job).Value.Phase, _original.Jobs.Get(open.Job).Value.Outcome));
        Assert.Equal(ImageState.Lacking, _original.Images.Get(open.Image).Value.State);
        Assert.True(_original.Jobs.Create(Job("new")).Value.Job.Value > open.Job.Value + 900);
    }

    [ContractFact]
    public void A_catalog_that_agrees_with_itself_has_no_findings()
    {
        Fill();

        Assert.Empty(_original.Examine(repair: true).Value);
    }

    [ContractTheory]
    [InlineData("UPDATE image SET fragments = fragments + 1 WHERE state = 2", "image-incomplete")]
    [InlineData("UPDATE part SET volume = 'nowhere' WHERE part = 1", "volume-unknown")]
    [InlineData("UPDATE volume SET tape_files = 1", "volume-behind")]
    [InlineData("UPDATE volume SET uuid = (SELECT uuid FROM volume ORDER BY name LIMIT 1)", "volume-twice")]
    [InlineData("DELETE FROM part", "image-without-media", "fragment-without-part")]
    [InlineData(
        "INSERT INTO fragment_copy (image, fragment, copy, index_volume, index_tape_file, state, written_at) "
            + "SELECT image, fragment, 3, 'D0001', 8, 1, 0 FROM fragment", "copy-without-part")]
    [InlineData("DELETE FROM manifest", "manifest-short")]
    [InlineData("DELETE FROM manifest_reference", "manifest-gap")]
    [InlineData("DELETE FROM manifest_block", "manifest-gap")]
    [InlineData("UPDATE image SET base = root, base_root = root WHERE state = 2", "base-unknown")]
    public void What_is_wrong_is_named_and_nothing_of_it_changed(string damage, params string[] kinds)
    {
        Fill();
        original.Run(damage);
        var before = Dump();

        var found = _original.Examine(repair: true).Value;

        Assert.Equal(kinds.Order(), found.Select(finding => finding.Kind).Distinct().Order());
        Assert.DoesNotContain(found, finding => finding.Repaired);
        Assert.Equal(before, Dump());
    }

    [ContractFact]
    public void Leftovers_are_named_first_and_removed_when_that_is_asked_for()
    {
        var (_, open) = Fill();
        Assert.Null(_original.Manifests.Stage(Fragment(open.Image, 1).Key, [Block(0, "1/a")]).Failure);
        original.Run("UPDATE image SET state = 3");
        original.Run("UPDATE counter SET value = 0 WHERE name = 'job'");
        var before = Dump();

        var named = _original.Examine(repair: false).Value;
        var mended = _original.Examine(repair: true).Value;

        Assert.Equal(["counter-behind", "staged-left"], named.Select(finding => finding.Kind).Order());
        Assert.All(named, finding => Assert.False(finding.Repaired));
        Assert.All(mended, finding => Assert.True(finding.Repaired));
        Assert.Empty(_original.Examine(repair: false).Value);
        Assert.Equal(before, Dump());
        Assert.True(_original.Jobs.Create(Job("new")).Value.Job.Value > open.Job.Value);
    }

    /// <summary>A damaged one cannot always be listed whole.</summary>
    private string Dump() => _original.Dump.Lines().Is(out var lines, out var failure)
        ? string.Join('\n', lines) : failure.ToString();

    private (NewImage Whole, NewImage Open) Fill()
    {
        var (job, id) = _original.OpenImage("request-1");
        _original.StageAndClose(id, 0);
        _original.StageAndClose(id, 1);
        var copied = Fragment(id, 0) with
        {
            Copy = 2,
            CopiedAt = At,
            Index = new TapePosition(new VolumeName("D0002"), 8),
            Parts = [new PartRecord(0, new TapePosition(new VolumeName("D0002"), 7), 0, 400)],
        };
        Assert.Equal(Recorded.Now, _original.Copies.Add(copied, job.Job, First).Value);
        _original.Images.Seal(id, Seal(2), ByFirst);
        _original.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
        var (other, open) = _original.OpenImage("request-2");
        _original.StageAndClose(open, 0);
        foreach (var name in (string[])["D0001", "D0002"]) _original.Volumes.Record(Volume(name) with { TapeFiles = 9 });
        return (Image(job.Job, id), Image(other.Job, open));
    }
}

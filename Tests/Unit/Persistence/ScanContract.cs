using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public abstract class ScanContract(ICatalogFixture lost, ICatalogFixture rebuilt) : IDisposable
{
    private readonly CatalogStore _lost = lost.Store;
    private readonly CatalogStore _rebuilt = rebuilt.Store;

    public void Dispose()
    {
        lost.Dispose();
        rebuilt.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void A_catalog_that_is_rebuilt_from_the_media_equals_the_lost_one()
    {
        var (sealedImage, killed) = Fill();

        Scan(_rebuilt, sealedImage, isSealed: true);
        Scan(_rebuilt, killed, isSealed: false);

        Assert.Equal(_lost.Dump.Lines().Value, _rebuilt.Dump.Lines().Value);
        Assert.Equal(ImageOrigin.Scanned, _rebuilt.Images.Get(sealedImage.Image).Value.Origin);
    }

    [ContractFact]
    public void A_scan_into_a_catalog_that_knows_it_all_changes_nothing()
    {
        var (sealedImage, killed) = Fill();
        var before = _lost.Dump.Lines().Value;

        Scan(_lost, sealedImage, isSealed: true);
        Scan(_lost, killed, isSealed: false);

        Assert.Equal(before, _lost.Dump.Lines().Value);
        Assert.Equal(ImageOrigin.Recorded, _lost.Images.Get(sealedImage.Image).Value.Origin);
        Assert.Equal(JobPhase.Ended, _lost.Jobs.Get(sealedImage.Job).Value.Phase);
    }

    [ContractFact]
    public void A_catalog_older_than_the_media_takes_over_what_it_lacks()
    {
        var (job, id) = _lost.OpenImage();
        _lost.StageAndClose(id, 0);
        _lost.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Incomplete });
        _lost.Images.Abandon(id, ByFirst);

        Scan(_lost, Image(job.Job, id), isSealed: true);

        Assert.Equal((ImageState.Sealed, 2), (_lost.Images.Get(id).Value.State, _lost.Images.Get(id).Value.Fragments));
    }

    [ContractFact]
    public void A_scan_does_not_give_up_an_image_whose_job_is_at_work()
    {
        var (job, id) = _lost.OpenImage();
        _lost.StageAndClose(id, 0);

        _lost.Images.RecordScanned(Image(job.Job, id));
        var refused = _lost.Images.Abandon(id, Authority.OfMedium);

        Assert.IsType<CatalogFailure.Contradiction>(refused.Failure);
        Assert.Equal(ImageState.Open, _lost.Images.Get(id).Value.State);
    }

    [ContractFact]
    public void What_lacks_something_is_none_that_was_given_up_and_becomes_whole_with_the_rest()
    {
        var image = Image(new JobId(5));
        Assert.Null(_rebuilt.Images.RecordScanned(image).Failure);
        Assert.Null(_rebuilt.StageAndClose(image.Image, 0, First, Authority.OfMedium).Failure);

        Assert.Equal(Recorded.Now, _rebuilt.Images.Lack(image.Image, "fragment 1").Value);
        Assert.Equal(Recorded.Before, _rebuilt.Images.Lack(image.Image, "fragment 1").Value);

        var lacking = _rebuilt.Images.Get(image.Image).Value;
        Assert.Equal((ImageState.Lacking, "fragment 1", 1), (lacking.State, lacking.Lacks, lacking.Fragments));
        Scan(_rebuilt, image, isSealed: true);
        var whole = _rebuilt.Images.Get(image.Image).Value;
        Assert.Equal((ImageState.Sealed, null, 2), (whole.State, whole.Lacks, whole.Fragments));
        Assert.Equal(Recorded.Before, _rebuilt.Images.Lack(image.Image, "fragment 1").Value);
        Assert.Equal(ImageState.Sealed, _rebuilt.Images.Get(image.Image).Value.State);
    }

    [ContractFact]
    public void An_image_whose_own_job_gave_it_up_lacks_nothing_that_could_come()
    {
        var (_, killed) = Fill();

        Assert.Equal(Recorded.Before, _lost.Images.Lack(killed.Image, "its seal").Value);

        Assert.Equal(ImageState.Abandoned, _lost.Images.Get(killed.Image).Value.State);
    }

    [ContractFact]
    public void The_numbers_of_jobs_that_only_the_media_know_are_not_given_again()
    {
        Scan(_rebuilt, Image(new JobId(41)), isSealed: true);

        var known = _rebuilt.Jobs.Get(new JobId(41)).Value;
        Assert.Equal((JobPhase.Ended, JobOutcome.Complete), (known.Phase, known.Outcome));
        Assert.Equal(42, _rebuilt.Jobs.Create(Job()).Value.Job.Value);
    }

    /// <summary>A catalog with a sealed image, one that was killed and given up, and two volumes.</summary>
    private (NewImage Sealed, NewImage Killed) Fill()
    {
        var (job, id) = _lost.OpenImage("request-1");
        _lost.StageAndClose(id, 0);
        _lost.StageAndClose(id, 1);
        _lost.Images.Seal(id, Seal(2), ByFirst);
        _lost.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
        var (other, killed) = _lost.OpenImage("request-2");
        _lost.StageAndClose(killed, 0);
        _lost.StageAndClose(killed, 1);
        _lost.Manifests.Stage(Fragment(killed, 2).Key, [Block(0, "2/a")]);
        _lost.Images.Abandon(killed, ByFirst);
        _lost.Jobs.Update(other.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Failed });
        _lost.Volumes.Record(Volume("D0001"));
        _lost.Volumes.Record(Volume("D0002"));
        return (Image(job.Job, id), Image(other.Job, killed));
    }

    private static void Scan(CatalogStore store, NewImage image, bool isSealed)
    {
        Assert.Null(store.Images.RecordScanned(image).Failure);
        for (var fragment = 0; fragment < 2; fragment++)
            Assert.Null(store.StageAndClose(image.Image, fragment, First, Authority.OfMedium).Failure);
        var ended = isSealed
            ? store.Images.Seal(image.Image, Seal(2), Authority.OfMedium)
            : store.Images.Abandon(image.Image, Authority.OfMedium);
        Assert.Null(ended.Failure);
        store.Volumes.Record(Volume("D0001"));
        store.Volumes.Record(Volume("D0002"));
    }
}

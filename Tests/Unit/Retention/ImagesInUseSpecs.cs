using Backup.Actors.Jobs;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Levels;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Retention;

/// <summary>What unfinished jobs read or build on.</summary>
public sealed class ImagesInUseSpecs : IDisposable
{
    private readonly SqliteFixture _catalog = new();
    private readonly IReadOnlyList<ImageId> _images;

    public ImagesInUseSpecs()
    {
        _images = ChainSample.Record(_catalog.Store, 3, default);
        foreach (var job in _catalog.Store.Jobs.Unfinished().Value) End(job.Job);
    }

    [Fact]
    public void A_backup_that_waits_uses_nothing_since_it_chooses_its_base_when_it_begins()
    {
        Create(JobKind.Backup);

        Assert.Empty(Used());
    }

    [Fact]
    public void A_backup_that_has_begun_may_build_on_any_image_of_its_set_until_its_own_is_recorded()
    {
        var job = Create(JobKind.Backup);
        var epoch = _catalog.Store.Jobs.TakeEpoch(job, default).Value;
        Create(JobKind.Backup, client: "web2");

        Assert.Equal(_images.Select(image => (image, job)).ToHashSet(), Used());

        var own = CatalogSamples.Image(job) with { Level = 2, Base = _images[1], BaseRoot = CatalogSamples.Root(0) };
        Assert.Null(_catalog.Store.Images.Open(own, epoch).Failure);
        Assert.Null(_catalog.Store.Jobs.Update(job, epoch, new JobUpdate(JobPhase.Transferring)).Failure);
        Assert.Equal(new[] { (_images[1], job) }.ToHashSet(), Used());

        // Its next attempt may have chosen anew
        Assert.Null(_catalog.Store.Jobs.Update(job, epoch, new JobUpdate(JobPhase.Waiting)).Failure);
        Assert.Equal(_images.Select(image => (image, job)).ToHashSet(), Used());

        End(job);
        Assert.Empty(Used());
    }

    [Fact]
    public void A_clone_that_waits_uses_its_base_and_a_full_that_has_begun_what_it_may_refer_to()
    {
        var clone = Create(
            JobKind.Backup, JobSamples.Save() with { Base = new JobBase(_images[1], default, CatalogSamples.At) });
        Assert.Equal(new[] { (_images[1], clone) }.ToHashSet(), Used());
        End(clone);

        var full = Create(JobKind.Backup, JobSamples.Save() with { Reference = new PolicyName("daily") }, "web1", "x");
        Assert.Equal(_images.Select(image => (image, full)).ToHashSet(), Used()); // it chooses before it has its epoch
        _catalog.Store.Jobs.TakeEpoch(full, default);

        Assert.Equal(_images.Select(image => (image, full)).ToHashSet(), Used());
    }

    [Fact]
    public void What_other_jobs_read_is_named_in_their_definition()
    {
        var restore = Create(
            JobKind.Restore, JobSamples.Restore with { Image = _images[1], Chain = [_images[0], _images[1]] });
        Assert.Equal(new[] { (_images[0], restore), (_images[1], restore) }.ToHashSet(), Used());
        End(restore);

        var estimate = Create(
            JobKind.Estimate, JobSamples.Estimate with { Levels = [new EstimatedLevel(1, _images[2], default)] });

        Assert.Equal(new[] { (_images[2], estimate) }.ToHashSet(), Used());
    }

    private HashSet<(ImageId Image, JobId Job)> Used() =>
        new ImagesInUse(_catalog.Store).Among(_catalog.Store.Images.List(new ImageFilter(State: ImageState.Sealed), 100).Value).Value
            .Select(pair => (pair.Key, pair.Value)).ToHashSet();

    private JobId Create(
        JobKind kind, JobSpec? spec = null, string client = "web1", string fileSet = "etc") => _catalog.Store.Jobs.Create(
        CatalogSamples.Job($"{kind} of {client} {fileSet}", client) with
        {
            Kind = kind,
            FileSet = new FileSetName(fileSet),
            Parameters = spec is null ? "{}" : JobSpecs.Write(spec),
        }).Value.Job;

    private void End(JobId job)
    {
        var row = _catalog.Store.Jobs.Get(job).Value;
        Assert.Null(_catalog.Store.Jobs.Update(
            job, row.Epoch, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete, EndedAt = CatalogSamples.At })
            .Failure);
    }

    public void Dispose() => _catalog.Dispose();
}

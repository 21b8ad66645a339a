using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>How copies leave a pool by its own retention, what keeps them there, and which are to be healed.</summary>
public abstract class CopyExpiryContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly IReadOnlyDictionary<ImageId, JobId> Nobody = new Dictionary<ImageId, JobId>();
    private static readonly PoolName Disk = new("main");
    private static readonly PoolName Tape = new("far");
    private readonly CatalogStore _store = fixture.Store;
    private int _files = 1;
    private int _jobs;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void What_is_condemned_in_a_pool_goes_after_its_time_and_the_image_stays_elsewhere()
    {
        Volumes();
        var image = Add();
        Assert.Equal(1, _store.Expiry.Condemn([new(image, Disk)], At).Value);
        Assert.Equal(0, _store.Expiry.Condemn([new(image, Disk)], At.AddDays(1)).Value);
        Assert.Equal("its time has not come", Expire(image, At.AddTicks(-1)));
        Assert.Equal("no other copy of it is whole in one library", Expire(image, At));
        Copy(image);
        Assert.Equal(
            [new(image, Tape, new LibraryName("robot"), 1), new(image, Disk, new LibraryName("vault"), 1)],
            _store.Expiry.Pooled().Value);
        Assert.Equal(new(new(image, Disk), At, null), Assert.Single(_store.Expiry.List(image).Value));

        Assert.Null(Expire(image, At));

        Assert.Equal("it is not condemned any more", Expire(image, At)); // repeated
        var copy = Assert.Single(Assert.Single(_store.Images.Fragments(image, -1, 9).Value).Copies);
        Assert.Equal((2, "F0001"), (copy.Copy, copy.Index.Volume.Value));
        Assert.Equal(ImageState.Sealed, _store.Images.Get(image).Value.State);
        Assert.Equal([Tape], _store.Expiry.Pooled().Value.Select(each => each.Pool));
        Assert.Equal(2, _store.Retention.Released(new VolumeName("D0001")).Value.Count);
        Assert.Equal(new(new(image, Disk), At, At.AddHours(1)), Assert.Single(_store.Expiry.List().Value));
        // Nothing takes that back; where somebody copies it there again, it begins anew
        Assert.Equal(0, _store.Expiry.Reprieve([new(image, Disk)]).Value);
        Assert.Equal(1, _store.Expiry.Condemn([new(image, Disk)], At.AddDays(2)).Value);
        Assert.Equal(new(new(image, Disk), At.AddDays(2), null), Assert.Single(_store.Expiry.List().Value));
        // The last copy, whatever the rules of its pool
        _store.Expiry.Condemn([new(image, Tape)], At);
        Assert.NotNull(Expire(image, At, Tape));
    }

    [ContractFact]
    public void What_speaks_against_it_is_asked_when_it_goes()
    {
        Volumes();
        var (image, later) = (Add(), Add());
        foreach (var each in (ImageId[])[image, later]) Copy(each);
        Assert.Equal("it is not condemned any more", Expire(image, At));
        Condemn();
        Assert.Equal("job 12 uses it", Expire(image, At, usedBy: new Dictionary<ImageId, JobId> { [image] = new(12) }));
        Assert.Equal(
            Recorded.Now, _store.Retention.Mark(new ImageMark(image, ImageMarkKind.Hold, "", "audit", At)).Value);
        Assert.Equal("it is not condemned any more", Expire(image, At));
        Condemn();
        Assert.Equal("somebody holds it", Expire(image, At));
        _store.Retention.Unmark(image, ImageMarkKind.Hold, "");
        Assert.Equal(0, _store.Retention.Reprieve([image]).Value);
        Assert.Empty(_store.Expiry.List().Value);
        Condemn();
        var backup = _store.Jobs.Create(CatalogSamples.Job("backup")).Value.Job;
        Assert.Equal($"job {backup} may build on it", Expire(image, At));
        End(backup);
        var scan = Job(JobKind.Scan);
        Assert.Equal("a scan is at work", Expire(image, At));
        End(scan);
        _store.Volumes.Update(new VolumeName("F0001"), default, new VolumeUpdate(VolumeState.Error));
        Assert.Equal("no other copy of it is whole in one library", Expire(image, At));
        Assert.Equal([0, 1], _store.Expiry.Pooled().Value.Where(each => each.Image == image).Select(each => each.Well));
        _store.Volumes.Update(new VolumeName("F0001"), default, new VolumeUpdate(VolumeState.Full));
        Assert.Null(Expire(image, At));
        Assert.IsType<CatalogFailure.Unknown>(
            _store.Expiry.Expire(new(ImageId.New(), Disk), At, At, _ => Nobody).Failure);
        // The image goes, and what was known of its copies
        _store.Retention.Condemn([image], At);
        Assert.Null(_store.Retention.Purge(image, At, At, _ => Nobody).Value.Why);
        Assert.Empty(_store.Expiry.List().Value);

        void Condemn() => _store.Expiry.Condemn([new(image, Disk)], At);
    }

    [ContractFact]
    public void A_chain_is_never_left_in_two_libraries()
    {
        Volumes();
        var full = Add();
        var above = Add(full);
        Copy(full);
        _store.Expiry.Condemn([new(full, Disk), new(above, Disk)], At);

        Assert.StartsWith($"image {above}, which", Expire(full, At), StringComparison.Ordinal);

        Copy(above);
        Assert.Null(Expire(full, At));
        Assert.Null(Expire(above, At));
    }

    [ContractFact]
    public void What_is_to_be_healed_is_read_page_by_page()
    {
        Volumes();
        var images = Enumerable.Range(0, 5).Select(_ => Add()).OrderBy(image => image.Value).ToList();
        foreach (var image in images) Copy(image);
        var job = Job(JobKind.Scrub);
        foreach (var image in images)
            _store.Copies.Mark(
                Assert.Single(_store.Images.Fragments(image, -1, 9).Value).Copies[0].Index, CopyState.Damaged,
                "a block", job, First);

        var first = _store.Copies.ToHeal(3).Value;
        var rest = _store.Copies.ToHeal(3, first[^1]).Value;

        Assert.Equal(images.Select(image => new CopyOnVolume(image, 0, 1)), first.Concat(rest));
        Assert.Equal((3, 2), (first.Count, rest.Count));
        Assert.Empty(_store.Copies.ToHeal(3, rest[^1]).Value);
        Assert.Equal(images[3], Assert.Single(_store.Copies.ToHeal(3, first[0], images[3]).Value).Image);
    }

    private string? Expire(
        ImageId image, DateTimeOffset before, PoolName? pool = null,
        IReadOnlyDictionary<ImageId, JobId>? usedBy = null) =>
        _store.Expiry.Expire(new(image, pool ?? Disk), before, At.AddHours(1), _ => usedBy ?? Nobody).Value.Why;

    private void Volumes()
    {
        _store.Volumes.Record(Volume("D0001"));
        _store.Volumes.Record(Volume("F0001", pool: Tape.Value) with { Library = new LibraryName("robot") });
    }

    private ImageId Add(ImageId? of = null)
    {
        var job = Job(JobKind.Backup);
        var image = Image(job) with
        {
            Base = of,
            BaseRoot = of is null ? null : Root(0),
            Level = of is null ? 0 : 1,
        };
        _store.Images.Open(image, First);
        _store.Manifests.Stage(Fragment(image.Image, 0).Key, [Block(0, "0/a"), Block(1, "0/m")]);
        Assert.Equal(
            Recorded.Now,
            _store.Images.CloseFragment(new FragmentClosing(Placed(image.Image, "D0001"), 2, []), ByFirst).Value);
        Assert.Equal(Recorded.Now, _store.Images.Seal(image.Image, Seal(1), ByFirst).Value);
        End(job);
        return image.Image;
    }

    private void Copy(ImageId image)
    {
        var job = Job(JobKind.Copy);
        var copy = Placed(image, "F0001") with { Copy = 2, CopiedAt = At };
        Assert.Equal(Recorded.Now, _store.Copies.Add(copy, job, First).Value);
        End(job);
    }

    private FragmentRecord Placed(ImageId image, string volume)
    {
        var (data, index) = (_files++, _files++);
        return Fragment(image, 0) with
        {
            Parts = [new PartRecord(0, new TapePosition(new VolumeName(volume), data), 0, 400)],
            Index = new TapePosition(new VolumeName(volume), index),
        };
    }

    private JobId Job(JobKind kind)
    {
        var job = _store.Jobs.Create(CatalogSamples.Job($"job-{_jobs++}") with { Kind = kind }).Value.Job;
        _store.Jobs.TakeEpoch(job, default);
        return job;
    }

    private void End(JobId job)
    {
        var epoch = _store.Jobs.Get(job).Value.Epoch;
        Assert.Null(_store.Jobs.Update(
            job, epoch, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete, EndedAt = At }).Failure);
    }
}

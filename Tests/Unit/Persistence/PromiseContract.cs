using Backup.Actors.Copies;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>Copies that were promised with a backup: what the catalog says is there of them.</summary>
public abstract class PromiseContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly PoolName Main = new("main");
    private static readonly PoolName Far = new("far");
    private static readonly PoolName Bank = new("bank");
    private readonly CatalogStore _store = fixture.Store;
    private int _files = 100;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void A_promise_is_open_until_its_copy_is_whole_and_again_when_that_is_lost()
    {
        Shelve();
        var image = Saved("request-1", Far, Bank);
        Saved("request-2"); // nothing was promised
        Assert.Equal([new PendingCopy(2, Far), new PendingCopy(3, Bank)], Pending(image));

        Copied(image, 2, "F0001", fragments: 1);
        Assert.Equal([new PendingCopy(2, Far), new PendingCopy(3, Bank)], Pending(image)); // half of it
        Copied(image, 2, "F0001", fragments: 2);
        Assert.Equal([new PendingCopy(3, Bank)], Pending(image));
        Copied(image, 3, "B0001", fragments: 2);
        Assert.Empty(Pending(image));
        Assert.Empty(new CopyPromises(_store).Sentences().Value);

        fixture.Run($"UPDATE volume SET state = {(int)VolumeState.Disabled} WHERE name = 'F0001'");
        Assert.Equal([new PendingCopy(3, Far)], Pending(image));
        Assert.Equal(
            "1 image has no copy in pool far yet, where one is promised.",
            Assert.Single(new CopyPromises(_store).Sentences().Value));
        Assert.Equal([image], new CopyPromises(_store).Pending().Value.Keys);
    }

    [ContractFact]
    public void A_promise_goes_with_a_copy_that_is_migrated()
    {
        Shelve();
        var image = Saved("request-1", Far);
        Copied(image, 2, "B0001", fragments: 2);
        Assert.Equal([new PendingCopy(2, Far)], Pending(image));

        var move = new CopySpec(
            image, Root(1), 2, new PolicyName("daily"), new ClientName("web1"), new FileSetName("etc"), Bank,
            new LibraryName("vault"), new LibraryName("vault"), new RetryRule(1, TimeSpan.Zero), Retires: Far);
        End(_store.Jobs.Create(Job("move") with { Kind = JobKind.Migrate, Parameters = JobSpecs.Write(move) }).Value);

        Assert.Empty(Pending(image));
    }

    [ContractFact]
    public void What_is_to_go_is_promised_nothing()
    {
        Shelve();
        var image = Saved("request-1", Far);
        Assert.Equal(1, _store.Retention.Condemn([image], At).Value);

        Assert.Empty(Pending(image));
    }

    [ContractFact]
    public void Copies_begin_when_no_job_makes_them_none_failed_just_now_and_their_pool_has_room()
    {
        Shelve();
        var image = Saved("request-1", Far);
        IReadOnlyList<PoolName> Due(DateTimeOffset now, params PoolShelf[] shelves) =>
            [.. new CopyPromises(_store).Due(
                new CopyCare([], Heals: false, TimeSpan.Zero)
                {
                    RetryAfter = TimeSpan.FromHours(1),
                    Shelves = [.. shelves.Select(shelf => new Backup.Actors.Gateway.PoolShelf(
                        shelf.Pool, [new(new LibraryName("vault"), shelf.Slots, 1, Labels: true)]))],
                }, now).Value.Select(copy => copy.Pool)];
        Assert.Equal([Far], Due(At));
        // Four volumes stand in the slots, and none of them takes anything
        Assert.Empty(Due(At, new PoolShelf(Far, 4)));
        Assert.Equal([Far], Due(At, new PoolShelf(Far, 9)));

        var job = _store.Jobs.Create(Job("copy") with { Kind = JobKind.Copy, Parameters = Copy(image) }).Value;
        Assert.Empty(Due(At));
        End(job, JobOutcome.Failed);
        Assert.Empty(Due(At.AddMinutes(59)));
        Assert.Equal([Far], Due(At.AddMinutes(61)));
    }

    [ContractFact]
    public void A_stamp_is_another_one_when_jobs_images_or_volumes_are()
    {
        var stamps = new HashSet<CopyStamp>();
        void IsNew() => Assert.True(stamps.Add(_store.Promises.Stamp().Value));
        IsNew();
        Shelve();
        IsNew();
        Saved("request-1", Far);
        IsNew();
        var job = _store.Jobs.Create(Job("copy")).Value;
        IsNew();
        End(job);
        IsNew();
        fixture.Run($"UPDATE volume SET state = {(int)VolumeState.Disabled} WHERE name = 'F0001'");
        IsNew();
        Assert.False(stamps.Add(_store.Promises.Stamp().Value));
    }

    private readonly record struct PoolShelf(PoolName Pool, int Slots);

    private IReadOnlyList<PendingCopy> Pending(ImageId image) =>
        new CopyPromises(_store).Pending(image).Value.GetValueOrDefault(image, []);

    private void Shelve()
    {
        foreach (var (name, pool) in (ValueTuple<string, string>[])[
            ("D0001", "main"), ("D0002", "main"), ("F0001", "far"), ("B0001", "bank")])
            _store.Volumes.Record(Volume(name, VolumeState.Full, pool) with { TapeFiles = 999 });
    }

    private static string Copy(ImageId image) => JobSpecs.Write(new CopySpec(
        image, Root(1), 2, new PolicyName("daily"), new ClientName("web1"), new FileSetName("etc"), Far,
        new LibraryName("vault"), new LibraryName("vault"), new RetryRule(1, TimeSpan.Zero)));

    private ImageId Saved(string request, params PoolName[] copyTo)
    {
        var id = ImageId.New();
        var spec = new BackupSpec(
            new PolicyName("daily"), new ClientName("web1"), new FileSet(new FileSetName("etc"), []), Main,
            new LibraryName("vault"), 0, "", id, 1, 1, 1, new RetryRule(1, TimeSpan.Zero),
            CopyTo: copyTo.Length == 0 ? null : copyTo);
        var job = _store.Jobs.Create(Job(request) with { Parameters = JobSpecs.Write(spec) }).Value;
        _store.Jobs.TakeEpoch(job.Job, default);
        _store.Images.Open(Image(job.Job, id), First);
        _store.StageAndClose(id, 0);
        _store.StageAndClose(id, 1);
        Assert.Equal(Recorded.Now, _store.Images.Seal(id, Seal(2), ByFirst).Value);
        _store.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
        return id;
    }

    private void Copied(ImageId image, int number, string volume, int fragments)
    {
        var job = _store.Jobs.Create(Job($"copy-{number}-{fragments}")).Value;
        _store.Jobs.TakeEpoch(job.Job, default);
        for (var at = 0; at < fragments; at++)
        {
            if (_store.Images.Fragments(image, at - 1, 1).Value[0].Copies.Any(copy => copy.Copy == number)) continue;
            var (part, index) = (_files++, _files++);
            Assert.Equal(Recorded.Now, _store.Copies.Add(
                Fragment(image, at) with
                {
                    Copy = number,
                    CopiedAt = At,
                    Index = new TapePosition(new VolumeName(volume), index),
                    Parts = [new PartRecord(0, new TapePosition(new VolumeName(volume), part), 0, 400)],
                }, job.Job, First).Value);
        }
        _store.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
    }

    private void End(JobRecord job, JobOutcome outcome = JobOutcome.Complete)
    {
        _store.Jobs.TakeEpoch(job.Job, default);
        Assert.Equal(Recorded.Now, _store.Jobs.Update(
            job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = outcome, EndedAt = At }).Value);
    }
}

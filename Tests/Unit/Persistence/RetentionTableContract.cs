using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>How images leave the catalog, and what keeps them in it.</summary>
public abstract class RetentionTableContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly IReadOnlyDictionary<ImageId, JobId> Nobody = new Dictionary<ImageId, JobId>();
    private readonly CatalogStore _store = fixture.Store;
    private int _images;
    private int _files = 1;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void What_is_condemned_goes_after_its_time_with_all_that_the_catalog_had_of_it()
    {
        Volumes();
        var (old, young) = (Add(), Add());
        Assert.Equal(1, _store.Retention.Condemn([old], At).Value);
        Assert.Equal(0, _store.Retention.Condemn([old], At.AddDays(1)).Value);
        Assert.Equal(At, _store.Images.Get(old).Value.CondemnedAt);
        Assert.Equal("its time has not come", Purge(old, At.AddTicks(-1)));
        Assert.Equal("it is not condemned any more", Purge(young, At));

        Assert.Null(Purge(old, At));
        Assert.Null(Purge(old, At)); // repeated

        var gone = _store.Images.Get(old).Value;
        Assert.Equal((ImageState.Purged, 0, 0L), (gone.State, gone.Fragments, gone.Blocks));
        Assert.Empty(_store.Images.Fragments(old, -1, 9).Value);
        Assert.Empty(_store.Manifests.Read(old, -1, 9).Value);
        Assert.Equal(2, _store.Retention.Released().Value.Count); // a part and an index
        Assert.All(_store.Retention.Released(new VolumeName("D0001")).Value, file => Assert.Equal(old, file.Key.Image));
        Assert.Equal("", _store.Retention.WhyKept(Fragment(old, 0).Key).Value);
        Assert.NotEqual("", _store.Retention.WhyKept(Fragment(young, 0).Key).Value);
        Assert.Equal([young], _store.Retention.Holdings().Value.Select(holding => holding.Image).Distinct());
        _store.Retention.Gone(new VolumeName("D0001"), Volume("D0001").Uuid, [2]);
        Assert.Single(_store.Retention.Released().Value, file => file.IsGone);
    }

    [ContractFact]
    public void What_speaks_against_it_is_asked_when_it_goes()
    {
        Volumes();
        var first = Add();
        var second = Add(of: first);
        _store.Retention.Condemn([first, second], At);

        Assert.Equal("another image builds on it", Purge(first, At));
        Assert.Equal("job 12 uses it", Purge(second, At, new Dictionary<ImageId, JobId> { [second] = new(12) }));
        Assert.Equal(Recorded.Now, _store.Retention.Mark(new ImageMark(second, ImageMarkKind.Hold, "", "audit", At)).Value);
        Assert.Equal("it is not condemned any more", Purge(second, At));
        _store.Retention.Condemn([second], At);
        Assert.Equal("somebody holds it", Purge(second, At));
        Assert.Equal(Recorded.Now, _store.Retention.Unmark(second, ImageMarkKind.Hold, "").Value);
        Assert.Null(Purge(second, At));
        Assert.Equal("nothing else of its client and file set can be restored", Purge(first, At));
        Assert.Equal(1, _store.Retention.Reprieve([first]).Value);
        Assert.IsType<CatalogFailure.Contradiction>(
            _store.Retention.Mark(new ImageMark(second, ImageMarkKind.Tag, "x", null, At)).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_store.Retention.Purge(ImageId.New(), At, At, _ => Nobody).Failure);
    }

    [ContractFact]
    public void A_backup_that_has_begun_keeps_all_that_it_may_build_on_until_its_image_says_on_what()
    {
        Volumes();
        var (old, young) = (Add(), Add());
        _store.Retention.Condemn([old, young], At);
        var job = _store.Jobs.Create(Job("running")).Value.Job;
        _store.Jobs.TakeEpoch(job, default);

        Assert.Equal($"job {job} may build on it", Purge(old, At));
        var image = Image(job) with { Base = young, BaseRoot = Root(0) };
        _store.Images.Open(image, First);
        _store.Jobs.Update(job, First, new JobUpdate(JobPhase.Transferring));

        Assert.Equal("another image builds on it", Purge(young, At));
        Assert.Null(Purge(old, At));
    }

    [ContractFact]
    public void A_purged_base_can_be_scanned_in_again_although_others_have_its_references()
    {
        Volumes();
        var old = Add();
        var (job, sharing) = _store.OpenImage("sharing");
        _store.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Transferring));
        _store.Manifests.Stage(Fragment(sharing, 0).Key, [Block(0, "0/0")], [new StagedRun(1, 2, old, 0)]);
        Close(sharing, 3);
        _store.Retention.Condemn([old], At);
        Assert.Null(Purge(old, At));
        _store.Manifests.Sweep(fixture.Clock.Now.AddDays(1));

        // A scan may cut it otherwise
        var known = _store.Images.Get(old).Value.Opened;
        Assert.Equal(Recorded.Before, _store.Images.RecordScanned(known).Value);
        var key = Fragment(old, 0).Key;
        _store.Manifests.Stage(key, [Block(0, "0/a"), Block(1, "0/b"), Block(2, "0/m")]);
        _files = 1; // where it lies
        Assert.Equal(
            Recorded.Now,
            _store.Images.CloseFragment(new FragmentClosing(Placed(old), 3, []), Authority.OfMedium).Value);
        Assert.Equal(Recorded.Now, _store.Images.Seal(old, Seal(1), Authority.OfMedium).Value);

        Assert.Equal(["0/a", "0/b", "0/m"], Paths(old));
        Assert.Equal(["0/0", "0/a", "0/m"], Paths(sharing));
        Assert.Empty(_store.Retention.Released().Value); // what the catalog needs again is not released
        Assert.Null(_store.Images.Get(old).Value.CondemnedAt);
    }

    /// <summary>A node that is killed, or a volume that is away, while the space is given back.</summary>
    [ContractFact]
    public void What_no_rule_kept_stays_given_up_when_a_scan_finds_a_part_of_it()
    {
        Volumes();
        var (old, _) = (Add(), Add());
        var image = _store.Images.Get(old).Value.Opened;
        _store.Retention.Condemn([old], At);
        Assert.Null(Purge(old, At));
        Assert.Equal(Recorded.Before, _store.Images.Lack(old, "fragment 1").Value);

        Assert.Null(_store.Images.RecordScanned(image).Failure);
        Assert.Null(_store.StageAndClose(old, 0, First, Authority.OfMedium).Failure);
        Assert.Equal(Recorded.Before, _store.Images.Lack(old, "fragment 1").Value);

        var gone = _store.Images.Get(old).Value;
        Assert.Equal((ImageState.Purged, 0, At.AddDays(1)), (gone.State, gone.Fragments, gone.PurgedAt));
        Assert.Empty(_store.Images.Fragments(old, -1, 9).Value);
        Assert.Equal("", _store.Retention.WhyKept(Fragment(old, 0).Key).Value);
        Assert.Equal(Recorded.Before, _store.Images.Abandon(old, Authority.OfMedium).Value);
        Assert.Equal(ImageState.Purged, _store.Images.Get(old).Value.State);
    }

    [ContractFact]
    public void What_a_migration_takes_out_of_use_is_released_and_its_image_stays()
    {
        Volumes();
        _store.Volumes.Record(Volume("F0001", pool: "far"));
        var (moved, stays) = (Add(), Add());
        var job = _store.Jobs.Create(Job("migration")).Value.Job;
        _store.Jobs.TakeEpoch(job, default);
        var original = _store.Images.Fragments(moved, -1, 9).Value.Single();
        var copied = Placed(moved, "F0001") with { Copy = 2, CopiedAt = At };
        Assert.IsType<CatalogFailure.Contradiction>(
            Retire(_ => null).Failure);
        Assert.Equal(Recorded.Now, _store.Copies.Add(copied, job, First).Value);
        _store.Volumes.Update(new VolumeName("F0001"), default, new VolumeUpdate(VolumeState.Error));
        Assert.IsType<CatalogFailure.Contradiction>(Retire(_ => null).Failure); // what stays must be well
        _store.Volumes.Update(new VolumeName("F0001"), default, new VolumeUpdate(VolumeState.Full));
        var reader = new JobId(77);
        Assert.Equal(new CopyRetirement(0, reader), Retire(_ => reader).Value);
        Assert.Empty(_store.Retention.Released().Value);

        Assert.Equal(new CopyRetirement(1, null), Retire(jobs => jobs.Any(each => each.Job == job) ? null : job).Value);
        Assert.Equal(new CopyRetirement(0, null), Retire(_ => null).Value);

        Assert.Equal(
            [original.Parts[0].Position, original.Index],
            _store.Retention.Released().Value.Select(file => file.Position));
        Assert.All(_store.Retention.Released().Value, file => Assert.Equal(original.Key, file.Key));
        Assert.Equal(copied.Index, _store.Images.Fragments(moved, -1, 9).Value.Single().Index);
        Assert.Equal(ImageState.Sealed, _store.Images.Get(moved).Value.State);
        Assert.DoesNotContain(
            _store.Retention.Holdings().Value, held => held.Image == moved && held.Volume != new VolumeName("F0001"));
        Assert.Contains(_store.Retention.Holdings().Value, held => held.Image == stays);

        CatalogAnswer<CopyRetirement> Retire(Func<IReadOnlyList<JobRecord>, JobId?> readBy) =>
            _store.Copies.Retire(moved, 2, new PoolName("main"), job, First, readBy);
    }

    [ContractFact]
    public void Of_a_chain_no_original_goes_before_all_of_it_is_in_the_other_library()
    {
        Volumes();
        _store.Volumes.Record(Volume("F0001", pool: "far") with { Library = new LibraryName("far") });
        var full = Add();
        var first = Add(of: full);
        var second = Add(of: first);
        var job = _store.Jobs.Create(Job("copies") with { Kind = JobKind.Copy }).Value.Job;
        _store.Jobs.TakeEpoch(job, default);
        Assert.Equal([first, full], _store.Copies.Kin(second).Value);
        Assert.Equal([first, second], _store.Copies.Kin(full).Value);
        Copy(full);
        Copy(first);

        Assert.Equal(new CopyRetirement(0, Torn: second), Retire(full));
        Copy(second);
        Assert.All([full, first, second], image => Assert.Equal(new CopyRetirement(1), Retire(image)));

        Assert.Equal(6, _store.Retention.Released().Value.Count);
        Assert.All(_store.Retention.Holdings().Value, held => Assert.Equal(new VolumeName("F0001"), held.Volume));

        void Copy(ImageId image) => Assert.Equal(
            Recorded.Now, _store.Copies.Add(Placed(image, "F0001") with { Copy = 2, CopiedAt = At }, job, First).Value);

        CopyRetirement Retire(ImageId image) =>
            _store.Copies.Retire(image, 2, new PoolName("main"), job, First, _ => null).Value;
    }

    [ContractFact]
    public void An_image_is_in_doubt_only_when_a_fragment_has_no_copy_that_is_well()
    {
        Volumes();
        _store.Volumes.Record(Volume("F0001", pool: "far"));
        var (old, young) = (Add(), Add(volume: "D0002"));
        var job = _store.Jobs.Create(Job("copies") with { Kind = JobKind.Copy }).Value.Job;
        _store.Jobs.TakeEpoch(job, default);
        var copied = Placed(young, "F0001") with { Copy = 2, CopiedAt = At };
        _store.Copies.Add(copied, job, First);
        _store.Retention.Condemn([old], At);
        _store.Volumes.Update(new VolumeName("D0002"), default, new VolumeUpdate(VolumeState.Disabled));
        Assert.Empty(_store.Retention.Doubtful().Value); // the copy takes its place

        _store.Copies.Mark(copied.Index, CopyState.Damaged, "a block", job, First);
        Assert.Equal([young], _store.Retention.Doubtful().Value);
        Assert.Equal("nothing else of its client and file set can be restored", Purge(old, At));
        _store.Copies.Mark(copied.Index, CopyState.Good, null, job, First);
        Assert.Null(Purge(old, At));
        Assert.Empty(_store.Retention.Doubtful().Value);
    }

    [ContractFact]
    public void What_is_not_whole_in_the_catalog_is_kept_on_the_medium()
    {
        Volumes();
        var scanned = Image(new JobId(5));
        _store.Images.RecordScanned(scanned);
        var beyond = Fragment(scanned.Image, 1).Key;
        Assert.EndsWith("which is open", _store.Retention.WhyKept(beyond).Value, StringComparison.Ordinal);
        _store.Images.Lack(scanned.Image, "fragment 0");
        Assert.EndsWith("which is lacking", _store.Retention.WhyKept(beyond).Value, StringComparison.Ordinal);
        var (_, given) = _store.OpenImage("given up");
        _store.Images.Abandon(given, ByFirst);
        Assert.EndsWith(
            "which is abandoned", _store.Retention.WhyKept(Fragment(given, 0).Key).Value, StringComparison.Ordinal);

        // Of one that is whole, what an attempt left behind that was done again is of no use
        var key = Fragment(Add(), 0).Key;
        Assert.Equal("", _store.Retention.WhyKept(key with { Epoch = new Epoch(key.Epoch.Value - 1) }).Value);
        Assert.NotEqual("", _store.Retention.WhyKept(key with { Epoch = new Epoch(key.Epoch.Value + 1) }).Value);
        Assert.Equal("", _store.Retention.WhyKept(key with { Fragment = 1 }).Value);
    }

    [ContractFact]
    public void What_lies_on_a_volume_that_is_disabled_cannot_take_the_place_of_another()
    {
        Volumes();
        var (old, young) = (Add(), Add(volume: "D0002"));
        _store.Retention.Condemn([old], At);
        _store.Volumes.Update(new VolumeName("D0002"), default, new VolumeUpdate(VolumeState.Disabled));

        Assert.Equal([young], _store.Retention.Doubtful().Value);
        Assert.Equal("nothing else of its client and file set can be restored", Purge(old, At));
    }

    [ContractFact]
    public void A_volume_that_holds_nothing_may_have_another_identity()
    {
        Volumes();
        var (old, _) = (Add(), Add(volume: "D0002"));
        var anew = Volume("D0001") with { Uuid = VolumeUuid.New() };
        Assert.IsType<CatalogFailure.Contradiction>(
            _store.Volumes.Record(anew, Volume("D0001").Uuid).Failure);
        _store.Retention.Condemn([old], At);
        Assert.Null(Purge(old, At));

        Assert.Equal(Recorded.Now, _store.Volumes.Record(anew, Volume("D0001").Uuid).Value);

        Assert.Empty(_store.Retention.Released().Value);
        Assert.Equal(anew.Uuid, _store.Volumes.Get(anew.Name).Value.Uuid);
    }

    /// <summary>
    /// NW-18: jobs that read and build on images begin and end between condemnations and removals, in any order.
    /// </summary>
    [ContractFact]
    public void Nothing_that_is_reachable_goes_whatever_comes_in_between()
    {
        Volumes();
        var purged = 0;
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            var images = new List<ImageId>();
            var jobs = new Dictionary<JobId, ImageId>();
            for (var step = 0; step < 40; step++)
            {
                var any = images.Count > 0 ? images[random.Next(images.Count)] : default;
                switch (random.Next(images.Count == 0 ? 1 : 6))
                {
                    case 0:
                        images.Add(Add(client: $"c{seed}"));
                        break;
                    case 1 when _store.Images.Get(any).Value.State == ImageState.Sealed:
                        images.Add(Add(of: any, client: $"c{seed}"));
                        break;
                    case 2:
                        jobs[new JobId(1000 + step)] = any;
                        break;
                    case 3 when jobs.Count > 0:
                        jobs.Remove(jobs.Keys.First());
                        break;
                    default:
                        _store.Retention.Condemn([any], At);
                        var used = jobs.GroupBy(job => job.Value).ToDictionary(job => job.Key, job => job.First().Key);
                        var before = _store.Images.Get(any).Value.State;
                        var why = Purge(any, At, used);
                        if (why is null && before == ImageState.Sealed) purged++;
                        Assert.False(why is null && before == ImageState.Sealed && used.ContainsKey(any));
                        break;
                }
                AllIsWhole(images, $"seed {seed}, step {step}");
            }
        }
        Assert.True(purged > 30, $"{purged}");
    }

    private void AllIsWhole(List<ImageId> images, string at)
    {
        var records = images.ConvertAll(image => _store.Images.Get(image).Value);
        var whole = records.Where(image => image.State == ImageState.Sealed).ToList();
        Assert.True(whole.Count > 0, at);
        foreach (var image in whole)
        {
            Assert.NotEmpty(_store.Images.Fragments(image.Opened.Image, -1, 9).Value);
            Assert.True(_store.Manifests.Read(image.Opened.Image, -1, 9).Is(out var blocks, out _), at);
            Assert.Equal(image.Blocks, blocks.Count);
            Assert.True(
                image.Opened.Base is not { } below
                || whole.Exists(other => other.Opened.Image == below), at);
        }
    }

    private void Volumes()
    {
        foreach (var name in (string[])["D0001", "D0002"]) _store.Volumes.Record(Volume(name));
    }

    private string? Purge(
        ImageId image, DateTimeOffset before, IReadOnlyDictionary<ImageId, JobId>? used = null) =>
        _store.Retention.Purge(image, before, At.AddDays(1), _ => used ?? Nobody).Value.Why;

    private IEnumerable<string> Paths(ImageId image) => _store.Manifests.Read(image, -1, 99).Value
        .Select(block => System.Text.Encoding.UTF8.GetString(block.FirstPath).Replace('\0', '/'));

    /// <summary>On tape files that no other has.</summary>
    private FragmentRecord Placed(ImageId image, string volume = "D0001")
    {
        var (data, index) = (_files++, _files++);
        return Fragment(image, 0) with
        {
            Parts = [new PartRecord(0, new TapePosition(new VolumeName(volume), data), 0, 400)],
            Index = new TapePosition(new VolumeName(volume), index),
        };
    }

    private void Close(ImageId image, int blocks, string volume = "D0001")
    {
        Assert.Equal(
            Recorded.Now,
            _store.Images.CloseFragment(new FragmentClosing(Placed(image, volume), blocks, []), ByFirst).Value);
        Assert.Equal(Recorded.Now, _store.Images.Seal(image, Seal(1), ByFirst).Value);
    }

    private ImageId Add(ImageId? of = null, string volume = "D0001", string client = "web1")
    {
        var job = _store.Jobs.Create(Job($"request-{_images++}", client)).Value;
        _store.Jobs.TakeEpoch(job.Job, default);
        var image = Image(job.Job) with { Client = new ClientName(client), Base = of, BaseRoot = of is null ? null : Root(0) };
        Assert.Equal(Recorded.Now, _store.Images.Open(image, First).Value);
        _store.Jobs.Update(job.Job, First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
        var key = Fragment(image.Image, 0).Key;
        Assert.Null((of is { } below
            ? _store.Manifests.Stage(key, [Block(0, "0/0")], [new StagedRun(1, 1, below, 1)])
            : _store.Manifests.Stage(key, [Block(0, "0/a"), Block(1, "0/m")])).Failure);
        Close(image.Image, 2, volume);
        return image.Image;
    }
}

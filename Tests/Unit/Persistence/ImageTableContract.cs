using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public abstract class ImageTableContract(ICatalogFixture fixture) : IDisposable
{
    private readonly CatalogStore _store = fixture.Store;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void An_image_is_opened_once_and_named_in_its_job()
    {
        var (job, image) = _store.OpenImage();
        var opened = Image(job.Job, image);

        Assert.Equal(Recorded.Before, _store.Images.Open(opened, First).Value);
        Assert.IsType<CatalogFailure.Contradiction>(_store.Images.Open(opened with { Level = 1 }, First).Failure);

        Assert.Equal(
            new ImageRecord(opened, ImageState.Open, ImageOrigin.Recorded, 0, 0, 0, default, null),
                _store.Images.Get(image).Value);
        Assert.Equal(image, _store.Jobs.Get(job.Job).Value.Image);
    }

    [ContractFact]
    public void A_closed_fragment_is_found_with_its_parts_and_exceptions()
    {
        var (job, image) = _store.OpenImage();

        Assert.Equal(Recorded.Now, _store.StageAndClose(image, 0).Value);
        Assert.Equal(Recorded.Now, _store.StageAndClose(image, 1).Value);

        var found = _store.Images.Fragments(image, -1, 10).Value;
        Assert.Equivalent(
            new[] { Fragment(image, 0), Fragment(image, 1) },
            found.Select(fragment => fragment with { Copies = [] }), strict: true);
        Assert.All(found, fragment => Assert.Equivalent(
            new CopyRecord(1, fragment.Index, fragment.Parts, CopyState.Good, fragment.SealedAt),
            Assert.Single(fragment.Copies), strict: true));
        Assert.Equal(1, Assert.Single(_store.Images.Fragments(image, 0, 10).Value).Key.Fragment);
        var record = _store.Images.Get(image).Value;
        Assert.Equal((2, 4L, 20L, new JobCounts(20, 2000, 800, 2)),
            (record.Fragments, record.Blocks, record.Entries, record.Counts));
        Assert.Equal([0, 1], _store.Jobs.Exceptions(job.Job, null, 10).Value.Select(one => one.Fragment));
    }

    [ContractFact]
    public void A_fragment_that_is_closed_again_changes_nothing()
    {
        var (_, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);
        var before = _store.Dump.Lines().Value;

        Assert.Equal(Recorded.Before, _store.StageAndClose(image, 0).Value);

        Assert.Equal(before, _store.Dump.Lines().Value);
    }

    [ContractFact]
    public void Another_fragment_of_the_same_number_is_refused()
    {
        var (_, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);

        var other = Fragment(image, 0) with { Root = Root(0, variant: 1) };

        Assert.IsType<CatalogFailure.Contradiction>(
            _store.Images.CloseFragment(new FragmentClosing(other, 0, []), ByFirst).Failure);
    }

    [ContractTheory]
    [InlineData("a fragment too early")]
    [InlineData("another neighbour")]
    [InlineData("a block is missing")]
    [InlineData("a block too many")]
    [InlineData("blocks out of order")]
    [InlineData("blocks before those of the fragment before")]
    [InlineData("blocks of another epoch")]
    public void A_fragment_that_does_not_fit_is_refused_and_nothing_of_it_is_seen(string fault)
    {
        var (_, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);
        var fragment = Fragment(image, fault == "a fragment too early" ? 2 : 1);
        if (fault == "another neighbour") fragment = fragment with { PreviousRoot = Root(9) };
        var key = fault == "blocks of another epoch" ? fragment.Key with { Epoch = new Epoch(7) } : fragment.Key;
        List<StagedBlock> blocks = fault switch
        {
            "a block is missing" => [Block(1, "1/m")],
            "a block too many" => [Block(0, "1/a"), Block(1, "1/m"), Block(2, "1/z")],
            "blocks out of order" => [Block(0, "1/m"), Block(1, "1/a")],
            "blocks before those of the fragment before" => [Block(0, "0/a"), Block(1, "1/a")],
            _ => [Block(0, "1/a"), Block(1, "1/m")],
        };
        _store.Manifests.Stage(key, blocks);
        var before = _store.Dump.Lines().Value;

        var refused = _store.Images.CloseFragment(new FragmentClosing(fragment, 2, [Exception("1/x")]), ByFirst);

        Assert.IsType<CatalogFailure.Contradiction>(refused.Failure);
        Assert.Equal(before, _store.Dump.Lines().Value);
    }

    [ContractFact]
    public void An_attempt_that_was_overtaken_closes_and_seals_nothing()
    {
        var (job, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);
        _store.Jobs.TakeEpoch(job.Job, First);

        Assert.IsType<CatalogFailure.OlderEpoch>(_store.StageAndClose(image, 1).Failure);
        Assert.IsType<CatalogFailure.OlderEpoch>(_store.Images.Seal(image, Seal(1), ByFirst).Failure);
        Assert.IsType<CatalogFailure.OlderEpoch>(_store.Images.Abandon(image, ByFirst).Failure);
        Assert.Equal((1, ImageState.Open),
            (_store.Images.Get(image).Value.Fragments, _store.Images.Get(image).Value.State));
    }

    [ContractFact]
    public void A_fragment_that_an_earlier_attempt_sealed_is_closed_by_the_right_of_the_next()
    {
        var (job, image) = _store.OpenImage();
        var second = Authority.OfAttempt(_store.Jobs.TakeEpoch(job.Job, First).Value);

        Assert.Equal(Recorded.Now, _store.StageAndClose(image, 0, First, second).Value);
        Assert.Equal(Recorded.Now, _store.StageAndClose(image, 1, second.Epoch, second).Value);

        var older = _store.StageAndClose(image, 2, First, second);
        Assert.IsType<CatalogFailure.OlderEpoch>(older.Failure);
    }

    [ContractFact]
    public void A_newer_epoch_than_the_recorded_one_is_taken_over_since_the_catalog_may_be_an_old_copy()
    {
        var (job, image) = _store.OpenImage();

        Assert.Equal(Recorded.Now, _store.StageAndClose(image, 0, new Epoch(5)).Value);

        Assert.Equal(new Epoch(5), _store.Jobs.Get(job.Job).Value.Epoch);
        Assert.IsType<CatalogFailure.OlderEpoch>(_store.Images.Seal(image, Seal(1), ByFirst).Failure);
    }

    [ContractFact]
    public void An_image_is_sealed_once_and_then_does_not_change()
    {
        var (_, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);
        var seal = Seal(1, JobOutcome.CompleteWithExceptions);

        Assert.Equal(Recorded.Now, _store.Images.Seal(image, seal, ByFirst).Value);
        Assert.Equal(Recorded.Before, _store.Images.Seal(image, seal, ByFirst).Value);
        Assert.IsType<CatalogFailure.Contradiction>(
            _store.Images.Seal(image, seal with { Root = Root(7) }, ByFirst).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(_store.StageAndClose(image, 1).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(_store.Images.Abandon(image, ByFirst).Failure);

        var found = _store.Images.Get(image).Value;
        Assert.Equal((ImageState.Sealed, seal), (found.State, found.Seal));
    }

    [ContractFact]
    public void A_seal_that_does_not_fit_the_closed_fragments_is_refused()
    {
        var (_, image) = _store.OpenImage();

        Assert.IsType<CatalogFailure.Contradiction>(_store.Images.Seal(image, Seal(1), ByFirst).Failure);
        _store.StageAndClose(image, 0);
        Assert.IsType<CatalogFailure.Contradiction>(_store.Images.Seal(image, Seal(2), ByFirst).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(
            _store.Images.Seal(image, Seal(1) with { Root = Root(1) }, ByFirst).Failure);

        Assert.Equal(ImageState.Open, _store.Images.Get(image).Value.State);
    }

    [ContractFact]
    public void An_abandoned_image_keeps_what_was_closed_and_takes_nothing_more()
    {
        var (_, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);

        Assert.Equal(Recorded.Now, _store.Images.Abandon(image, ByFirst).Value);
        Assert.Equal(Recorded.Before, _store.Images.Abandon(image, ByFirst).Value);

        Assert.IsType<CatalogFailure.Contradiction>(_store.StageAndClose(image, 1).Failure);
        Assert.Single(_store.Images.Fragments(image, -1, 9).Value);
        Assert.Equal(ImageState.Abandoned, _store.Images.Get(image).Value.State);
    }

    [ContractFact]
    public void Images_are_listed_by_filter_and_by_the_beginning_of_their_id()
    {
        var first = _store.OpenImage("request-1");
        var second = _store.OpenImage("request-2");
        _store.StageAndClose(first.Image, 0);
        _store.Images.Seal(first.Image, Seal(1), ByFirst);

        Assert.Equal([second.Image, first.Image], Ids(new ImageFilter()));
        Assert.Equal([first.Image], Ids(new ImageFilter(State: ImageState.Sealed)));
        Assert.Equal([second.Image], Ids(new ImageFilter(Job: second.Job.Job)));
        Assert.Equal([first.Image], Ids(new ImageFilter(Before: second.Job.Job, Client: new ClientName("web1"))));
        Assert.Equal([first.Image], Ids(new ImageFilter(Prefix: first.Image.ToString()[..31])));
        Assert.Empty(Ids(new ImageFilter(Prefix: "' OR 1=1 --")));
        Assert.Empty(Ids(new ImageFilter(Policy: new PolicyName("x"), FileSet: new FileSetName("y"))));
    }

    [ContractFact]
    public void What_the_catalog_does_not_know_is_refused_by_name()
    {
        var none = ImageId.New();

        Assert.IsType<CatalogFailure.Unknown>(_store.Images.Get(none).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_store.Images.Open(Image(new JobId(99)), First).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_store.StageAndClose(none, 0).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_store.Images.Seal(none, Seal(1), ByFirst).Failure);
        Assert.IsType<CatalogFailure.Unknown>(_store.Images.Abandon(none, ByFirst).Failure);
        Assert.Empty(_store.Images.Fragments(none, -1, 9).Value);
    }

    private IEnumerable<ImageId> Ids(ImageFilter filter) =>
        _store.Images.List(filter, 10).Value.Select(image => image.Opened.Image);

    [ContractFact]
    public void What_an_image_was_merged_of_is_kept_and_a_record_from_before_is_no_contradiction()
    {
        var job = _store.Jobs.Create(Job()).Value;
        _store.Jobs.TakeEpoch(job.Job, default);
        var merged = Image(job.Job) with { MergedFrom = ImageId.New() };
        var older = Image(job.Job);

        Assert.Equal(Recorded.Now, _store.Images.Open(merged, First).Value);
        Assert.Equal(Recorded.Now, _store.Images.Open(older, First).Value);

        Assert.Equal(merged, _store.Images.Get(merged.Image).Value.Opened);
        Assert.Equal(Recorded.Before, _store.Images.Open(merged, First).Value);
        Assert.Equal(Recorded.Before, _store.Images.Open(older with { MergedFrom = ImageId.New() }, First).Value);
        Assert.IsType<CatalogFailure.Contradiction>(
            _store.Images.Open(merged with { MergedFrom = ImageId.New() }, First).Failure);
    }

    [ContractFact]
    public void The_newest_image_until_a_moment_is_found()
    {
        var job = _store.Jobs.Create(Job()).Value;
        _store.Jobs.TakeEpoch(job.Job, default);
        var images = Enumerable.Range(0, 4).Select(hour => Image(job.Job) with { Since = At.AddHours(hour) }).ToList();
        foreach (var image in images)
        {
            _store.Images.Open(image, First);
            if (image == images[3]) break; // not sealed
            _store.StageAndClose(image.Image, 0);
            Assert.Equal(Recorded.Now, _store.Images.Seal(image.Image, Seal(1), ByFirst).Value);
        }

        Assert.Equal(images[2], Assert.Single(_store.Images.Newest(null, null, null).Value).Opened);
        Assert.Equal(images[1], Newest(At.AddHours(2).AddTicks(-1)));
        Assert.Equal(images[1], Newest(At.AddHours(1)));
        Assert.Null(Newest(At.AddTicks(-1)));
        Assert.Empty(_store.Images.Newest(new ClientName("other"), null, null).Value);
        Assert.Equal(images[0], Assert.Single(_store.Images.Oldest(images[0].Client, images[0].FileSet).Value).Opened);

        NewImage? Newest(DateTimeOffset moment) =>
            _store.Images.Newest(images[0].Client, images[0].FileSet, moment).Value is [var found] ? found.Opened : null;
    }
}

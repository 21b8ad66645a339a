using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Persistence;

public abstract class StateTableContract(ICatalogFixture fixture) : IDisposable
{
    private static readonly ClientName Client = new("web1");
    private static readonly FileSetName Files = new("etc");
    private readonly CatalogStore _store = fixture.Store;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void A_state_counts_when_its_last_piece_is_there_and_then_takes_the_place_of_the_one_before()
    {
        var (first, second) = (Job("a"), Job("b"));
        Assert.Equal(Recorded.Now, Put(first, 1, 0, last: true));

        Assert.Equal(Recorded.Now, Put(second, 2, 0));
        Assert.Equal(new ImageId(1), Assert.Single(_store.States.Newest(Client, Files).Value).State);
        Assert.IsType<CatalogFailure.Unknown>(_store.States.Read(new ImageId(2), 0, 10).Failure);
        Assert.Equal(Recorded.Now, Put(second, 2, 1));
        Assert.Equal(Recorded.Now, Put(second, 2, 2, entries: 0, last: true));

        var newest = Assert.Single(_store.States.Newest(Client, Files).Value);
        Assert.Equal((new ImageId(2), second, 6L, 2L), (newest.State, newest.Job, newest.Entries, newest.Blocks));
        Assert.Equal([[2, 0], [2, 1]], _store.States.Read(new ImageId(2), 0, 10).Value);
        Assert.Equal([[2, 1]], _store.States.Read(new ImageId(2), 1, 1).Value);
        Assert.Empty(_store.States.Read(new ImageId(2), 2, 10).Value);
        Assert.IsType<CatalogFailure.Unknown>(_store.States.Read(new ImageId(1), 0, 10).Failure);
        Assert.Empty(_store.States.Newest(Client, new FileSetName("other")).Value);
    }

    [ContractFact]
    public void A_piece_that_comes_twice_changes_nothing_and_one_too_many_is_refused()
    {
        var job = Job("a");
        Put(job, 1, 0);

        Assert.Equal(Recorded.Before, Put(job, 1, 0));
        Assert.IsType<CatalogFailure.Contradiction>(Failure(job, 1, 2));
        Put(job, 1, 1, last: true);
        Assert.Equal(Recorded.Before, Put(job, 1, 1, last: true));
        Assert.Equal(Recorded.Before, Put(job, 1, 0, epoch: 2));

        Assert.Equal(2, _store.States.Read(new ImageId(1), 0, 10).Value.Count);
    }

    [ContractFact]
    public void What_an_older_attempt_recorded_goes_with_the_first_piece_of_a_newer_one_which_shuts_it_out()
    {
        var job = Job("a");
        Put(job, 1, 0);
        Put(job, 1, 1);

        Assert.IsType<CatalogFailure.Contradiction>(Failure(job, 1, 1, epoch: 2));
        Assert.Equal(Recorded.Now, Put(job, 1, 0, epoch: 2, last: true));
        Assert.IsType<CatalogFailure.OlderEpoch>(Failure(job, 1, 2));

        Assert.Equal([[1, 0]], _store.States.Read(new ImageId(1), 0, 10).Value);
    }

    private Recorded Put(JobId job, int state, int number, long epoch = 1, int entries = 3, bool last = false)
    {
        Assert.True(
            _store.States.Put(Piece(job, state, number, epoch, entries, last)).Is(out var recorded, out var failure),
            $"{failure}");
        return recorded;
    }

    private CatalogFailure? Failure(JobId job, int state, int number, long epoch = 1) =>
        _store.States.Put(Piece(job, state, number, epoch, 3, false)).Failure;

    private static StatePiece Piece(JobId job, int state, int number, long epoch, int entries, bool last) => new(
        new ImageId((UInt128)(uint)state), job, new Epoch(epoch), number, entries,
        entries == 0 ? [] : [(byte)state, (byte)number], last);

    private JobId Job(string request) => _store.Jobs.Create(CatalogSamples.Job(request)).Value.Job;
}

using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What the catalog cannot take now is not lost, and not recorded out of order.</summary>
public sealed class CatalogQueueSpecs : ActorKit
{
    private readonly List<int> _recorded = [];
    private readonly CatalogQueue<int> _queue;
    private CatalogFailure? _failure;

    public CatalogQueueSpecs() =>
        _queue = new CatalogQueue<int>(
            Job, Sys.ActorOf(Props.Create(() => new Catalog())), "Numbers", waitingMax: 5, atOnce: 2, Write, Sys.Log);

    [Fact]
    public void What_could_not_be_taken_is_offered_again_before_what_came_later()
    {
        _failure = new CatalogFailure.Busy("locked");
        _queue.Add([1, 2, 3]);
        AwaitAssert(() => Assert.True(Attempts > 0)); // it tries again by itself

        _failure = null;
        _queue.Add([4]);

        AwaitAssert(() =>
        {
            _queue.Repeat();
            Assert.Equal([1, 2, 3, 4], Recorded());
        });
    }

    [Fact]
    public void What_will_never_be_taken_does_not_hold_up_the_rest()
    {
        _failure = new CatalogFailure.Unknown("job 7");
        _queue.Add([1, 2]);
        AwaitAssert(() => Assert.True(Attempts > 0)); // it tries again by itself
        _failure = null;

        AwaitAssert(() =>
        {
            _queue.Add([3]);
            Assert.Contains(3, Recorded());
        });
        Assert.DoesNotContain(1, Recorded());
    }

    [Fact]
    public void All_is_recorded_with_other_work_or_nothing_is_said_to_be()
    {
        _failure = new CatalogFailure.Busy("locked");
        Assert.True(_queue.Add([1, 2, 3, 4, 5]));
        Assert.False(_queue.Add([6]));
        AwaitAssert(() => Assert.True(Attempts > 0)); // it tries again by itself

        Assert.Same(_failure, _queue.RecordAll(null!));
        _failure = null;
        Assert.Null(_queue.RecordAll(null!));

        Assert.Equal([1, 2, 3, 4, 5], Recorded());
    }

    private int Attempts { get; set; }

    private List<int> Recorded()
    {
        lock (_recorded) return [.. _recorded];
    }

    private CatalogAnswer<Recorded> Write(CatalogStore store, IReadOnlyList<int> some)
    {
        lock (_recorded)
        {
            Attempts++;
            if (_failure is not null) return _failure;
            _recorded.AddRange(some);
            return CatalogAnswer<Recorded>.Of(global::Backup.Persistence.Catalog.Recorded.Now);
        }
    }

    private sealed class Catalog : ReceiveActor
    {
        public Catalog() => Receive<CatalogWork>(work => work.Run(null!));
    }
}

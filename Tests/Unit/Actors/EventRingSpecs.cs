using Backup.Actors.Node;
using Backup.Messages.Operations;
using Backup.Tests.Unit.Data;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class EventRingSpecs
{
    private readonly ManualTime _clock = new();
    private readonly EventRing _ring;

    public EventRingSpecs() => _ring = new EventRing(_clock, "idle");

    private ObjectShown Shown => _ring.Show(ObjectKind.Drive, "tapes/0", 100);

    [Fact]
    public void It_keeps_the_last_hundred_events_and_counts_all()
    {
        for (var number = 1; number <= 250; number++) _ring.Note("code", $"event {number}");

        Assert.Equal(
            Enumerable.Range(151, 100).Select(number => (long)number), Shown.Events.Select(each => each.Number));
        Assert.Equal("event 250", Shown.Events[^1].Text);
        Assert.Equal(["event 249", "event 250"],
            _ring.Show(ObjectKind.Drive, "tapes/0", 2).Events.Select(each => each.Text));
    }

    [Fact]
    public void Its_states_are_a_timeline_whose_last_span_is_open()
    {
        var began = _clock.GetUtcNow();
        _clock.Move(TimeSpan.FromMinutes(1));
        Assert.True(_ring.Become("held", "job 7", "held", "Job 7 has it."));
        _clock.Move(TimeSpan.FromMinutes(1));
        Assert.True(_ring.Become("waiting", "job 7 waits", "waits", "Job 7 waits.", "a volume"));

        Assert.Equal(
            [
                new ObjectSpan("idle", began, began.AddMinutes(1)),
                new ObjectSpan("job 7", began.AddMinutes(1), began.AddMinutes(2)),
                new ObjectSpan("job 7 waits", began.AddMinutes(2), null),
            ],
            Shown.Timeline);
        Assert.Equal(("waiting", began.AddMinutes(2)), (Shown.State, Shown.Since));
        Assert.Equal(["a volume"], Shown.WaitsFor);
    }

    [Fact]
    public void The_same_again_is_nothing_new()
    {
        _ring.Become("waiting", "job 7", "waits", "Job 7 waits.", "a volume");
        _clock.Move(TimeSpan.FromMinutes(1));

        Assert.False(_ring.Become("waiting", "job 7", "waits", "Job 7 waits.", "a volume"));
        Assert.True(_ring.Become("waiting", "job 7", "waits", "Job 7 waits.", "another volume"));

        Assert.Equal(2, Shown.Events.Count);
    }

    [Fact]
    public void It_keeps_the_last_hundred_states()
    {
        for (var number = 1; number <= 250; number++) _ring.Become("held", $"job {number}", "held", "");

        Assert.Equal(100, Shown.Timeline.Count);
        Assert.Equal("job 151", Shown.Timeline[0].What);
        Assert.Single(Shown.Timeline, span => span.To is null);
    }

    [Fact]
    public async Task Writers_and_readers_on_many_threads_lose_nothing()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), (_, _) =>
        {
            for (var time = 0; time < 500; time++)
            {
                _ring.Note("code", "text");
                var numbers = Shown.Events.Select(each => each.Number).ToList();
                Assert.Equal(numbers.Order(), numbers);
            }
            return ValueTask.CompletedTask;
        });

        Assert.Equal(16 * 500, Shown.Events[^1].Number);
    }
}

using Backup.Actors.Gateway;
using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>Degraded mode: fulls that the volumes have no room for become incrementals.</summary>
public sealed class RoomSpecs : IDisposable
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private readonly SqliteFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Fulls_become_their_second_choice_the_most_recent_first_and_what_fits_again_comes_back()
    {
        var plan = Of(60, Due("new", 20, 7), Due("old", 30, 12), Due("middle", 30, 9));

        Assert.Equal("middle1 new0 old0", Levels(plan));
        Assert.Contains("no full: the run has 0.1 KiB, and the volumes have room for 0.1 KiB",
            plan.Dumps.Single(dump => dump.Set == "middle").Why);
        Assert.Equal("middle1 new1 old1", Levels(Of(0, Due("new", 20, 7), Due("old", 30, 12), Due("middle", 30, 9))));
    }

    [Fact]
    public void First_and_ordered_fulls_stay_and_so_do_incrementals()
    {
        var ordered = Due("ordered", 20, 3);
        ordered = ordered with { Set = ordered.Set with { Order = PlanOrder.ForceFull } };
        var first = new PlanInput(
            new PlanSet("first", "h", BumpRules.Usual), PlanHistory.None, new Dictionary<int, long> { [0] = 50 });

        var plan = Of(0, ordered, first, Due("due", 20, 8), Due("early", 20, 2));

        Assert.Equal("due1 early1 first0 ordered0", Levels(plan));
        Assert.All(plan.Dumps, dump => Assert.Null(dump.Instead));
    }

    [Fact]
    public void A_full_names_its_second_choice_also_when_it_comes_early()
    {
        var plan = Planner.Of([Due("a", 20, 6), Due("b", 20, 6)], new PlanRules(7, 1, 1000), Today);

        Assert.Equal("a0 b0", Levels(plan));
        Assert.All(plan.Dumps, dump => Assert.Equal(1, dump.Instead));
    }

    [Fact]
    public void No_full_comes_early_that_there_is_no_room_for()
    {
        var plan = Planner.Of([Due("a", 20, 6), Due("b", 20, 6)], new PlanRules(7, 1, 1000, 30), Today);

        Assert.Equal(1, plan.Dumps.Count(dump => dump.Level == 0));
    }

    [Fact]
    public void Room_is_what_may_be_appended_and_what_free_slots_take()
    {
        var store = _fixture.Store;
        Put("a", VolumeState.Append, 100, 30);
        Put("b", VolumeState.Full, 100, 100);
        Put("c", VolumeState.Blank, 100, 10);
        Put("d", VolumeState.Append, 100, 0, pool: "other");
        var shelf = new PoolShelf(new PoolName("main"), [new LibraryShelf(new LibraryName("vault"), 6, 1000, true)]);

        Assert.Equal(70 + 90 + 2000, PoolRoom.Of(store, [shelf, shelf]).Value);
        Assert.Equal(70 + 90, PoolRoom.Of(store,
            [shelf with { Libraries = [shelf.Libraries[0] with { Labels = false }] }]).Value);
        Assert.Equal(0, PoolRoom.Of(store, [new PoolShelf(new PoolName("none"), [])]).Value);
        Put("e", VolumeState.Append, capacity: null, 0);
        Assert.Null(PoolRoom.Of(store, [shelf]).Value);
    }

    private void Put(string name, VolumeState state, long? capacity, long written, string pool = "main") =>
        Assert.Equal(Recorded.Now, _fixture.Store.Volumes.Record(CatalogSamples.Volume(name, state, pool) with
        {
            CapacityBytes = capacity,
            BytesWritten = written,
        }).Value);

    private static Plan Of(long room, params PlanInput[] inputs) =>
        Planner.Of(inputs, new PlanRules(7, 7, long.MaxValue, room), Today);

    /// <summary>Of so many bytes, saved in full so many days ago, with a level 1 of one byte.</summary>
    private static PlanInput Due(string name, long full, int days) => new(
        new PlanSet(name, name, BumpRules.Usual),
        PlanHistory.None.After(0, Today.AddDays(-days)),
        new Dictionary<int, long> { [0] = full, [1] = 1 });

    private static string Levels(Plan plan) => string.Join(' ', plan.Dumps
        .OrderBy(dump => dump.Set, StringComparer.Ordinal).Select(dump => $"{dump.Set}{dump.Level}"));
}

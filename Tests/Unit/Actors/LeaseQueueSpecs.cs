using Backup.Actors.Jobs;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>In which order jobs are granted what they need.</summary>
public sealed class LeaseQueueSpecs
{
    private readonly LeaseDesk _desk = LeaseDesk.Of(drives: 2, slots: 2);

    [Fact]
    public void Who_asked_first_comes_first_whatever_its_number()
    {
        _desk.Ask(1, Library, Client);
        _desk.Ask(2, Library, Client);
        _desk.Ask(5, Library, Client);
        _desk.Later(TimeSpan.FromSeconds(1));
        _desk.Ask(4, Library, Client);

        Assert.EndsWith("job 5 waits for the same and comes first", _desk.Why(4)[^1], StringComparison.Ordinal);
        Assert.Equal([5], _desk.End(1));
    }

    [Fact]
    public void Of_those_that_asked_at_once_the_lowest_number_is_granted_first()
    {
        _desk.Ask(1, Library, Client);
        _desk.Ask(2, Library, Client);
        _desk.Ask(5, Library, Client);
        _desk.Ask(4, Library, Client);

        Assert.Equal([4], _desk.End(1));
    }

    [Fact]
    public void An_old_job_that_tries_again_and_again_does_not_starve_a_younger_one()
    {
        _desk.Ask(1, Library, Client);
        _desk.Ask(2, Library, Client);
        _desk.Ask(3, Library, Client);
        _desk.Later(TimeSpan.FromSeconds(1));

        Assert.Equal([3], _desk.End(1));
        Assert.Empty(_desk.Ask(1, Library, Client, turn: 2));
    }

    [Fact]
    public void A_job_holds_nothing_while_it_waits_for_the_other_half()
    {
        _desk.Ask(1, Library, null);
        _desk.Ask(2, null, Client);
        _desk.Ask(3, null, Client);
        Assert.Empty(_desk.Ask(4, Library, Client)); // there is a drive and no slot

        Assert.Equal([5], _desk.Ask(5, Library, null));
    }

    [Fact]
    public void One_that_needs_both_is_not_starved_by_those_that_need_one_of_them()
    {
        _desk.Ask(1, Library, null);
        _desk.Ask(2, Library, null);
        _desk.Ask(3, null, Client);
        _desk.Ask(4, null, Client);
        _desk.Ask(9, Library, Client);
        Assert.Empty(_desk.Later(LeaseDesk.AskAgain * 5));

        Assert.Empty(_desk.End(3));
        // would take the slot, then the drive would be taken, and so on for ever
        Assert.Empty(_desk.Ask(10, null, Client));

        Assert.Equal(["job 9 waits for the same and comes first"], _desk.Why(10));
        Assert.Equal([9], _desk.End(1));
    }

    [Fact]
    public void Of_many_that_wait_for_one_drive_only_the_first_keeps_what_others_could_use()
    {
        var desk = LeaseDesk.Of(drives: 1, slots: 3);
        desk.Ask(1, Library, null);
        foreach (var job in (long[])[2, 3, 4, 5]) desk.Ask(job, Library, Client);
        desk.Later(LeaseDesk.AskAgain * 5);

        Assert.Equal([6], desk.Ask(6, null, Client));
        Assert.Equal([7], desk.Ask(7, null, Client));
        Assert.Empty(desk.Ask(8, null, Client));
        Assert.Equal([2], desk.End(1));
    }

    [Fact]
    public void What_waits_for_a_node_that_is_away_keeps_nothing()
    {
        var desk = new LeaseDesk(AllocatorOptions.OfCluster(slotsPerClient: 1, LeaseDesk.AskAgain) with
        {
            QuietAtStart = TimeSpan.Zero,
            Limits = new JobLimits(1) { System = 1 },
        });
        desk.Ask(1, Library, Client);
        desk.Later(LeaseDesk.AskAgain * 10);

        Assert.Equal([2], desk.Offer("web1", Client, null).Concat(desk.Ask(2, null, Client)));
    }

    [Fact]
    public void A_job_that_gives_up_loses_its_place()
    {
        _desk.Ask(1, Library, Client);
        _desk.Ask(2, Library, Client);
        _desk.Ask(3, Library, Client);
        _desk.End(3);

        Assert.Empty(_desk.End(1));
    }

    [Fact]
    public void More_slots_serve_who_waits_when_it_asks_again_and_fewer_take_nothing_away()
    {
        var limits = new JobLimits(1);
        var desk = new LeaseDesk(AllocatorOptions.OfOneNode([], Client, 1, LeaseDesk.AskAgain) with
        {
            LimitsNow = () => limits,
        });
        Assert.Equal([1], desk.Ask(1, null, Client));
        Assert.Empty(desk.Ask(2, null, Client));

        limits = new JobLimits(2);
        Assert.Equal([2], desk.Ask(2, null, Client));

        limits = new JobLimits(1);
        Assert.Empty(desk.End(1));
        Assert.Empty(desk.Ask(3, null, Client));
        Assert.Equal([3], desk.End(2));
    }

    [Fact]
    public void The_higher_priority_goes_before_whoever_asked_first()
    {
        var desk = LeaseDesk.Of(drives: 1);
        desk.Backup(1);
        desk.Backup(2);
        desk.Backup(3, priority: 5);
        desk.Later(LeaseDesk.AskAgain * 8);
        desk.Backup(4, priority: 5);

        Assert.EndsWith("job 3, job 4 wait for the same and come first", desk.Why(2)[^1], StringComparison.Ordinal);
        Assert.Equal([3], desk.End(1));
        Assert.Equal([4], desk.End(3));
        Assert.Equal([2], desk.End(4));
    }

    [Fact]
    public void A_restore_goes_before_backups_that_wait()
    {
        var desk = LeaseDesk.Of(drives: 1);
        desk.Backup(1);
        desk.Backup(2, priority: 50);
        desk.Restore(3);

        Assert.Equal([3], desk.End(1));
    }

    [Fact]
    public void Where_priorities_do_not_mix_a_backup_waits_for_those_of_another_and_lets_no_lower_one_begin()
    {
        var desk = LeaseDesk.Of(drives: 4);
        desk.Backup(1);
        desk.Backup(2);
        Assert.Empty(desk.Backup(3, priority: 5, mixes: false));
        Assert.Empty(desk.Backup(4)); // there are two drives

        Assert.Equal(
            ["job 1, job 2 of another priority than 5 must end first (mixed-priority = off)"], desk.Why(3));
        Assert.Equal(["job 3 waits for the same and comes first"], desk.Why(4));
        Assert.Equal([5], desk.Restore(5)); // no backup, and before them all
        Assert.Empty(desk.End(1));
        Assert.Equal([3], desk.End(2));
        Assert.Equal(["job 3 of another priority than 1 must end first (mixed-priority = off)"], desk.Why(4));
        Assert.Equal([4], desk.End(3));
    }

    [Fact]
    public void Those_of_one_priority_work_side_by_side_whether_they_mix_or_not()
    {
        var desk = LeaseDesk.Of(drives: 3);

        Assert.Equal([1], desk.Backup(1, mixes: false));
        Assert.Equal([2], desk.Backup(2));
        Assert.Empty(desk.Backup(3, priority: 0));
        Assert.Equal([4], desk.Backup(4));
    }

    [Fact]
    public void Who_let_nobody_begin_and_gives_up_lets_them()
    {
        var desk = LeaseDesk.Of(drives: 4);
        desk.Backup(1);
        desk.Backup(3, priority: 5, mixes: false);
        Assert.Empty(desk.Backup(4));

        Assert.Equal([4], desk.End(3));
    }

    /// <summary>PL-07.</summary>
    [Fact]
    public void Backups_of_one_run_of_a_plan_begin_in_its_order_and_pass_nobody_else()
    {
        var desk = LeaseDesk.Of(drives: 1);
        Assert.Equal([1], desk.Backup(1));
        desk.Backup(2);
        desk.Backup(3, run: "office/20261122", place: 3);
        desk.Later(LeaseDesk.AskAgain);
        desk.Backup(4);
        desk.Backup(5, run: "office/20261122", place: 1);
        desk.Backup(6, run: "office/20261122", place: 2);
        desk.Backup(7, run: "office/20261122", place: 4, priority: 5);
        desk.Backup(8, run: "office/20261122", place: 0, turn: 2); // a later attempt is behind all

        Assert.Equal(
            [7, 2, 5, 6, 3, 4, 8], new long[] { 1, 7, 2, 5, 6, 3, 4 }.Select(job => desk.End(job).Single()));
    }
}

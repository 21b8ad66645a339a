using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>How many jobs work at a time, and that one does on a file set of a client.</summary>
public sealed class LeaseLimitSpecs
{
    [Fact]
    public void Two_backups_of_one_file_set_of_a_client_work_one_after_the_other()
    {
        var desk = LeaseDesk.Of(drives: 4);
        Assert.Equal([1], desk.Backup(1, "daily", "etc"));
        Assert.Empty(desk.Backup(2, "weekly", "etc"));
        Assert.Equal([3], desk.Backup(3, "daily", "home"));

        Assert.Equal(
            ["file set etc of client web1 is being saved by job 1, and one job at a time does that"], desk.Why(2));
        Assert.Equal([4], desk.Restore(4)); // no backup
        Assert.Equal([2], desk.End(1));
    }

    [Fact]
    public void The_chain_of_a_file_set_goes_on_to_the_volume_that_its_holder_waits_for()
    {
        var desk = LeaseDesk.Of(drives: 2);
        desk.Backup(1, set: "etc");
        desk.Backup(2, set: "etc");
        desk.Awaits(1, Volume);

        Assert.Equal(
            [
                "file set etc of client web1 is being saved by job 1, and one job at a time does that",
                "job 1 waits for volume D0001, which is not in library vault: put it there, or into a drive with "
                    + "`backup mount D0001`",
            ],
            desk.Why(2));
    }

    [Fact]
    public void The_file_set_of_another_client_is_another()
    {
        var other = new ClientName("web2");
        var desk = LeaseDesk.Of(drives: 2);
        desk.Offer("web2", other, null);
        var claim = new JobClaim(new PolicyName("daily"), new FileSetName("etc"), Reads: false);

        Assert.Equal([1], desk.Ask(1, Library, Client, claim));
        Assert.Equal([2], desk.Ask(2, Library, other, claim));
    }

    [Fact]
    public void An_allocator_made_anew_hears_who_saves_a_file_set_before_it_lets_another()
    {
        var options = AllocatorOptions.OfCluster(slotsPerClient: 9, LeaseDesk.AskAgain);
        var book = new LeaseBook<long>(options, TimeSpan.Zero);
        book.Expect([new JobId(1), new JobId(2)]);
        book.Offer(
            new AllocatorProtocol.Offer(
                new NodeName("s1"), Client, [new(Library, 0), new(Library, 1)], TimeSpan.FromDays(1)),
            TimeSpan.Zero);
        var claim = JobOrders.ClaimOf(Save());
        book.Reserve(
            new AllocatorProtocol.Reserve(new JobId(2), Library, Client, 1, Claim: claim), 2, TimeSpan.Zero);
        Assert.Empty(book.Grants(TimeSpan.FromSeconds(1)));

        book.Hold(
            new AllocatorProtocol.Hold(new JobId(1), Drive, Client, 1, Claim: claim), TimeSpan.FromSeconds(2));

        Assert.Empty(book.Grants(options.QuietAtStart));
        var held = Assert.IsType<WaitReason.FileSetHeld>(
            Assert.Single(book.WhyWaits(new JobId(2), options.QuietAtStart)));
        Assert.Equal([new JobId(1)], held.Holders);
        book.Release(new AllocatorProtocol.Release(new JobId(1), 1));
        Assert.Equal(2, Assert.Single(book.Grants(options.QuietAtStart)).Asker);
    }

    [Fact]
    public void As_many_jobs_work_in_the_system_as_may()
    {
        var desk = LeaseDesk.Of(drives: 4, limits: limits => limits with { System = 2 });
        desk.Backup(1);
        desk.Ask(2, null, Client);

        Assert.Empty(desk.Restore(3));

        Assert.Equal(["the system runs job 1, job 2, as many as it may (job.jobs-max = 2)"], desk.Why(3));
        Assert.Equal([3], desk.End(2));
    }

    [Fact]
    public void As_many_backups_of_a_policy_work_as_may_and_others_are_not_held_up()
    {
        var desk = LeaseDesk.Of(
            drives: 4, limits: limits => limits with { Policies = Of(new PolicyName("daily"), 1) });
        desk.Backup(1);
        Assert.Empty(desk.Backup(2));

        Assert.Equal([3], desk.Backup(3, "weekly"));

        Assert.Equal(["policy daily runs job 1, as many as it may (policies.daily.jobs-max = 1)"], desk.Why(2));
    }

    /// <summary>PL-07: Amanda's netusage.</summary>
    [Fact]
    public void Backups_take_no_more_of_a_network_than_it_carries_and_others_are_not_held_up()
    {
        var desk = LeaseDesk.Of(
            drives: 9, limits: limits => limits with { Networks = new Dictionary<string, long> { ["office"] = 50 << 20 } });
        Assert.Equal([1], desk.Backup(1, network: "office", rate: 30 << 20));
        Assert.Empty(desk.Backup(2, network: "office", rate: 21 << 20));

        Assert.Equal([3], desk.Backup(3, network: "office", rate: 20 << 20));
        Assert.Equal([4], desk.Backup(4, network: "attic", rate: 90 << 20)); // nobody says what that carries
        Assert.Equal([5], desk.Backup(5));
        Assert.Equal([6], desk.Restore(6));

        Assert.Equal(
            ["network office runs job 1, job 3, as many as it may (networks.office.budget = 52428800)"],
            desk.Why(2));
        Assert.Empty(desk.End(5));
        Assert.Equal([2], desk.End(1));
    }

    [Fact]
    public void A_backup_that_is_faster_than_its_network_works_alone_there_and_of_an_unknown_one_a_guess_counts()
    {
        var desk = LeaseDesk.Of(
            drives: 9, limits: limits => limits with { Networks = new Dictionary<string, long> { ["office"] = 15 << 20 } });
        Assert.Equal([1], desk.Backup(1, network: "office", rate: 90 << 20));
        Assert.Empty(desk.Backup(2, network: "office"));
        Assert.Empty(desk.Backup(3, network: "office"));

        Assert.Equal([2], desk.End(1));
        Assert.Empty(desk.Backup(4, network: "office", rate: 90 << 20));
        // What has waited for long keeps what is free of the budget from those behind it
        desk.Later(TimeSpan.FromMinutes(10));
        Assert.Empty(desk.Backup(5, network: "office", rate: 1 << 20));

        Assert.Equal([3], desk.End(2));
        Assert.Equal([4], desk.End(3));
        Assert.Equal([5], desk.End(4));
    }

    [Fact]
    public void A_client_may_have_a_limit_of_its_own()
    {
        var desk = LeaseDesk.Of(drives: 4, slots: 3, limits => limits with { Clients = Of(Client, 1) });
        desk.Backup(1);
        desk.Backup(2);

        Assert.Equal(["client web1 runs job 1, as many as it may (1)"], desk.Why(2));
    }

    [Fact]
    public void A_storage_node_takes_as_many_jobs_as_it_says_and_as_many_that_read()
    {
        var desk = LeaseDesk.Of(drives: 4, storage: new StorageLimits(3, 1));
        desk.Restore(1);
        Assert.Empty(desk.Restore(2));
        Assert.Equal(
            ["of jobs that read, storage node s1 runs job 1, as many as it may (storage.reads-max = 1)"], desk.Why(2));
        Assert.Equal([3], desk.Backup(3));
        Assert.Equal([4], desk.Backup(4));
        Assert.Empty(desk.Backup(5));

        Assert.Equal(
            ["storage node s1 runs job 1, job 3, job 4, as many as it may (storage.jobs-max = 3)"], desk.Why(5));
        Assert.Equal([6], desk.Ask(6, null, Client)); // uses no drive
        Assert.Equal([2], desk.End(1));
        Assert.Equal([5], desk.End(3));
    }

    [Fact]
    public void The_limits_of_a_storage_node_are_for_all_of_its_libraries_and_no_others()
    {
        var (cellar, attic) = (new LibraryName("cellar"), new LibraryName("attic"));
        var desk = new LeaseDesk(AllocatorOptions.OfCluster(9, LeaseDesk.AskAgain) with { QuietAtStart = default });
        desk.Offer("s1", Client, new StorageLimits(1, 0), new DriveId(Library, 0), new DriveId(cellar, 0));
        desk.Offer("s2", null, null, new DriveId(attic, 0));

        Assert.Equal([1], desk.Ask(1, Library, null));
        Assert.Empty(desk.Ask(2, cellar, null));
        Assert.Equal([3], desk.Ask(3, attic, null));
        Assert.Equal([2], desk.End(1));
    }

    private static Dictionary<T, int> Of<T>(T name, int limit) where T : notnull => new() { [name] = limit };

    [Fact]
    public void A_policy_of_scripts_alone_has_its_limit_too_and_minds_no_other_priority()
    {
        var desk = LeaseDesk.Of(drives: 2, limits: limits => limits with
        {
            Policies = new Dictionary<PolicyName, int> { [new PolicyName("tidy")] = 1 },
        });
        Assert.Equal([1], desk.Backup(1, priority: 5, mixes: false));
        var claim = JobOrders.ClaimOf(Admin with { Queue = new QueueRule(9) });
        Assert.Equal(new JobClaim(new PolicyName("tidy"), null, Reads: false, 9), claim);

        Assert.Equal([2], desk.Ask(2, null, Client, claim));
        Assert.Empty(desk.Ask(3, null, Client, claim));
        Assert.Equal(
            ["policy tidy runs job 2, as many as it may (policies.tidy.jobs-max = 1)"], desk.Why(3));
        Assert.Equal([3], desk.End(2));
    }
}

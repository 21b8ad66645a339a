using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>Why a job waits: what it lacks, and who has that.</summary>
public sealed class WaitReasonSpecs
{
    private readonly LeaseDesk _desk = LeaseDesk.Of(drives: 2, slots: 2);

    public WaitReasonSpecs()
    {
        _desk.Ask(1, Library, Client);
        _desk.Ask(2, Library, Client);
    }

    [Fact]
    public void What_it_lacks_is_named_and_who_has_that()
    {
        _desk.Ask(3, Library, Client);
        _desk.Ask(4, Library, Client);

        Assert.Equal(
            ["drive vault/0 is held by job 1",
                "drive vault/1 is held by job 2",
                "client web1 runs job 1, job 2, as many as it may (2)",
                "job 3 waits for the same and comes first"],
            _desk.Why(4));
        Assert.Equal(3, _desk.Why(3).Length);
        Assert.Empty(_desk.Why(1));
    }

    [Fact]
    public void The_chain_goes_on_to_the_volume_that_a_drives_holder_waits_for()
    {
        _desk.Awaits(1, Volume);
        _desk.Ask(3, Library, null);

        Assert.Equal(
            [
                "drive vault/0 is held by job 1",
                "job 1 waits for volume D0001, which is not in library vault: put it there, or into a drive with "
                    + "`backup mount D0001`",
                "drive vault/1 is held by job 2",
            ],
            _desk.Why(3));

        _desk.Awaits(1, null); // it has it
        Assert.DoesNotContain(_desk.Why(3), reason => reason.Contains("volume", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_long_queue_the_first_ten_are_named()
    {
        foreach (var job in Enumerable.Range(3, 13)) _desk.Ask(job, Library, Client);

        Assert.EndsWith("job 11, job 12 and 2 more wait for the same and come first", _desk.Why(15)[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Jobs_that_stand_in_nobodys_way_are_not_named()
    {
        _desk.Ask(3, Library, Client); // lacks a slot too, so that a drive which is given back goes to job 5
        _desk.Ask(4, null, Client); // a slot alone
        _desk.Ask(5, Library, null);
        _desk.Ask(6, Library, null);

        Assert.Equal(["drive vault/0 is held by job 1", "drive vault/1 is held by job 2"], _desk.Why(5));
        Assert.Equal(["client web1 runs job 1, job 2, as many as it may (2)"], _desk.Why(4));
        Assert.Equal("job 5 waits for the same and comes first", _desk.Why(6)[^1]);
    }
}

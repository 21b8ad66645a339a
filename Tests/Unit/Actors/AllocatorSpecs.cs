using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class AllocatorSpecs : AllocatorKit
{
    [Fact]
    public void Free_drives_are_granted_at_once_the_lowest_number_first()
    {
        Assert.Equal(new DriveId(Library, 0), Granted(1));
        Assert.Equal(new DriveId(Library, 1), Granted(2));
    }

    [Fact]
    public void Of_several_libraries_the_first_that_is_there_is_granted_and_waited_for()
    {
        var cluster = Started(InCluster with { QuietAtStart = TimeSpan.Zero });
        var cellar = new LibraryName("cellar");
        Offer(cluster, "s1", Client, new DriveId(Library, 0));
        Offer(cluster, "s2", null, new DriveId(cellar, 0));
        Ask(1, Library);
        Assert.Equal((new JobId(1), new DriveId(Library, 0)), Answer());
        Ask(2, Library);
        Assert.Equal(["drive vault/0 is held by job 1"], Why(2, cluster).Select(WaitText.Sentence));

        cluster.Tell(new AllocatorProtocol.Withdraw(new NodeName("s1")), TestActor);

        Assert.Equal((new JobId(2), new DriveId(cellar, 0)), Answer());
        Ask(3, Library);
        Assert.Equal(
            [
                "no node that owns library vault is connected",
                "no node that owns library gone is connected",
                "drive cellar/0 is held by job 2",
            ],
            Why(3, cluster).Select(WaitText.Sentence));
        Release(2, to: cluster);
        Assert.Equal((new JobId(3), new DriveId(cellar, 0)), Answer());

        void Ask(long job, LibraryName library) => cluster.Tell(
            new AllocatorProtocol.Reserve(new JobId(job), library, null, 1, [new LibraryName("gone"), cellar]),
            TestActor);
    }

    [Fact]
    public void A_restore_gets_further_drives_as_far_as_nobody_waits_for_them()
    {
        var four = Started(
            OneNode with { Drives = [.. Enumerable.Range(0, 4).Select(Number)], Limits = new JobLimits(9) });
        Restore(1, 3);
        Assert.Equal([0, 1, 2], Answer().Order());
        Restore(2, 3);
        Assert.Equal([3], Answer());
        Restore(3, 3);
        Reserve(4, to: four, library: Library, client: Client);
        ExpectNothing();
        Assert.Equal(
            ["drive vault/0 is held by job 1", "drive vault/1 is held by job 1", "drive vault/2 is held by job 1",
                "drive vault/3 is held by job 2"],
            Why(3, four).Select(WaitText.Sentence));

        Release(1, to: four);

        // Each that waits has one before anybody has two
        Assert.Equal([[0, 2], [1]], new[] { Answer(), Answer() });

        void Restore(long job, int drives) => four.Tell(
            new AllocatorProtocol.Reserve(new JobId(job), Library, Client, 1, Drives: drives), TestActor);

        IReadOnlyList<int> Answer()
        {
            var granted = ExpectMsg<AllocatorProtocol.Granted>();
            return [.. (granted.More ?? []).Prepend(granted.Drive!.Value).Select(drive => drive.Number)];
        }
    }

    [Fact]
    public void What_a_restore_does_not_use_is_another_s()
    {
        Alone.Tell(new AllocatorProtocol.Reserve(new JobId(1), Library, Client, 1, Drives: 2), TestActor);
        Assert.Equal([new DriveId(Library, 1)], ExpectMsg<AllocatorProtocol.Granted>().More);
        Reserve(2);
        ExpectNothing();

        Hold(1);

        Assert.Equal((new JobId(2), Number(1)), Answer());
    }

    [Fact]
    public void A_repeated_request_holds_one_drive_and_one_slot()
    {
        Assert.Equal(Granted(1), Granted(1));

        Granted(2);
    }

    [Fact]
    public void A_request_that_its_job_does_not_repeat_is_not_granted()
    {
        Granted(1);
        Granted(2);
        Reserve(3);
        Reserve(4);
        for (var asks = 0; asks < 5; asks++)
        {
            Advance(AskAgain);
            Hold(1);
            Hold(2, number: 1);
            Reserve(4);
        }

        Release(1);

        Assert.Equal(new JobId(4), ExpectMsg<AllocatorProtocol.Granted>().Job);
        Assert.Empty(Why(3));
    }

    [Fact]
    public void A_lease_that_its_job_does_not_renew_ends()
    {
        Granted(1);
        Granted(2);
        for (var asks = 0; asks < 5; asks++)
        {
            Advance(AskAgain);
            Hold(2, number: 1);
            Reserve(3);
        }

        Assert.Equal((new JobId(3), new DriveId(Library, 0)), Answer());
    }

    [Fact]
    public void What_is_not_configured_is_refused_for_good()
    {
        Reserve(1, new LibraryName("cellar"), null);
        Assert.False(JobRules.IsRetryable(ExpectMsg<AllocatorProtocol.Refused>().Failure));
        Reserve(1, Library, new ClientName("nobody"));
        Assert.False(JobRules.IsRetryable(ExpectMsg<AllocatorProtocol.Refused>().Failure));
        ExpectNothing();
    }
}

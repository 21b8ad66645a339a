using Backup.Actors.Spool;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Spool;

/// <summary>Who may spool, when a drive begins, and which image goes next.</summary>
public sealed class SpoolChoiceSpecs
{
    private const long MiB = 1 << 20;
    private static readonly DateTimeOffset Night = new(2026, 3, 1, 2, 0, 0, TimeSpan.Zero);
    private static readonly PoolName Pool = new("disk");

    [Theory]
    [InlineData(SpoolOrder.First, "5 9 2 7")]
    [InlineData(SpoolOrder.Last, "7 2 9 5")]
    [InlineData(SpoolOrder.Largest, "9 7 5 2")]
    [InlineData(SpoolOrder.Smallest, "2 5 7 9")]
    // 8 are left of 10: 5 fits, then 2 of the 3, then none of 1, so the first goes over the end, and what is left of it
    [InlineData(SpoolOrder.FirstFit, "5 2 9 7")]
    [InlineData(SpoolOrder.LargestFit, "7 2 9 5")]
    public void Images_leave_in_the_order_that_the_rule_says(SpoolOrder order, string expected) =>
        Assert.Equal(expected, string.Join(' ', SpoolChoice.InOrder(
            [Image(0, 5), Image(1, 9), Image(2, 2), Image(3, 7)], order, 8 * MiB, 10 * MiB)
            .Select(image => image.Bytes / MiB)));

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(12, 0, true)]
    [InlineData(13, 0, false)]
    [InlineData(13, 3, false)]
    [InlineData(13, 4, true)]
    public void A_drive_begins_when_enough_waits_or_something_for_long(int startAt, int hours, bool isDue)
    {
        var rule = new SpoolRule(
            new LibraryName("tapes"), [Pool], startAt * MiB, TimeSpan.FromHours(4), SpoolOrder.First, 10 * MiB);

        Assert.Equal(isDue, SpoolChoice.IsDue([Image(0, 5), Image(1, 7)], rule, Night.AddHours(hours)));
        Assert.False(SpoolChoice.IsDue([], rule, Night.AddDays(9)));
    }

    [Theory]
    [InlineData(0, 1000, false, false, SpoolAnswer.Admitted)]
    [InlineData(97, 1000, false, false, SpoolAnswer.NoRoom)]
    [InlineData(0, 3, false, false, SpoolAnswer.NoRoom)]
    [InlineData(60, 1000, true, false, SpoolAnswer.Admitted)]
    [InlineData(60, 1000, false, true, SpoolAnswer.Admitted)]
    [InlineData(60, 1000, true, true, SpoolAnswer.Reserved)]
    [InlineData(40, 1000, true, true, SpoolAnswer.Admitted)]
    public void A_spool_takes_what_it_has_room_for_and_keeps_its_reserve_while_no_drive_writes(
        int used, int free, bool isDegraded, bool isFull, SpoolAnswer expected) =>
        Assert.Equal(expected, SpoolAdmission.Of(new SpoolRoom(
            100 * MiB, used * MiB, free * MiB, ReservePercent: 50, isDegraded, isFull, HasEnded: false)));

    [Fact]
    public void A_session_that_has_met_the_end_of_its_volume_does_not_begin_another() =>
        Assert.Equal(SpoolAnswer.NoRoom, SpoolAdmission.Of(new SpoolRoom(
            100 * MiB, 0, 100 * MiB, 0, IsDegraded: false, IsFull: false, HasEnded: true)));

    /// <summary>A job that was lost and goes on has no more than one that was not.</summary>
    [Theory]
    [InlineData(0, 90, SpoolAnswer.Admitted, 0)]
    [InlineData(20, 0, SpoolAnswer.Admitted, 20)]
    [InlineData(20, 15, SpoolAnswer.Admitted, 5)]
    [InlineData(20, 17, SpoolAnswer.NoRoom, 3)]
    [InlineData(20, 21, SpoolAnswer.NoRoom, 0)]
    public void What_earlier_attempts_have_there_counts_for_the_limit_of_a_job(
        int max, int used, SpoolAnswer expected, int left)
    {
        var room = new SpoolRoom(100 * MiB, 0, 100 * MiB, 0, IsDegraded: false, IsFull: false, HasEnded: false)
        {
            JobMaxBytes = max * MiB,
            JobUsedBytes = used * MiB,
        };

        Assert.Equal(expected, SpoolAdmission.Of(room));
        Assert.Equal(left * MiB, room.JobLeftBytes);
    }

    [Theory]
    [InlineData(SpoolUse.Auto, 80, 79.9, SpoolUse.Auto)]
    [InlineData(SpoolUse.Auto, 80, 80.0, SpoolUse.Direct)]
    [InlineData(SpoolUse.Auto, 80, null, SpoolUse.Auto)]
    [InlineData(SpoolUse.Auto, 0, 900.0, SpoolUse.Auto)]
    [InlineData(SpoolUse.Required, 80, 900.0, SpoolUse.Required)]
    [InlineData(SpoolUse.None, 80, 900.0, SpoolUse.None)]
    public void A_backup_that_was_fast_enough_for_a_drive_goes_to_one(
        SpoolUse use, int streamsAt, double? rate, SpoolUse expected) =>
        Assert.Equal(expected, new SpoolRule(
            new LibraryName("tapes"), [Pool], 0, TimeSpan.Zero, SpoolOrder.First, 10 * MiB)
        {
            StreamsAtBytesPerSecond = streamsAt,
        }.UseOf(use, rate));

    [Fact]
    public void Of_a_spool_without_a_size_its_disk_is_what_there_is()
    {
        var room = new SpoolRoom(
            long.MaxValue, 60 * MiB, 40 * MiB, ReservePercent: 50, IsDegraded: true, IsFull: true, HasEnded: false);

        Assert.Equal(SpoolAnswer.Reserved, SpoolAdmission.Of(room));
        Assert.Equal(SpoolAnswer.Admitted, SpoolAdmission.Of(room with { UsedBytes = 20 * MiB, FreeBytes = 80 * MiB }));
    }

    [Fact]
    public void What_waits_is_in_a_pool_that_says_where_it_goes()
    {
        var spool = SpoolPools.Of(Pool);

        Assert.Equal("disk.spool", spool.Value);
        Assert.Equal(spool, SpoolPools.Of(spool));
        Assert.Equal(Pool, SpoolPools.TargetOf(spool));
        Assert.False(SpoolPools.Is(Pool));
    }

    private static SpooledImage Image(int minute, long mebibytes) =>
        new(ImageId.New(), Pool, Night.AddMinutes(minute), mebibytes * MiB);
}

using System.Text.RegularExpressions;
using Backup.Actors.Catalog;
using Backup.Actors.Copies;
using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Copies;

/// <summary>Which images are copied, migrated, read and taken out: rules over what the catalog knows.</summary>
public sealed class CopyChoiceSpecs
{
    private static readonly PoolName Disk = new("disk");
    private static readonly PoolName Tape = new("tape");
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly CopiedImage Old = Image(1, days: 90, bytes: 10, Copy(1, Disk, "disk-1"));
    private static readonly CopiedImage Middle = Image(2, days: 60, bytes: 20, Copy(1, Disk, "disk-2"));
    private static readonly CopiedImage Young = Image(3, days: 1, bytes: 30, Copy(1, Disk, "disk-1", "disk-2"));

    private static readonly CopiedImage Twice = Image(
        4, days: 30, bytes: 40, Copy(1, Disk, "disk-2"), Copy(2, new PoolName("bank"), "bank-1"));

    private static readonly CopiedImage There = Image(
        5, days: 80, bytes: 50, Copy(1, Disk, "disk-2"), Copy(2, Tape, "tape-1"));

    private static readonly CopiedImage[] All = [Young, There, Twice, Middle, Old];

    private static readonly PooledVolume[] Volumes =
    [
        new(new VolumeName("disk-1"), 70, Now.AddDays(-10)),
        new(new VolumeName("disk-2"), 50, Now.AddDays(-90)),
        new(new VolumeName("disk-3"), 5, Now.AddDays(-100)),
    ];

    [Fact]
    public void What_is_in_the_target_pool_is_left_out_and_the_oldest_comes_first()
    {
        Assert.Equal([Old, Middle, Twice, Young], CopyChoice.Of(All, new CopyFilter(Tape)));
        Assert.Equal([Old, Middle, Young], CopyChoice.Of(All, new CopyFilter(Tape, Uncopied: true)));
        Assert.Equal([Old, Middle], CopyChoice.Of(
            All, new CopyFilter(Tape, SealedBefore: Now.AddDays(-60))));
        Assert.Equal([Twice], CopyChoice.Of(All, new CopyFilter(Tape, Pool: new PoolName("bank"))));
        Assert.Empty(CopyChoice.Of(All, new CopyFilter(Tape, Client: new ClientName("other"))));
        Assert.Equal([Twice], CopyChoice.Of(All, new CopyFilter(Tape, Match: new Regex("^bank"))));
        Assert.Equal(4, CopyChoice.Of(All, new CopyFilter(Tape, Match: new Regex("^nightly$"))).Count);
    }

    [Theory]
    [InlineData(MigrationRule.All, 0, 0, new[] { 1, 2, 4, 3 })]
    [InlineData(MigrationRule.Occupancy, 125, 100, new int[0])]
    [InlineData(MigrationRule.Occupancy, 124, 115, new[] { 1 })]
    [InlineData(MigrationRule.Occupancy, 124, 100, new[] { 1, 2 })]
    [InlineData(MigrationRule.Occupancy, 1, 0, new[] { 1, 2, 4, 3 })]
    [InlineData(MigrationRule.SmallestVolume, 0, 0, new[] { 2, 4, 3 })]
    [InlineData(MigrationRule.OldestVolume, 0, 0, new[] { 2, 4, 3 })]
    public void A_migration_takes_what_its_rule_says(MigrationRule by, long high, long low, int[] images)
    {
        var chosen = CopyChoice.Of(All, new CopyFilter(Tape, Pool: Disk));

        var taken = CopyChoice.Migrated(chosen, Disk, Volumes, new MigrationLimits(by, 125, high, low));

        Assert.Equal(images, taken.Select(image => (int)image.Image.Value));
    }

    [Fact]
    public void The_copy_that_is_there_and_well_is_read_first()
    {
        var volumes = new[]
        {
            Volume("a", "tapes", VolumeState.Full), Volume("b", "tapes", VolumeState.Error),
            Volume("c", "tapes", VolumeState.Vaulted), Volume("d", "far", VolumeState.Full),
            Volume("e", "tapes", VolumeState.Full),
        }.ToDictionary(volume => volume.Name);
        CopyRecord[] copies =
        [
            Placed(1, "c"), Placed(2, "b"), Placed(3, "a", CopyState.Damaged), Placed(4, "e"), Placed(5, "d"),
            Placed(6, "gone"),
        ];

        IEnumerable<int> Order(string? near) => new CopyOrder(
            volumes, near is null ? null : new LibraryName(near)).Of(copies).Select(copy => copy.Copy);

        Assert.Equal([4, 3, 2, 1, 5, 6], Order("tapes"));
        Assert.Equal([5, 4, 3, 2, 1, 6], Order("far"));
        Assert.Equal([4, 5, 3, 2, 1, 6], Order(null));
        Assert.Equal([2, 3, 1], CopyOrder.None.Of([Placed(1, "a", CopyState.Damaged), Placed(2, "b"), Placed(3, "c")])
            .Select(copy => copy.Copy));
    }

    [Fact]
    public void The_volume_that_was_read_again_longest_ago_is_due()
    {
        VolumeRecord[] volumes =
        [
            Volume("new", "tapes", VolumeState.Full, written: 1), Volume("old", "tapes", VolumeState.Full, written: 90),
            Volume("older", "tapes", VolumeState.Full, written: 95),
            Volume("open", "tapes", VolumeState.Append, written: 99),
        ];
        DateTimeOffset? Last(VolumeRecord volume) => volume.Name.Value == "older" ? Now.AddDays(-2) : null;

        Assert.Equal("old", ScrubChoice.Due(volumes, Last, Last, TimeSpan.FromDays(30), Now)?.Value);
        Assert.Null(ScrubChoice.Due(volumes, Last, Last, TimeSpan.FromDays(91), Now));
        foreach (var state in (VolumeState[])[VolumeState.Used, VolumeState.Archive, VolumeState.ReadOnly])
            Assert.NotNull(ScrubChoice.Due(
                [Volume("kept", "tapes", state, written: 90)], Last, Last, TimeSpan.FromDays(30), Now));
    }

    [Fact]
    public void A_volume_that_could_not_be_read_again_keeps_no_other_from_its_turn()
    {
        VolumeRecord[] volumes =
        [
            Volume("lost", "tapes", VolumeState.Full, written: 95),
            Volume("old", "tapes", VolumeState.Full, written: 90),
        ];
        DateTimeOffset? Tried(VolumeRecord volume) => volume.Name.Value == "lost" ? Now.AddDays(-1) : null;
        VolumeName? Due(DateTimeOffset? good) => ScrubChoice.Due(
            volumes, volume => volume.Name.Value == "old" ? good : null, Tried, TimeSpan.FromDays(30), Now);

        Assert.Equal("old", Due(good: null)?.Value);
        Assert.Equal("lost", Due(good: Now)?.Value);
    }

    [Fact]
    public void What_goes_to_the_vault_next_holds_further_copies_and_nothing_that_is_only_there()
    {
        var volumes = new[] { "disk-1", "disk-2", "bank-1", "tape-1" }
            .Select(name => Volume(name, "tapes", VolumeState.Full)).ToList();

        IReadOnlyList<string> Export(params string[] away) => [.. VaultRequests.ExportSet(
            All, volumes, away.Select(name => new VolumeName(name)).ToHashSet()).Select(name => name.Value)];

        Assert.Equal(["bank-1", "tape-1"], Export());
        Assert.Equal(["bank-1"], Export("tape-1"));
    }

    private static CopiedImage Image(int number, int days, long bytes, params PooledCopy[] copies) => new(
        new ImageId((UInt128)number), new PolicyName("nightly"), new ClientName("web1"), new FileSetName("all"),
        Now.AddDays(-days), bytes, copies, [.. copies.Select(copy => copy.Copy)]);

    private static PooledCopy Copy(int number, PoolName pool, params string[] volumes) =>
        new(number, pool, [.. volumes.Select(volume => new VolumeName(volume))]);

    private static CopyRecord Placed(int number, string volume, CopyState state = CopyState.Good)
    {
        var at = new TapePosition(new VolumeName(volume), number);
        return new CopyRecord(number, at, [new PartRecord(0, at, 0, 1)], state, Now);
    }

    private static VolumeRecord Volume(string name, string library, VolumeState state, int written = 0) => new()
    {
        Name = new VolumeName(name),
        Uuid = new VolumeUuid(Guid.NewGuid()),
        Library = new LibraryName(library),
        Pool = Disk,
        State = state,
        LabelledAt = Now.AddDays(-100),
        LastWrittenAt = Now.AddDays(-written),
        TapeFiles = 3,
    };
}

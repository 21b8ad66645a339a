using Backup.Actors.Storage;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Volumes;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>Which volume is taken, and what becomes of volumes.</summary>
public sealed class VolumeChoiceSpecs
{
    private static readonly PoolName Pool = new("main");
    private static readonly PoolName Scratch = new("scratch");
    private static readonly DateTimeOffset Now = JobSamples.At;

    [Fact]
    public void The_order_is_what_takes_data_then_labelled_then_let_go_then_scratch_then_new_then_a_person()
    {
        var rules = new PoolRules { ScratchPool = Scratch };
        var volumes = new List<VolumeCandidate>
        {
            Volume("s2", VolumeState.Recycle, pool: Scratch), Volume("s1", VolumeState.Blank, pool: Scratch),
            Volume("f1", VolumeState.Full), Volume("u1", VolumeState.Used), Volume("e1", VolumeState.Error),
            Volume("r2", VolumeState.Recycle, written: -5), Volume("r1", VolumeState.Recycle, written: -9),
            Volume("b2", VolumeState.Blank, labelled: -1), Volume("b1", VolumeState.Blank, labelled: -2),
            Volume("a1", VolumeState.Append, written: -3), Volume("a2", VolumeState.Append, written: -1),
            Volume("o1", VolumeState.Append, pool: new PoolName("other")),
        };
        var taken = new List<string>();
        while (true)
        {
            var pick = VolumeChoice.Next(Pool, rules, library: true, volumes, Of(volumes), Now);
            var volume = pick switch
            {
                VolumePick.Append append => append.Volume,
                VolumePick.Renew renew => renew.Volume,
                _ => null,
            };
            taken.Add(volume?.Identity.Name.Value ?? pick.GetType().Name);
            if (volume is null) break;
            volumes.RemoveAll(each => each.Known == volume);
        }

        Assert.Equal(["a2", "a1", "b1", "b2", "r1", "r2", "s1", "s2", "LabelNew"], taken);
        Assert.IsType<VolumePick.None>(VolumeChoice.Next(Pool, rules, library: false, volumes, Three, Now));
        Assert.IsType<VolumePick.None>(VolumeChoice.Next(
            Pool, rules with { AutoLabels = false }, library: true, volumes, Three, Now));
    }

    [Fact]
    public void A_pool_that_has_all_its_volumes_gets_no_more_but_uses_its_own_again()
    {
        var rules = new PoolRules { VolumesMax = 3, ScratchPool = Scratch };
        var scratch = Volume("s1", VolumeState.Blank, pool: Scratch);
        var old = Volume("r1", VolumeState.Recycle);

        Assert.IsType<VolumePick.None>(VolumeChoice.Next(Pool, rules, library: true, [scratch], Three, Now));
        Assert.IsType<VolumePick.Renew>(VolumeChoice.Next(Pool, rules, library: true, [scratch], Three[1..], Now));
        Assert.Equal(old.Known, Assert.IsType<VolumePick.Renew>(
            VolumeChoice.Next(Pool, rules, library: true, [scratch, old], Three, Now)).Volume);
        Assert.IsType<VolumePick.None>(VolumeChoice.Next(
            Pool, rules with { Recycles = false }, library: true, [old], Three, Now));
    }

    [Theory]
    [InlineData(0, "old")]
    [InlineData(1, "old")]
    [InlineData(3, "old")]
    [InlineData(4, "LabelNew")] // behind the old one two were written
    public void A_volume_is_used_again_when_all_others_of_its_cycle_were_written_since(int cycle, string expected)
    {
        var (old, other) = (Volume("old", VolumeState.Recycle, written: -9), Volume("f1", VolumeState.Full, written: -2));
        var elsewhere = Volume("f2", VolumeState.Full, written: -1);
        var before = Volume("f0", VolumeState.Full, written: -10);

        var pick = VolumeChoice.Next(
            Pool, new PoolRules { VolumeCycle = cycle }, library: true, [old, other],
            Of([old, other, elsewhere, before]), Now);

        Assert.Equal(expected, (pick as VolumePick.Renew)?.Volume.Identity.Name.Value ?? pick.GetType().Name);
    }

    [Theory]
    [InlineData(5, 0, 0, 0, VolumeState.Full)] // bytes
    [InlineData(0, 2, 0, 0, VolumeState.Used)] // images
    [InlineData(0, 0, 24, 0, VolumeState.Used)] // hours of use
    [InlineData(5_000, 3, 72, 3, null)]
    public void A_volume_that_has_reached_a_limit_takes_no_more(
        long bytes, int images, int hours, int volumes, VolumeState? expected)
    {
        var rules = new PoolRules
        {
            VolumeBytesMax = bytes,
            VolumeImagesMax = images,
            VolumeUseMax = TimeSpan.FromHours(hours),
            VolumesMax = volumes,
        };
        var volume = Volume("a1", VolumeState.Append);
        volume = volume with { Known = volume.Known with { Images = 2, FirstWritten = Now.AddDays(-2) } };

        var pick = VolumeChoice.Next(Pool, rules, library: true, [volume], Of([volume]), Now);

        Assert.Equal(expected, (pick as VolumePick.Turn)?.State);
    }

    [Fact]
    public void Every_state_has_a_turn_for_every_event_and_the_table_of_the_docs_says_the_same()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot(), "docs", "media.md"))
            .SkipWhile(line => !line.StartsWith("| state | written |", StringComparison.Ordinal)).ToList();
        var head = lines[0].Split('|')[2..^1].Select(word => word.Trim()).ToList();
        foreach (var state in Enum.GetValues<VolumeState>())
        {
            var row = lines.First(line => line.StartsWith($"| {VolumeLife.Word(state)} |", StringComparison.Ordinal))
                .Split('|')[2..^1].Select(word => word.Trim()).ToList();
            foreach (var happened in Enum.GetValues<VolumeEvent>())
            {
                var turn = VolumeLife.After(state, happened);
                var said = row[head.IndexOf(Words[happened])];
                Assert.True(
                    said == (turn.Refusal is not null ? "–" : turn.State == state ? "=" : VolumeLife.Word(turn.State)),
                    $"{state} {happened}: {said}, {turn}");
            }
        }
    }

    [Fact]
    public void What_an_operator_archived_or_disabled_is_never_written_or_let_go()
    {
        foreach (var state in (VolumeState[])
            [VolumeState.Archive, VolumeState.Disabled, VolumeState.ReadOnly, VolumeState.Error, VolumeState.Cleaning])
            foreach (var happened in (VolumeEvent[])
                [VolumeEvent.Written, VolumeEvent.Emptied, VolumeEvent.Relabelled])
                Assert.NotNull(VolumeLife.After(state, happened).Refusal);
        Assert.Null(VolumeLife.WishFor(VolumeState.Recycle));
        Assert.Null(VolumeLife.WishFor(VolumeState.Blank));
        Assert.Null(VolumeLife.WishFor(VolumeState.Error));
    }

    private static KnownVolume[] Three =>
        [.. Of([Volume("x", VolumeState.Full), Volume("y", VolumeState.Full), Volume("z", VolumeState.Full)])];

    private static IReadOnlyCollection<KnownVolume> Of(IEnumerable<VolumeCandidate> volumes) =>
        [.. volumes.Select(volume => volume.Known)];

    private static readonly Dictionary<VolumeEvent, string> Words = new()
    {
        [VolumeEvent.Written] = "written",
        [VolumeEvent.EndReached] = "end",
        [VolumeEvent.LimitReached] = "limit",
        [VolumeEvent.Failed] = "fails",
        [VolumeEvent.Emptied] = "emptied",
        [VolumeEvent.Relabelled] = "relabelled",
        [VolumeEvent.Read] = "read",
        [VolumeEvent.ToAppend] = "append!",
        [VolumeEvent.ToFull] = "full!",
        [VolumeEvent.ToUsed] = "used!",
        [VolumeEvent.ToReadOnly] = "read-only!",
        [VolumeEvent.ToDisabled] = "disabled!",
        [VolumeEvent.ToArchive] = "archive!",
        [VolumeEvent.ToCleaning] = "cleaning!",
    };

    private static string RepositoryRoot()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Backup.sln"))) at = Path.GetDirectoryName(at)!;
        return at;
    }

    private static VolumeCandidate Volume(
        string name, VolumeState state, int written = 0, int labelled = 0, PoolName? pool = null) => new(
        new KnownVolume(
            new VolumeIdentity(new VolumeName(name), VolumeId.New()), pool ?? Pool, state, Now.AddDays(labelled), null,
            null, null)
        {
            LastWritten = state is VolumeState.Blank ? null : Now.AddDays(written),
        }, () => 1000);
}

using System.Diagnostics;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Tests.Media.Fragments;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class MtxChangerSpecs : IDisposable
{
    // What mtx 1.3 prints and does, of a changer whose elements are files: its state is a folder.
    private const string Program =
        """
        #!/bin/bash
        cd "$(dirname "$0")" || exit 9
        [ "$1" = -f ] || { echo "no device" >&2; exit 1; }
        [ -e "$2" ] || { echo "mtx: cannot open SCSI device '$2' - No such device" >&2; exit 1; }
        shift 2
        echo "$*" >> calls
        [ -e hangs ] && exec sleep 60
        [ -e not-ready ] && [ "$1" != status ] && { rm not-ready; echo "Drive needs offline before move" >&2; exit 1; }
        case $1 in
        status)
          echo "  Storage Changer /dev/sg3:1 Drives, 4 Slots ( 1 Import/Export )"
          if [ -e drive-0 ]; then
            read -r from tag < drive-0
            echo "Data Transfer Element 0:Full (Storage Element $from Loaded):VolumeTag = $tag           "
          else echo "Data Transfer Element 0:Empty"; fi
          for slot in 1 2 3 4; do
            kind=""; [ $slot = 4 ] && kind=" IMPORT/EXPORT"
            if [ -e slot-$slot ]; then echo "      Storage Element $slot$kind:Full :VolumeTag=$(cat slot-$slot)      "
            else echo "      Storage Element $slot$kind:Empty"; fi
          done ;;
        load) [ -e "slot-$2" ] || { echo "Source Element Address $2 is Empty" >&2; exit 1; }
          echo "$2 $(cat "slot-$2")" > drive-0; rm "slot-$2" ;;
        unload) read -r _ tag < drive-0; echo "$tag" > "slot-$2"; rm drive-0 ;;
        transfer) mv "slot-$2" "slot-$3" ;;
        esac
        """;

    private readonly TemporaryFolder _folder = new();

    public MtxChangerSpecs()
    {
        File.WriteAllText(_folder["mtx"], Program);
        using (var chmod = Process.Start("chmod", ["755", _folder["mtx"]])) chmod.WaitForExit();
        File.WriteAllText(_folder["sg3"], "");
        File.WriteAllText(_folder["slot-1"], "A00001L5");
        File.WriteAllText(_folder["slot-4"], "B 7");
    }

    public void Dispose() => _folder.Dispose();

    [ShellFact]
    public void Cartridges_are_seen_and_moved()
    {
        var mtx = Changer();

        Assert.Null(mtx.Load(1, 0));
        Assert.Equal(new ChangerDrive(0, true, 1, "A00001L5"), Status(mtx).Drives[0]);
        Assert.Null(mtx.Unload(2, 0));
        Assert.Null(mtx.Transfer(4, 1));

        Assert.Equal(
            [
                new ChangerSlot(1, true, false, "B 7"), new ChangerSlot(2, true, false, "A00001L5"),
                new ChangerSlot(3, false, false, ""), new ChangerSlot(4, false, true, ""),
            ],
            Status(mtx).Slots);
    }

    [ShellFact]
    public void A_drive_that_is_not_ready_to_be_unloaded_is_asked_again_and_other_refusals_are_told_at_once()
    {
        var mtx = Changer();
        mtx.Load(1, 0);
        File.WriteAllText(_folder["not-ready"], "");

        Assert.Null(mtx.Unload(1, 0));
        var refused = mtx.Load(3, 0);

        Assert.Contains("Source Element Address 3 is Empty", refused, StringComparison.Ordinal);
        Assert.Equal(["load 1 0", "unload 1 0", "unload 1 0", "load 3 0"], File.ReadAllLines(_folder["calls"]));
    }

    [ShellFact]
    public void A_changer_that_hangs_is_stopped_after_its_time()
    {
        File.WriteAllText(_folder["hangs"], "");

        Assert.Null(Changer(TimeSpan.FromMilliseconds(300)).Status(out var trouble));

        Assert.Contains("did not end within", trouble, StringComparison.Ordinal);
    }

    [ShellFact]
    public void A_missing_device_or_program_says_so()
    {
        var device = new MtxChanger(
            new MtxOptions(_folder["sg9"], _folder["mtx"], TimeSpan.FromSeconds(20), null), _ => { },
            TimeProvider.System);
        Assert.Null(device.Status(out var trouble));
        Assert.Contains("No such device", trouble, StringComparison.Ordinal);

        var program = new MtxChanger(
            new MtxOptions(_folder["sg3"], _folder["none"], TimeSpan.FromSeconds(20), null), _ => { },
            TimeProvider.System);
        Assert.Null(program.Status(out trouble));
        Assert.Contains("Install mtx", trouble, StringComparison.Ordinal);
    }

    /// <summary>MS-07: a library may be shared by several processes.</summary>
    [Fact]
    public void Only_one_process_moves_cartridges_at_a_time()
    {
        var paused = 0;
        var lockFile = _folder["lock"];
        var options = new MtxOptions("/dev/sg3", "mtx", TimeSpan.Zero, lockFile);
        var mtx = new MtxChanger(options, _ => paused++, TimeProvider.System);
        var other = Descriptor.OpenOrCreate(lockFile);
        Assert.True(other.TryLock(exclusive: true));

        Assert.Null(mtx.Lock(out var trouble));
        Assert.Contains(lockFile, trouble, StringComparison.Ordinal);

        var patient = new MtxChanger(
            options with { Within = TimeSpan.FromMinutes(1) }, _ => other.Dispose(), TimeProvider.System);
        using var held = patient.Lock(out _);
        Assert.NotNull(held);
    }

    [Theory]
    [InlineData("  Storage Changer /dev/sg2:2 Drives, 2 Slots ( 0 Import/Export )\n"
        + "Data Transfer Element 0:Full (Unknown Storage Element Loaded)\n"
        + "Data Transfer Element 1:Full (Storage Element 12 Loaded):VolumeTag = ABC123L6 :AlternateVolumeTag = x\n"
        + "      Storage Element 1:Full \n      Storage Element 2:Full :VolumeTag=MY TAPE 7:AlternateVolumeTag=y\n",
        "0 full ? '', 1 full 12 'ABC123L6' | 1 full '', 2 full 'MY TAPE 7'")]
    [InlineData("Data Transfer Element 0:Empty\n      Storage Element 30 IMPORT/EXPORT:Empty:VolumeTag=\n",
        "0 empty ? '' | 30 empty exchange ''")]
    [InlineData("mtx: warning\nData Transfer Element x:Full\nStorage Element 3\nStorage Element 4:Broken\n"
        + "Storage Element 5:Full:VolumeTag=E1", " | 5 full 'E1'")]
    public void Status_of_several_kinds_of_library_is_understood(string text, string expected)
    {
        var status = ChangerStatus.Parse(text)!;

        var drives = status.Drives.Select(
            each => $"{each.Number} {Full(each.IsFull)} {each.Source?.ToString() ?? "?"} '{each.Tag}'");
        var slots = status.Slots.Select(
            each => $"{each.Number} {Full(each.IsFull)}{(each.IsExchange ? " exchange" : "")} '{each.Tag}'");
        Assert.Equal(expected, $"{string.Join(", ", drives)} | {string.Join(", ", slots)}");
    }

    [Fact]
    public void What_is_no_status_is_none() => Assert.Null(ChangerStatus.Parse("Usage: mtx [--version]\n"));

    private static string Full(bool isFull) => isFull ? "full" : "empty";

    private MtxChanger Changer(TimeSpan? within = null) => new(
        new MtxOptions(_folder["sg3"], _folder["mtx"], within ?? TimeSpan.FromSeconds(20), null), _ => { },
        TimeProvider.System);

    private static ChangerStatus Status(MtxChanger mtx)
    {
        var status = mtx.Status(out var trouble);
        Assert.True(status is not null, trouble);
        return status;
    }
}

using System.Buffers.Binary;
using System.Text;
using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class ForeignMediumSpecs
{
    [Theory]
    [InlineData("Bacula 1.0 immortal\n", "a Bacula volume \"Full-0007\"")]
    [InlineData("Bareos 2.0 immortal\n", "a Bareos volume \"Full-0007\"")]
    public void Volumes_of_Bacula_and_Bareos_are_known_with_their_names(string id, string expected)
    {
        Assert.Equal(expected, ForeignMedium.Describe(Bacula(id)));
        Assert.StartsWith(expected.Split(" \"")[0], ForeignMedium.Describe(Bacula(id).AsSpan(0, 70)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AMANDA: TAPESTART DATE 20261120 TAPE DailySet1-01\n\x0c", "an Amanda volume \"DailySet1-01\"")]
    [InlineData("AMANDA: FILE 20261120 web1 /srv lev 0", "an Amanda volume")]
    [InlineData("VOL1BK0001                  OPERATOR", "a volume with an ANSI label \"BK0001\"")]
    [InlineData("VOL1000007L             LTFS         ", "an LTFS volume \"000007\"")]
    [InlineData("070701000001A4", "a cpio archive")]
    [InlineData("somebody else's notes", null)]
    public void Labels_of_text_are_known(string text, string? expected) =>
        Assert.Equal(expected, ForeignMedium.Describe(Encoding.Latin1.GetBytes(text.PadRight(32768, '\0'))));

    [Fact]
    public void A_label_of_IBM_is_known_by_its_code()
    {
        var block = new byte[80];
        ((byte[])[0xE5, 0xD6, 0xD3, 0xF1, 0xC2, 0xD2, 0xF0, 0xF0, 0xF0, 0xF7]).CopyTo(block, 0);

        Assert.Equal("a volume with an IBM label \"BK0007\"", ForeignMedium.Describe(block));
    }

    [Fact]
    public void Archives_of_tar_are_known_also_without_the_magic_and_name_their_first_member()
    {
        Assert.Equal("a tar archive that begins with \"etc/hosts\"", ForeignMedium.Describe(Tar("ustar")));
        Assert.Equal("a tar archive that begins with \"etc/hosts\"", ForeignMedium.Describe(Tar("")));
        var changed = Tar("");
        changed[3] ^= 1;
        Assert.Null(ForeignMedium.Describe(changed));
    }

    [Fact]
    public void Names_drive_no_terminal()
    {
        var block = Encoding.Latin1.GetBytes("AMANDA: TAPESTART DATE X TAPE a\u001b[2Jb\n".PadRight(512, '\0'));

        Assert.Equal("an Amanda volume \"a?[2Jb\"", ForeignMedium.Describe(block));
    }

    [Fact]
    public void Nothing_of_ours_and_nothing_short_is_taken_for_theirs()
    {
        var label = new VolumeLabel(
            new VolumeIdentity(new VolumeName("VOL001"), new VolumeId(7)), new LibraryId(42), new PoolName("daily"),
            DateTimeOffset.UnixEpoch).Format();
        Assert.Null(ForeignMedium.Describe(label));
        var random = new Random(4);
        foreach (var block in (byte[][])[Bacula("Bacula 1.0 immortal\n"), Tar("ustar"), label, new byte[600]])
            for (var length = 0; length < 600 && length <= block.Length; length++)
            {
                var cut = block[..length];
                ForeignMedium.Describe(cut); // of any length, and of any bytes, without an exception
                random.NextBytes(cut.AsSpan(0, length / 2));
                ForeignMedium.Describe(cut);
            }
    }

    [Theory]
    [InlineData(32768)]
    [InlineData(64512)]
    [InlineData(512)]
    public void A_drive_says_whose_volume_it_is(int length)
    {
        var model = new StModel { Cartridge = new StCartridgeModel() };
        model.Cartridge.Items.AddRange([Bacula("Bacula 1.0 immortal\n")[..length], null]);
        using var drive = StDrives.On(model);

        var foreign = Assert.IsType<LabelReading.Foreign>(TapeLabels.LoadAndRead(drive));

        Assert.Contains("a Bacula volume \"Full-0007\"", foreign.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_with_an_archive_says_so()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["old.tar"], Tar("ustar"));
        using var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(long.MaxValue));
        drive.Insert(folder.Path, readOnly: false);

        Assert.Equal(
            "old.tar, a tar archive that begins with \"etc/hosts\"",
            Assert.IsType<LabelReading.Foreign>(TapeLabels.LoadAndRead(drive)).Found);
    }

    [Fact]
    public void A_cartridge_of_others_is_erased_only_when_that_is_said()
    {
        var model = new StModel { Cartridge = new StCartridgeModel() };
        model.Cartridge.Items.AddRange([Bacula("Bacula 1.0 immortal\n"), null, new byte[100], null]);
        using var drive = StDrives.On(model);
        drive.Load();

        Assert.Equal(TapeStatus.NotLoaded, drive.Erase().Status);
        Assert.Equal(4, model.Cartridge.Items.Count);

        Assert.Equal(TapeStatus.Done, drive.EraseForeign().Status);
        Assert.IsType<LabelReading.Blank>(TapeLabels.LoadAndRead(drive));
    }

    private static byte[] Bacula(string id)
    {
        var block = new byte[65536];
        "BB02"u8.CopyTo(block.AsSpan(12));
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(24), -2);
        Encoding.ASCII.GetBytes(id + '\0').CopyTo(block, 36);
        var at = 36 + id.Length + 1;
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at), 11);
        Encoding.ASCII.GetBytes("Full-0007\0").CopyTo(block, at + 36);
        return block;
    }

    private static byte[] Tar(string magic)
    {
        var block = new byte[10240];
        Encoding.ASCII.GetBytes("etc/hosts").CopyTo(block, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(block, 100);
        Encoding.ASCII.GetBytes(magic).CopyTo(block, 257);
        Encoding.ASCII.GetBytes("        ").CopyTo(block, 148);
        var sum = block.AsSpan(0, 512).ToArray().Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }
}

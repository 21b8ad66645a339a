using System.Text;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class FragmentHeaderSpecs
{
    private static readonly TapeLocation Location = new(
        new VolumeIdentity(new VolumeName("VOL001"), new VolumeId(7)), 3);

    private static readonly FragmentHeader Data = new(
        TapeFileKind.Data,
        TapeRack.Image with { Level = 1, Base = new BaseImage(new ImageId(9), Sha256Digest.Of("base"u8)) },
        new Epoch(2),
        new FragmentStart(4, FragmentKind.Tail, FilePath.FromText("srv/it's a\nfile"), 1536),
        Sha256Digest.Of("previous"u8),
        Location,
        Part: 1,
        Offset: 5 << 20,
        TapeRack.Finished);

    private static readonly FragmentHeader Index = Data with
    {
        Kind = TapeFileKind.Index,
        Root = Sha256Digest.Of("root"u8),
        SealsImage = true,
    };

    [Fact]
    public void Headers_come_back_as_they_were()
    {
        foreach (var header in (FragmentHeader[])[Data, Index,
            Data with { Image = TapeRack.Image, Start = new(0, FragmentKind.Members, null, 0) }])
        {
            Assert.Equal(HeaderDefect.None, FragmentHeader.Read(header.Format([Location]), out var read));
            Assert.Equal(header, read);
        }
    }

    [Fact]
    public void A_header_has_the_text_of_the_format_page_and_ends_with_the_command()
    {
        var block = Data.Format([Location with { File = 9 }, Location]);
        var lines = Encoding.UTF8.GetString(block).TrimEnd('\0').TrimEnd('\n').Split('\n');

        Assert.Equal(TapeFormat.HeaderBytes, block.Length);
        Assert.Equal("backup data 1", lines[0]);
        Assert.StartsWith("sha256: ", lines[1]);
        Assert.Equal(
            [
                "image: 00000000000000000000000000000abc", "job: 5", "policy: nightly", "file-set: home",
                "client: web1", "level: 1",
                "since: 2026-01-02T03:04:05.0000000+00:00",
                $"base: 00000000000000000000000000000009 {Sha256Digest.Of("base"u8)}",
                "epoch: 2", "fragment: 4", "begins-with: Tail", "bytes-to-first-member: 1536",
                $"previous-root: {Sha256Digest.Of("previous"u8)}", "part: 1", "offset: 5242880", "volume: VOL001",
                "volume-id: 00000000000000000000000000000007", "tape-file: 3",
                "written: 2026-01-02T04:00:00.0000000+00:00",
                @"member: srv/it's a\x0afile", "",
            ],
            lines[2..23]);
        Assert.Equal(
            "{ tail -c +32769 VOL001/00009.data; tail -c +32769 VOL001/00003.data; } | zstd -dc | tail -c +1537"
            + " | tar --incremental --xattrs --xattrs-include='*' --acls --numeric-owner -p -x -f -",
            lines[^1]);
        Assert.Contains(lines, line => line.Contains("holds what changed since image", StringComparison.Ordinal));
    }

    [Fact]
    public void A_header_of_a_middle_piece_says_that_nothing_can_be_restored_from_it_alone()
    {
        var text = Encoding.UTF8.GetString(
            (Data with { Start = Data.Start with { Kind = FragmentKind.Middle } }).Format([Location]));

        Assert.Contains("Nothing can be restored from it alone", text, StringComparison.Ordinal);
        Assert.DoesNotContain("--xattrs", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_changed_bit_of_a_header_is_detected()
    {
        foreach (var block in (byte[][])[Data.Format([Location]), Index.Format([Location])])
            foreach (var bit in HeaderBits.Of(block))
            {
                block[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.NotEqual(HeaderDefect.None, FragmentHeader.Read(block, out var read));
                Assert.Null(read);
                block[bit / 8] ^= (byte)(1 << (bit % 8));
            }
    }

    [Fact]
    public void A_header_keeps_its_size_with_any_number_of_parts_and_any_length_of_name()
    {
        var parts = Enumerable.Range(0, 2000).Select(file => Location with { File = file + 1 }).ToList();
        var member = new FilePath([.. Enumerable.Repeat((byte)7, 9000)]);
        foreach (var header in (FragmentHeader[])[Data, Index])
        {
            var block = (header with { Start = header.Start with { Member = member } }).Format(
                parts, RestoreCommand.For(parts));

            Assert.Equal(HeaderDefect.None, FragmentHeader.Read(block, out var read));
            Assert.Null(read!.Start.Member);
            Assert.Contains("strings", Encoding.UTF8.GetString(Index.Format(parts, RestoreCommand.For(parts))),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("VOL001/00001.data", "VOL001/00001.data")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$(reboot)", "'$(reboot)'")]
    [InlineData("-rf", "./-rf")]
    [InlineData("- rf", "'./- rf'")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    public void A_word_means_itself_to_a_shell(string word, string quoted) =>
        Assert.Equal(quoted, RestoreCommand.Quote(word));
}

using System.Text;
using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class TapeLabelsSpecs
{
    private static readonly VolumeLabel Label = new(
        new VolumeIdentity(new VolumeName("VOL001"), new VolumeId(7)), new LibraryId(42), new PoolName("daily"),
        new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private readonly MemoryTapeDrive _drive = new() { Volume = new MemoryVolume() };

    [Fact]
    public void A_blank_medium_is_labelled_and_the_label_is_read_again()
    {
        Assert.IsType<LabelReading.Blank>(TapeLabels.LoadAndRead(_drive));

        Assert.Equal(new Labelling.Done(Label), TapeLabels.Write(_drive, Label));

        Assert.Equal(new LabelReading.Labelled(Label), TapeLabels.LoadAndRead(_drive));
        Assert.Equal(new TapePosition(1, 0), _drive.Position);
        Assert.Equal(["write", "mark", "flush"], _drive.Calls);
    }

    [Fact]
    public void A_label_has_the_text_of_the_format_page()
    {
        var text = Encoding.UTF8.GetString(Label.Format()).TrimEnd('\0').Split('\n');

        Assert.Equal(
            [
                "backup label 1",
                "sha256: 744375dbe1c5d20b40ee30fd81d996a9d8d3c4f269b3ad80cfa91489c6b551f3",
                "volume: VOL001",
                "volume-id: 00000000000000000000000000000007",
                "library-id: 0000000000000000000000000000002a",
                "pool: daily",
                "labelled: 2026-01-02T03:04:05.0000000+00:00",
                "",
            ],
            text[..8]);
    }

    [Fact]
    public void A_labelled_medium_is_not_labelled_again()
    {
        TapeLabels.Write(_drive, Label);

        var again = TapeLabels.Write(_drive, Label with { Pool = new PoolName("weekly") });

        Assert.Equal(new Labelling.Refused(new LabelReading.Labelled(Label)), again);
        Assert.Equal(new LabelReading.Labelled(Label), TapeLabels.LoadAndRead(_drive));
    }

    [Fact]
    public void A_foreign_medium_is_never_written()
    {
        var tar = Encoding.ASCII.GetBytes("thesis.txt".PadRight(TapeFormat.HeaderBytes, '\0'));
        _drive.Volume!.Files.Add([tar]);

        Assert.IsType<LabelReading.Foreign>(Assert.IsType<Labelling.Refused>(TapeLabels.Write(_drive, Label)).Found);

        Assert.Empty(_drive.Calls);
    }

    [Fact]
    public void A_torn_label_is_damaged_and_never_written()
    {
        _drive.Volume!.Files.Add([Label.Format()[..5000]]);

        Assert.Equal(
            new Labelling.Refused(new LabelReading.Damaged(HeaderDefect.Short)), TapeLabels.Write(_drive, Label));

        Assert.Empty(_drive.Calls);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("mark")]
    [InlineData("flush")]
    public void A_label_that_could_not_be_made_durable_is_not_called_done(string operation)
    {
        _drive.Fault = called => called == operation ? TapeResult.Error(5, called) : null;

        Assert.Equal(new Labelling.Failed(TapeResult.Error(5, operation)), TapeLabels.Write(_drive, Label));
    }

    [Fact]
    public void Every_changed_bit_of_a_label_is_detected()
    {
        var block = Label.Format();
        foreach (var bit in HeaderBits.Of(block))
        {
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(HeaderDefect.None, VolumeLabel.Read(block, out var label));
            Assert.Null(label);
            block[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}

/// <summary>
/// The bits to flip in a header block: all of its text, and one of each byte of its padding (a digest protects both
/// alike).
/// </summary>
public static class HeaderBits
{
    public static IEnumerable<int> Of(byte[] block)
    {
        var text = Array.FindLastIndex(block, value => value != 0) + 2;
        return Enumerable.Range(0, text * 8)
            .Concat(Enumerable.Range(text, block.Length - text).Select(at => (at * 8) + (at % 8)));
    }
}

using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Tape;

/// <summary>What sg_logs and tapeinfo print of TapeAlert flags.</summary>
public sealed class TapeAlertsSpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_of_sg_logs_has_a_line_for_each_flag_and_other_pages_have_flags_of_their_own()
    {
        const string Text = """
                IBM       ULT3580-HH6  D2AD
            Data compression page  (ssc-4) [0x1b]
              Read failure: 1
            Tape alert page (ssc-3) [0x2e]
              Read warning: 0
              Media: 1
              Cleaning required: 0
              Cleaning requested: 1
              Obsolete (28h): 0
              Reserved (2Fh): 1
              WORM medium - integrity check failed: 0
              Reserved parameter code 0x3d, flag: 1
            Tape usage page  (IBM specific) [0x30]
              Write failure: 1
            """;

        Assert.Equal([4, 21, 0x2f, 0x3d], TapeAlerts.Parse(Text)!.Select(alert => alert.Number));
    }

    [Fact]
    public void Tapeinfo_has_a_line_for_each_flag_that_is_raised()
    {
        const string Text = """
            Product Type: Tape Drive
            Vendor ID: 'HP      '
            TapeAlert[3]:    Hard Error: Uncorrectable read/write error.
            TapeAlert[20]:     Clean Now: The tape drive neads cleaning NOW.
            TapeAlert[65]:     Undefined.
            BlockSize: 1
            """;

        var raised = TapeAlerts.Parse(Text)!;

        Assert.Equal([3, 20], raised.Select(alert => alert.Number));
        Assert.Equal((TapeAlertLevel.Critical, true), (raised[1].Level, raised[1].AsksForCleaning));
        Assert.Equal("TapeAlert 3 (hard error)", raised[0].ToString());
    }

    [Theory]
    [InlineData("Product Type: Tape Drive\nReady: yes\n", true)]
    [InlineData("Tape alert page (ssc-3) [0x2e]\n", true)]
    [InlineData("", false)]
    [InlineData("sg_logs: unable to open\nMedia: 1\n", false)]
    public void Nothing_raised_is_told_from_nothing_said(string text, bool isSaid) =>
        Assert.Equal(isSaid, TapeAlerts.Parse(text) is { Count: 0 });

    [Fact]
    public void Any_text_is_read_without_harm()
    {
        var random = new Random(1);
        const string Letters = "TapeAlert[]: 0123456789\nalert pgMdi()hx,";
        for (var turn = 0; turn < 2000; turn++)
        {
            var text = "Tape alert page\n" + new string(
                [.. Enumerable.Range(0, random.Next(80)).Select(_ => Letters[random.Next(Letters.Length)])]);
            Assert.All(TapeAlerts.Parse(text)!, alert => Assert.InRange(alert.Number, 1, 64));
        }
    }

    [Fact]
    public void Only_the_two_programs_are_known_wherever_they_are()
    {
        Assert.True(TapeAlertReader.IsKnown("/usr/sbin/tapeinfo") && TapeAlertReader.IsKnown("sg_logs"));
        Assert.False(TapeAlertReader.IsKnown("/bin/sh") || TapeAlertReader.IsKnown("sg_logs -x"));
    }

    [Fact]
    public void The_program_is_given_the_generic_device_and_what_goes_wrong_is_said()
    {
        Directory.CreateDirectory(_folder["sys/nst0/device/scsi_generic/sg7"]);
        var program = _folder["tapeinfo"];
        File.WriteAllText(program, "#!/bin/sh\necho \"TapeAlert[4]: $1 $2\"; echo \"$2\" > \"$0.asked\"\n");
        Programs.MakeExecutable(program);
        TapeAlertReader Of(string path) => new(path, TimeSpan.FromSeconds(20), _folder["sys"]);

        Assert.Equal([4], Of(program).Read("/dev/nst0", out var none).Select(alert => alert.Number));
        Assert.Empty(Of(_folder["sg_logs"]).Read("/dev/nst1", out var missing));

        Assert.Equal("/dev/sg7", File.ReadAllText(program + ".asked").Trim());
        Assert.Equal("", none);
        Assert.Contains("cannot be run", missing, StringComparison.Ordinal);
    }
}

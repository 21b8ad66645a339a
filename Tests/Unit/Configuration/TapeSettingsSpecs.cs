using Backup.Host.Configuration;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

public sealed class TapeSettingsSpecs
{
    [Fact]
    public void A_library_of_real_tapes_names_its_drives_and_its_changer()
    {
        var library = OneConf.Settings("""
            node.name = n1
            libraries.lto { type = tape, changer = /dev/sg3, changer-timeout = 2m, changer-lock = /run/lock/sg3,
              tape-drives = [{ device = /dev/nst0, element = 1 }, { device = /dev/nst1, element = 0, block-size = 4096,
                compression = off, ready-within = 1m }] }
            """).Libraries[new LibraryName("lto")];

        Assert.Equal((LibraryType.Tape, "", 2), (library.Type, library.Directory, library.Drives));
        Assert.Equal(
            ("/dev/sg3", "mtx", TimeSpan.FromMinutes(2), "/run/lock/sg3"),
            (library.Changer, library.Mtx, library.ChangerTimeout, library.ChangerLock));
        Assert.Equal(
            [
                new TapeDriveSettings("/dev/nst0", 1, 0, null, TimeSpan.FromMinutes(5)),
                new TapeDriveSettings("/dev/nst1", 0, 4096, false, TimeSpan.FromMinutes(1)),
            ],
            library.TapeDrives);
    }

    [Theory]
    [InlineData("type = tape", "tape-drives")]
    [InlineData("type = tape, tape-drives = [{ device = /dev/st0 }]", "/dev/nst0")]
    [InlineData("type = tape, tape-drives = [{ device = /dev/nst0, block-size = 1000 }]", "power of two")]
    [InlineData("type = tape, tape-drives = [{ device = /dev/nst0 }, { device = /dev/nst1 }]", "changer")]
    [InlineData("type = tape, changer = /dev/sg1, tape-drives = [{ device = /dev/nst0 }, { device = /dev/nst0 }]",
        "a device for each drive")]
    [InlineData("type = tape, changer = /dev/sg1, "
        + "tape-drives = [{ device = /dev/nst0 }, { device = /dev/nst1, element = 0 }]",
        "one number at the changer")]
    [InlineData("type = tape, directory = /srv, tape-drives = [{ device = /dev/nst0 }]", "directory")]
    [InlineData("directory = /srv/x, changer = /dev/sg1", "type = tape")]
    public void What_does_not_fit_together_is_refused(string library, string expected)
    {
        var (_, problems) = SettingsReader.ReadText(
            $"backup {{ node.name = n1, libraries.lto {{ {library} }} }}", "/etc/backup/backup.conf", "n1");

        Assert.Contains(problems, problem => problem.ToString().Contains(expected, StringComparison.Ordinal));
    }
}

using Backup.Host.Operations;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>What can be wrong in backup.pbm, and the exact words for it.</summary>
public class PbmProblemSpecs
{
    private const string Loopback =
        "a loopback address: 127.0.0.1 or ::1. Whoever reaches the console may command the node; from elsewhere use "
            + "ssh -L";

    [Theory]
    [InlineData("pbm.host = 0.0.0.0", "2:12:7 backup.pbm.host: found \"0.0.0.0\"", Loopback)]
    [InlineData("pbm.host = \"::\"", "2:12:4 backup.pbm.host: found \"::\"", Loopback)]
    [InlineData("pbm.host = backup.example", "2:12:14 backup.pbm.host: found \"backup.example\"", Loopback)]
    [InlineData("pbm.host = 10.0.0.1", "2:12:8 backup.pbm.host: found \"10.0.0.1\"", Loopback)]
    [InlineData("pbm.port = 0", "2:12:1 backup.pbm.port: found \"0\"", "a whole number from 1 to 65535")]
    [InlineData("pbm.allow = [read, rule]", "2:20:4 backup.pbm.allow: unknown permission \"rule\"",
        "known permissions: operate, read, restore")]
    public void A_wrong_console_is_refused(string lines, string found, string allowed) =>
        OneConf.Refuses(lines, found, allowed);

    [Fact]
    public void Restores_are_not_allowed_unless_asked_for()
    {
        Assert.Equal([Permission.Read, Permission.Operate], OneConf.SettingsOf("").Pbm.Allow);
        Assert.Equal([Permission.Restore], OneConf.SettingsOf("backup.pbm.allow = [restore]").Pbm.Allow);
        Assert.Equal("::1", OneConf.SettingsOf("backup.pbm.host = \"::1\"").Pbm.Host);
    }
}

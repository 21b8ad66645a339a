using Backup.Host.Configuration;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>Texts of configurations, read as file one.conf on a host that is called here.</summary>
internal static class OneConf
{
    /// <summary>A good configuration: its parts can be named by what a test adds.</summary>
    private const string Rest = """

          libraries.vtl.directory = /srv/vtl
          pools { disk-30d.library = vtl, disk-90d.library = vtl }
          file-sets.sys.operations = [{ roots = [/etc] }]
          policies.p { file-set = sys, pool = disk-30d }
        }
        """;

    /// <summary>The problems of lines that are put into a good configuration as its second line and on.</summary>
    public static IReadOnlyList<SettingProblem> Problems(string lines) =>
        SettingsReader.ReadText($"backup {{\n{lines}{Rest}", "one.conf", "here").Problems;

    /// <summary>The settings of such lines, without problems.</summary>
    public static BackupSettings Settings(string lines) => SettingsOf($"backup {{\n{lines}{Rest}");

    /// <summary>The settings of a whole text.</summary>
    public static BackupSettings SettingsOf(string text)
    {
        var (settings, problems) = SettingsReader.ReadText(text, "one.conf", "here");
        Assert.Equal("", string.Concat(problems));
        return settings!;
    }

    /// <summary>The one problem of such lines as "line:column:width key: found" and what is allowed.</summary>
    public static void Refuses(string lines, string found, string allowed)
    {
        var problem = Assert.Single(Problems(lines));
        var at = $"{problem.Place.Line}:{problem.Place.Column}:{problem.Place.Width}";
        Assert.Equal((found, allowed), ($"{at} {problem.Key}: {problem.Found}", problem.Allowed));
        Assert.Equal("one.conf", problem.Place.File);
    }
}

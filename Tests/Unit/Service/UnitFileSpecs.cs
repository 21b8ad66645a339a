using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Tests.Unit.CommandLine;
using Backup.Tests.Unit.Docs;
using Xunit;

namespace Backup.Tests.Unit.Service;

/// <summary>The files of the package say what the program does. systemd's own check of them is in Tests/System.</summary>
public sealed class UnitFileSpecs
{
    private static string Packaging { get; } = Path.Combine(Repository.Root, "Cluster.Host", "Packaging");

    private static IReadOnlyList<(string Section, string Key, string Value)> Unit { get; } =
        Read("systemd/backup-node.service");

    [Fact]
    public void Every_line_of_a_unit_is_a_section_or_a_setting_in_one() => Assert.All(
        Directory.GetFiles(Path.Combine(Packaging, "systemd"), "*.service").Concat(
        [
            Path.Combine(Packaging, "systemd", "no-client.conf"),
            Path.Combine(Packaging, "systemd", "read-only-client.conf"),
        ]),
        file => Assert.NotEmpty(Read(file)));

    [Theory]
    [InlineData("ExecStart")]
    [InlineData("ExecReload")]
    public void What_it_runs_is_a_command_of_the_program(string key)
    {
        var words = Value("Service", key).Split(' ');
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal("/usr/bin/backup", words[0]);
        var parsed = run.Program.Root.Parse(words[1..]);
        Assert.Empty(parsed.Errors);
        Assert.Equal("/etc/backup/node.conf", parsed.GetValue(CommandContext.ConfigOption));
    }

    [Fact]
    public void It_is_told_how_the_node_is_and_does_not_repeat_a_mistake()
    {
        Assert.Equal(("notify", "main"), (Value("Service", "Type"), Value("Service", "NotifyAccess")));
        Assert.Equal($"{ExitCode.Usage}", Value("Service", "RestartPreventExitStatus"));
        Assert.Equal("backup", Value("Service", "StateDirectory"));
    }

    [Fact]
    public void A_client_reads_all_and_the_variants_take_it_away()
    {
        var ambient = Value("Service", "AmbientCapabilities").Split(' ');
        Assert.Contains("CAP_DAC_READ_SEARCH", ambient);
        Assert.Equal(ambient, Value("Service", "CapabilityBoundingSet").Split(' '));
        // These hide /home, /tmp, /usr/lib/modules and /dev, which a client is to save.
        string[] hiding = ["ProtectHome", "PrivateTmp", "ProtectKernelModules", "PrivateDevices"];
        Assert.DoesNotContain(Unit, line => hiding.Contains(line.Key));

        Assert.Equal([""], Values(Read("systemd/no-client.conf"), "AmbientCapabilities"));
        Assert.Equal(["", "CAP_DAC_READ_SEARCH"], Values(Read("systemd/read-only-client.conf"), "AmbientCapabilities"));
        Assert.Equal(["", "CAP_DAC_READ_SEARCH"],
            Values(Read("systemd/read-only-client.conf"), "CapabilityBoundingSet"));
    }

    [Fact]
    public void The_configuration_that_is_installed_is_right_and_fits_the_unit()
    {
        var (settings, problems) = SettingsReader.ReadText(
            File.ReadAllText(Path.Combine(Packaging, "node.conf")), "/etc/backup/node.conf", "here");

        Assert.Empty(problems);
        Assert.Equal("/var/lib/" + Value("Service", "StateDirectory"), settings!.Node.DataDirectory);
        Assert.Equal("/etc/backup/node.conf", File.ReadAllText(Path.Combine(Packaging, "debian", "conffiles")).Trim());
    }

    /// <summary>What stands there behind remarks is meant to be taken in.</summary>
    [Fact]
    public void The_example_in_it_is_right_too()
    {
        var lines = File.ReadAllLines(Path.Combine(Packaging, "node.conf"));
        var begin = Array.FindIndex(lines, line => line.Contains("# libraries.tapes", StringComparison.Ordinal));
        var text = string.Join('\n', lines.Select((line, at) =>
            at >= begin && line.StartsWith("  # ", StringComparison.Ordinal) ? line["  # ".Length..] : line));

        var (settings, problems) = SettingsReader.ReadText(text, "/etc/backup/node.conf", "here");

        Assert.Equal("", string.Concat(problems));
        Assert.Equal("nightly", Assert.Single(settings!.Policies).Key.Value);
    }

    [Fact]
    public void The_user_is_the_same_everywhere()
    {
        var user = Value("Service", "User");

        Assert.Equal(user, Value("Service", "Group"));
        Assert.Contains($"u {user} ", File.ReadAllText(Path.Combine(Packaging, "systemd", "sysusers.conf")),
            StringComparison.Ordinal);
        Assert.Contains($"/var/lib/backup 0700 {user} {user}",
            File.ReadAllText(Path.Combine(Packaging, "systemd", "tmpfiles.conf")), StringComparison.Ordinal);
    }

    private static string Value(string section, string key) =>
        Assert.Single(Unit, line => line.Section == section && line.Key == key).Value;

    private static IEnumerable<string> Values(IEnumerable<(string, string Key, string Value)> lines, string key) =>
        lines.Where(line => line.Key == key).Select(line => line.Value);

    private static List<(string Section, string Key, string Value)> Read(string file)
    {
        var (found, section) = (new List<(string, string, string)>(), "");
        foreach (var line in File.ReadLines(Path.Combine(Packaging, file)).Where(line => line is not ("" or ['#', ..])))
        {
            if (line is ['[', .. var name, ']'])
            {
                section = name;
                continue;
            }
            var cut = line.IndexOf('=', StringComparison.Ordinal);
            Assert.True(section.Length > 0 && cut > 0 && line[..cut].All(char.IsAsciiLetter), $"{file}: {line}");
            found.Add((section, line[..cut], line[(cut + 1)..]));
        }
        return found;
    }
}

using Backup.Host.Configuration;
using Backup.Host.Node;
using Xunit;

namespace Backup.Tests.Unit.Configuration;

/// <summary>Where a node seeks its cluster: as its file says, and where the directors were last.</summary>
public sealed class DirectorMemorySpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("directors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_client_tries_the_last_directors_behind_its_seeds()
    {
        var settings = Settings("client");
        Assert.Equal(["akka.tcp://backup@one:9111"], NodeConfig.SeedsOf(settings));

        File.WriteAllText(DirectorMemory.FileOf(settings.Node), "two:9111\none:9111\n[fd00::2]:9112\n");

        Assert.Equal(
            ["akka.tcp://backup@one:9111", "akka.tcp://backup@two:9111", "akka.tcp://backup@[fd00::2]:9112"],
            NodeConfig.SeedsOf(settings));
    }

    /// <summary>Who founds a cluster stands in the configuration alone.</summary>
    [Fact]
    public void A_director_never_does()
    {
        var settings = Settings("director");
        File.WriteAllText(DirectorMemory.FileOf(settings.Node), "two:9111\n");

        Assert.Equal(["akka.tcp://backup@one:9111"], NodeConfig.SeedsOf(settings));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\n\u0001\0\n:9\ntwo:0\ntwo:70000\n")]
    public void A_file_that_is_damaged_is_as_good_as_none(string text)
    {
        var settings = Settings("storage");
        File.WriteAllText(DirectorMemory.FileOf(settings.Node), text);

        Assert.Empty(DirectorMemory.Known(settings.Node));
    }

    private BackupSettings Settings(string role)
    {
        var file = Path.Combine(_folder, "node.conf");
        File.WriteAllText(file, $$"""
            backup {
              node { name = here, data-directory = "{{_folder}}", roles = [{{role}}] }
              cluster { seeds = ["one:9111"], address = 127.0.0.1, port = 9111 }
            }
            """);
        var (settings, problems) = SettingsReader.Read(file);
        Assert.True(settings is not null, SettingProblems.Render(problems));
        return settings;
    }
}

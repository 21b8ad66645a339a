using System.Globalization;
using Backup.Host.CommandLine;
using Backup.Host.LocalCluster;
using Backup.Tests.Postgres;
using Xunit;

namespace Backup.Tests.System;

/// <summary>`backup local-cluster`: real processes, as a person tries them.</summary>
public sealed class LocalClusterSpecs : IDisposable
{
    private static readonly Type[] Schemas =
        [typeof(LocalClusterUp), typeof(LocalClusterEnded), typeof(LocalClusterStopped)];

    private readonly string _root = Directory.CreateTempSubdirectory("backup-lc-").FullName;

    public void Dispose() => Media.Files.TreeRemover.Remove(_root);

    [Fact]
    public async Task A_cluster_of_processes_saves_and_restores_tells_who_dies_and_leaves_no_process()
    {
        var place = Path.Combine(_root, "cluster");
        await using var cluster = BackupProgram.Start(
            [], ["local-cluster", "--directory", place, "--sqlite", "--nodes", "3", "--json"]);
        await cluster.Speaks();
        var up = Assert.IsType<LocalClusterUp>(cluster.Replies(Schemas)[0]);
        Assert.Equal(["director1", "storage1", "client1"], up.Nodes.Select(node => node.Node));
        Assert.Equal(("sqlite", false), (up.Database, up.FailOver));
        Assert.Contains("nobody takes over", cluster.Error, StringComparison.Ordinal);

        var client = up.Nodes[2];
        (await BackupProgram.Run("run", "nightly", "--config", client.Config)).Expect(ExitCode.Complete);
        var (large, target) = (Path.Combine(place, "source", "large"), Path.Combine(_root, "restored"));
        (await BackupProgram.Run("restore", "latest", large, "--to", target, "--config", client.Config))
            .Expect(ExitCode.Complete);
        Assert.Empty(NodeFixture.Differences(large, target + large));

        await Shell.Run("kill", "-KILL", client.Process.ToString(CultureInfo.InvariantCulture));
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (cluster.Lines.Length < 2) await Task.Delay(50, limit.Token);
        var ended = Assert.IsType<LocalClusterEnded>(cluster.Replies(Schemas)[1]);
        Assert.Equal(("client1", client.Process, 137), (ended.Name, ended.Process, ended.Code));
        Assert.EndsWith($" node {client.Config}", ended.Command, StringComparison.Ordinal);

        await cluster.Signal("TERM");
        await cluster.Ended();
        cluster.Expect(ExitCode.Complete);
        Assert.Empty(Assert.IsType<LocalClusterStopped>(cluster.Replies(Schemas)[^1]).Killed);
        Assert.DoesNotContain(up.Nodes, node => Directory.Exists($"/proc/{node.Process}"));
        Assert.True(File.Exists(client.Config));
    }

    /// <summary>With a PostgreSQL server of its own there are three directors, and one of them may die.</summary>
    [LongPostgresFact]
    public async Task With_postgresql_a_job_is_done_although_a_director_is_killed_and_no_process_is_left()
    {
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL runs as another user then, for whom the folder is closed.
            var closed = await BackupProgram.Run("local-cluster", "--directory", Path.Combine(_root, "no"), "--postgresql");
            Assert.Contains($"may not pass {_root}.", closed.Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
            await Shell.Run("chmod", "711", _root);
        }
        var place = Path.Combine(_root, "cluster");
        await using var cluster = BackupProgram.Start(
            [], ["local-cluster", "--directory", place, "--postgresql", "--nodes", "5", "--json"]);
        await cluster.Speaks();
        var up = Assert.IsType<LocalClusterUp>(cluster.Replies(Schemas)[0]);
        Assert.Equal(
            ["director1", "director2", "director3", "storage1", "client1"], up.Nodes.Select(node => node.Node));
        Assert.Equal(("postgresql", true), (up.Database, up.FailOver));
        Assert.DoesNotContain("nobody takes over", cluster.Error, StringComparison.Ordinal);

        var client = up.Nodes[4];
        (await BackupProgram.Run("run", "nightly", "--config", client.Config)).Expect(ExitCode.Complete);
        // The oldest, on which the singletons are
        await Shell.Run("kill", "-KILL", up.Nodes[0].Process.ToString(CultureInfo.InvariantCulture));
        (await BackupProgram.Run("run", "nightly", "--config", client.Config)).Expect(ExitCode.Complete);
        var (large, target) = (Path.Combine(place, "source", "large"), Path.Combine(_root, "restored"));
        (await BackupProgram.Run("restore", "latest", large, "--to", target, "--config", up.Nodes[1].Config))
            .Expect(ExitCode.Complete);
        Assert.Empty(NodeFixture.Differences(large, target + large));

        var server = (await File.ReadAllLinesAsync(Path.Combine(place, "postgres", "data", "postmaster.pid")))[0];
        await cluster.Signal("TERM");
        await cluster.Ended();
        cluster.Expect(ExitCode.Complete);
        Assert.Empty(Assert.IsType<LocalClusterStopped>(cluster.Replies(Schemas)[^1]).Killed);
        Assert.DoesNotContain(up.Nodes, node => Directory.Exists($"/proc/{node.Process}"));
        Assert.False(Directory.Exists($"/proc/{server}"), $"PostgreSQL, process {server}, still runs.");
    }

    [Fact]
    public async Task A_folder_with_something_else_in_it_is_left_alone()
    {
        var file = Path.Combine(_root, "file");
        await File.WriteAllTextAsync(file, "");

        var refused = (await BackupProgram.Run("local-cluster", "--directory", _root)).Expect(ExitCode.Usage);

        Assert.Contains("holds something else", refused.Error, StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(_root));
    }

    [Theory]
    [InlineData("--sqlite", "--postgresql")]
    [InlineData("--nodes", "2")]
    [InlineData("--database", "hots=db")]
    public async Task What_cannot_be_is_refused(params string[] arguments) =>
        (await BackupProgram.Run(["local-cluster", .. arguments])).Expect(ExitCode.Usage);
}

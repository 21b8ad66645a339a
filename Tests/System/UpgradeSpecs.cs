using System.Formats.Tar;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// A node of this version finds what one of a version before left: Upgrade/node-NNNN.tar.gz has the data directory and
/// the library of a node of schema NNNN that was killed in the middle of a backup, as it was. These files never change.
/// Each was made at <see cref="Place"/>, which stands in what it holds, with the configuration and the source below and
/// <c>drive-speed-limit = 40KiB</c>.
/// </summary>
public sealed class UpgradeSpecs
{
    private const int Files = 40;
    private static readonly JobId Running = new(1);

    /// <summary>Where those nodes were. One test of the machine at a time may be there.</summary>
    private static readonly string Place = Path.Combine(Path.GetTempPath(), "backup-upgrade-spec");

    [Theory]
    [InlineData(11)]
    public async Task A_backup_that_a_version_before_has_begun_goes_on_behind_what_that_one_sealed(int schema)
    {
        using var alone = await Alone();
        Media.Files.TreeRemover.Remove(Place);
        await using var node = new NodeFixture(root: Place) { FragmentSize = "1MiB" };
        Unpack(schema);
        for (var number = 0; number < Files; number++)
            await File.WriteAllTextAsync(Path.Combine(node.Source, $"{number:00}.txt"), Content(number));
        var before = Tapes(node).ToDictionary(file => file, Digest);
        Assert.Equal(schema, SchemaOf(Path.Combine(node.Data, SqliteCatalog.FileName)));

        await node.Start();
        var ended = await node.Ended(Running);

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(2, ended.Job.Attempts);
        Assert.Equal(Files + 1, ended.Report!.Files.Values.Sum());
        // Label, data and index of two fragments; the third had no index yet
        foreach (var file in Tapes(node).Take(5)) Assert.Equal(before[file], Digest(file));
        Assert.Single(ended.Log, line => line.Code == "fragment-closed" && line.Text.Contains("Fragment 1 "));
        await Restores(node, ended.Job.Image!.Value);
        await File.WriteAllTextAsync(Path.Combine(node.Source, "new.txt"), "since the upgrade");
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        await node.Stop();
        var catalog = Path.Combine(node.Data, SqliteCatalog.FileName);
        Assert.Equal(SchemaOf(catalog) > schema, File.Exists($"{catalog}.schema-{schema:D4}"));
    }

    private static async Task Restores(NodeFixture node, ImageId image)
    {
        var target = Path.Combine(node.Root, "restored");
        var restore = await node.Restore(image.ToString(), target);
        Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        for (var number = 0; number < Files; number++)
            Assert.Equal(
                Content(number), await File.ReadAllTextAsync(target + Path.Combine(node.Source, $"{number:00}.txt")));
    }

    private static string Content(int file) => string.Concat(Enumerable.Range(0, 4000).Select(line =>
        $"file {file}, line {line} of a node of the version before\n"));

    private static IEnumerable<string> Tapes(NodeFixture node) =>
        Directory.EnumerateFiles(Path.Combine(node.Library, "disk-0001")).Order(StringComparer.Ordinal);

    private static string Digest(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private static void Unpack(int schema)
    {
        using var packed = Assembly.GetExecutingAssembly().GetManifestResourceStream($"node-{schema:D4}.tar.gz")!;
        using var tar = new GZipStream(packed, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(tar, Place, overwriteFiles: false);
    }

    private static long SchemaOf(string catalog)
    {
        using var connection = new SqliteConnection($"Data Source={catalog};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT MAX(version) FROM schema_version";
        return (long)command.ExecuteScalar()!;
    }

    private static async Task<FileStream> Alone()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            try
            {
                return new FileStream(Place + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(100, CancellationToken.None); // another test has it
            }
        }
    }
}

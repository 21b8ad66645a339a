using System.Globalization;
using System.Text;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>
/// Random histories of a tree, random sequences of levels, and every moment must come back exactly. The tree is on disk
/// and changed by system calls; what it must look like is kept beside it in the simplest way.
/// </summary>
public sealed class HistorySpecs
{
    /// <summary>How many histories; ten thousand with BACKUP_HISTORIES=10000.</summary>
    private static int Histories => int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_HISTORIES") ?? "600", CultureInfo.InvariantCulture);

    private static readonly string[] Levels =
        ["full", "incremental", "incremental", "differential", "1", "2", "3", "9"];

    [Fact]
    public void Every_moment_of_a_random_history_restores_exactly()
    {
        var folder = Directory.CreateTempSubdirectory("backup-history-").FullName;
        try
        {
            for (var seed = 1; seed <= Histories; seed++) Check(seed, Path.Combine(folder, $"{seed}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Check(int seed, string root)
    {
        var random = new Random(seed);
        Directory.CreateDirectory(root);
        var tree = new TreeHistory(root, random);
        var shelf = new ImageShelf(root, random);
        var moments = new List<(ImageId Image, IReadOnlyDictionary<string, (TreeHistory.Item, byte[]?, int)> State)>();
        for (var run = random.Next(3, 7); run > 0; run--)
        {
            for (var change = random.Next(12); change > 0; change--) tree.Change();
            // The walk's guard against an empty source is tested by itself.
            if (tree.Items.Count == 0) tree.Change();
            var level = new LevelWord(Levels[random.Next(Levels.Length)]);
            moments.Add((shelf.Run(level, recorded: random.Next(5) > 0), tree.Snapshot()));
        }
        var prefix = root.TrimStart('/');
        foreach (var (image, state) in moments)
        {
            var expected = Describe(state);
            var found = Describe(shelf, image, prefix);
            Assert.True(expected == found, $"Seed {seed}, image {image.Value}:\n{expected}\n-- found\n{found}");
        }
        Directory.Delete(root, recursive: true);
    }

    private static string Describe(IReadOnlyDictionary<string, (TreeHistory.Item Item, byte[]? Bytes, int Mode)> state)
    {
        var groups = new Dictionary<TreeHistory.FileContent, string>();
        var text = new StringBuilder();
        foreach (var path in state.Keys.OrderBy(FilePath.FromText))
        {
            var (item, bytes, mode) = state[path];
            if (item.File is { } file)
            {
                var group = groups.TryGetValue(file, out var first) ? first : groups[file] = path;
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{path} file {Convert.ToHexString(Digest(bytes!))} {mode:x} of {group}");
            }
            else text.AppendLine(item.Target is { } target ? $"{path} -> {target}" : $"{path}/");
        }
        return text.ToString();
    }

    /// <summary>What a restore of the image would make: from its manifest and the bytes that it names, alone.</summary>
    private static string Describe(ImageShelf shelf, ImageId image, string prefix)
    {
        var regular = new Dictionary<string, byte[]>();
        var text = new StringBuilder();
        foreach (var stored in shelf.Manifest(image))
        {
            var entry = FurtherName.Of(stored);
            var path = Below(entry.Path, prefix);
            if (path.Length == 0) continue;
            switch (entry.Kind)
            {
                case FileKind.Directory:
                    text.AppendLine($"{path}/");
                    break;
                case FileKind.Symlink:
                    text.AppendLine($"{path} -> {Encoding.UTF8.GetString(entry.LinkTarget!)}");
                    break;
                case FileKind.HardLink:
                    var first = Below(new FilePath(entry.LinkTarget!), prefix);
                    text.AppendLine(CultureInfo.InvariantCulture,
                        $"{path} file {Convert.ToHexString(Digest(regular[first]))} {entry.Mode:x} of {first}");
                    break;
                default:
                    var content = regular[path] = shelf.Content(entry);
                    text.AppendLine(CultureInfo.InvariantCulture,
                        $"{path} file {Convert.ToHexString(Digest(content))} {entry.Mode:x} of {path}");
                    break;
            }
        }
        return text.ToString();
    }

    private static string Below(FilePath path, string prefix)
    {
        var text = Encoding.UTF8.GetString(path.Bytes);
        Assert.StartsWith(prefix, text, StringComparison.Ordinal);
        return text[prefix.Length..].TrimStart('/');
    }

    private static byte[] Digest(byte[] bytes) => Sha256Digest.Of(bytes).ToArray()[..6];
}

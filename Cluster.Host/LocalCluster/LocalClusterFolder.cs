using System.Globalization;
using Backup.Host.CommandLine;
using Backup.Media.Files;

namespace Backup.Host.LocalCluster;

/// <summary>Where a local cluster lives: a folder that was named and stays, or a temporary one.</summary>
internal sealed class LocalClusterFolder
{
    private const int LargeFiles = 8;
    private const int LargeFileBytes = 8 << 20;

    private readonly Screen _screen;
    private bool _stays;

    /// <exception cref="CommandFailure">The named one holds something else.</exception>
    public LocalClusterFolder(string? named, bool keep, Screen screen)
    {
        (_stays, _screen) = (named is not null || keep, screen);
        if (named is null)
        {
            Path = Directory.CreateTempSubdirectory("backup-cluster-").FullName;
            return;
        }
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(named));
        if (Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any()
            && !File.Exists(System.IO.Path.Combine(Path, LocalClusterPlan.CommonFile)))
            throw CommandFailure.Usage($"{Path} holds something else than a local cluster. Name an empty folder.");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Makes what is saved, where it is not there yet: what is hard to save, and enough for a while.</summary>
    public static void Fill(string source)
    {
        if (Directory.Exists(source)) return;
        SampleTree.Create(source);
        var random = new Random(1);
        var bytes = new byte[LargeFileBytes];
        var large = Directory.CreateDirectory(System.IO.Path.Combine(source, "large")).FullName;
        for (var file = 1; file <= LargeFiles; file++)
        {
            random.NextBytes(bytes);
            File.WriteAllBytes(
                System.IO.Path.Combine(large, file.ToString(CultureInfo.InvariantCulture)), bytes);
        }
    }

    /// <summary>Lets a temporary folder stay: its logs say what went wrong.</summary>
    public void Keep() => _stays = true;

    /// <summary>Removes the folder, or says that it is there.</summary>
    public void Leave()
    {
        if (_stays) _screen.Note($"Everything is kept in {Path}.");
        else TreeRemover.Remove(Path);
    }
}

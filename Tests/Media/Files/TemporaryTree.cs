using System.Text;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Tests.Media.Files;

/// <summary>A directory for one test, removed afterwards whatever it holds.</summary>
internal sealed class TemporaryTree : IDisposable
{
    public TemporaryTree() => Path = Directory.CreateTempSubdirectory("backup-test-").FullName;

    public string Path { get; }

    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    public string File(string relative, string content = "")
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[relative])!);
        System.IO.File.WriteAllText(this[relative], content);
        return this[relative];
    }

    public string Folder(string relative) => Directory.CreateDirectory(this[relative]).FullName;

    public FilePath PathOf(string relative) => FilePath.FromText(System.IO.Path.Combine(Path, relative));

    // By rm, as .NET cannot name every file that a test makes.
    public void Dispose() => Command.Run("rm", "-rf", "--", Path);
}

/// <summary>A walk written out, for comparison.</summary>
internal sealed class Walk
{
    public List<FileException> Exceptions { get; } = [];

    public List<FileEntry> Entries { get; } = [];

    public IReadOnlyList<Exclusion> Exclusions { get; private set; } = [];

    public long Directories { get; private set; }

    public string[] Paths => [.. Entries.Select(entry => entry.Path.ToString())];

    public static FileSet Set(params SaveOperation[] operations) => new(new FileSetName("test"), operations);

    public static SaveOperation Operation(string root, params FileRule[] rules) => new([root], rules);

    public static Walk Of(
        FileSet set, WalkOptions? options = null, Action<FileEntry>? onItem = null, IEnumerable<FileEntry>? seed = null)
    {
        var walk = new Walk();
        using var walker = new TreeWalker(set, options ?? new WalkOptions(), walk.Exceptions.Add);
        foreach (var entry in seed ?? []) walker.SeedLink(entry);
        while (walker.Next() is { } item)
        {
            using (item) walk.Entries.Add(item.Entry);
            onItem?.Invoke(item.Entry);
        }
        walk.Exclusions = walker.Exclusions;
        walk.Directories = walker.Directories;
        return walk;
    }

    /// <summary>Paths relative to a directory, `.` for itself.</summary>
    public string[] PathsBelow(string directory)
    {
        var root = Encoding.UTF8.GetByteCount(directory.Trim('/'));
        return [.. Entries.Select(entry =>
            entry.Path.Bytes.Length == root ? "." : PathText.Escape(entry.Path.Bytes[(root + 1)..]))];
    }
}

/// <summary>Programs that tests call.</summary>
internal static class Command
{
    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public static bool Exists(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(directory => File.Exists(Path.Combine(directory, program)));
}

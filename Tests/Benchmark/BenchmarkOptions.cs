using System.Globalization;

namespace Backup.Benchmark;

/// <summary>What is measured, and where.</summary>
/// <param name="Trees">Where trees and restores go; a memory file system, so that it is not the disk that is
/// measured.</param>
/// <param name="Media">Where volumes, catalog and the floors' archives go; a disk.</param>
/// <param name="Rounds">How often floor and node take turns.</param>
/// <param name="SmallFiles">Files of the small tree; about 11 KB each.</param>
/// <param name="LargeBytes">Bytes of each of the four files of the large tree.</param>
/// <param name="Only">What is measured, one of <see cref="All"/>; null: all of it.</param>
internal sealed record BenchmarkOptions(
    string Trees, string Media, int Rounds, int SmallFiles, long LargeBytes, string? Only)
{
    /// <summary>What can be measured.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "speed", "memory", "data", "two", "heartbeats", "crowd", "kill", "levels", "diff", "browse", "merge", "copy",
        "despool", "scan", "parallel", "retention",
    ];

    private const string Usage = """
        Compares backup and restore with `tar` and `zstd` on the same machine, in the same minutes, and measures memory.

        dotnet run -c Release --project Tests/Benchmark -- [OPTION…]
          --dir DIR       where the trees and the restored files go (default /dev/shm; needs 10 GiB of memory, with --quick 2)
          --media DIR     where the volumes go (default: the folder for temporary files; needs 15 GiB, with --quick 3)
          --rounds N      measurements of each, 1 to 100 (default 3)
          --quick         a tenth of the files and of the clients, and a quarter of the bytes
          --only WHAT     speed: one process against the floors
                          memory: peaks of a node
                          data: the data plane alone
                          two: client and storage node in two processes, without and with TLS
                          heartbeats: the cluster's, while the data plane runs full
                          crowd: 200 clients with 1,000 small jobs
                          kill: what is sent again after client or storage node are killed
                          levels: incrementals against a sorted walk, and what they add to the catalog
                          diff: two manifests of a million files are compared
                          browse: pages of a manifest of ten million files (2 GB of disk)
                          merge: a full and an incremental become a full, against cp
                          copy: an image is copied from one drive to another, against cp
                          despool: an image goes from the spool to a volume, against cp
                          scan: a catalog from the volumes alone, against reading all that is on them
                          parallel: eight jobs at once to four drives, against one after another
                          retention: 10,000 images on 1,000 volumes are judged
                          (default: all)

        Exit code: 0 the limits are held, 1 they are not, 2 usage.
        """;

    /// <summary>Whether this is to be measured.</summary>
    public bool Does(string what) => Only is null || Only == what;

    public static BenchmarkOptions? Read(string[] args)
    {
        var options = new BenchmarkOptions("/dev/shm", Path.GetTempPath(), 3, 100_000, 1L << 30, null);
        for (var at = 0; at < args.Length; at++)
        {
            BenchmarkOptions? next = (args[at], at + 1 < args.Length ? args[at + 1] : null) switch
            {
                ("--quick", _) => options with { SmallFiles = 10_000, LargeBytes = 256L << 20 },
                ("--dir", { } value) => options with { Trees = value },
                ("--media", { } value) => options with { Media = value },
                ("--rounds", { } value) when int.TryParse(value, CultureInfo.InvariantCulture, out var rounds)
                    && rounds is >= 1 and <= 100 =>
                    options with { Rounds = rounds },
                ("--only", { } value) when All.Contains(value) => options with { Only = value },
                _ => null,
            };
            if (next is null)
            {
                Console.Error.WriteLine(args[at] is "--help" or "-h"
                    ? Usage : $"{args[at]} is not understood, or lacks its value.\n\n{Usage}");
                return null;
            }
            if (args[at] != "--quick") at++;
            options = next;
        }
        return options;
    }
}

using System.Globalization;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Files;
using Backup.Tests.Media.Posix;
using Xunit;

namespace Backup.Tests.Media.Tape;

/// <summary>
/// V1 of recycling: kill -9 before every write, fsync, rename and removal by which a volume's space is given back, or
/// it is erased and labelled anew. What a person would find then is a volume that is known, and the same order does
/// the rest.
/// </summary>
public sealed class RecyclingKillSpecs : IDisposable
{
    private const int FilesBefore = 7;
    private static readonly LibraryId Id = new(0x2a);
    private static readonly VolumeName Name = new("one");
    private readonly TemporaryTree _tree = new();
    private readonly VolumeIdentity _before = new(Name, VolumeId.New());

    public void Dispose() => _tree.Dispose();

    [DurableSpecs.StraceTheory]
    [InlineData("renew", "unlink", FilesBefore)]
    [InlineData("renew", "pwrite64", 1)]
    [InlineData("renew", "fsync", 2)]
    [InlineData("renew", "fdatasync", 1)]
    [InlineData("give", "write", FilesBefore - 1)]
    [InlineData("give", "fsync", 2 * (FilesBefore - 1))]
    [InlineData("give", "renameat,renameat2", FilesBefore - 1)]
    public void A_kill_at_any_moment_leaves_a_volume_that_is_known_and_the_next_order_does_the_rest(
        string operation, string call, int most)
    {
        // strace counts each call for itself; of the runtime's own some may come first
        var n = 1;
        for (; ; n++)
        {
            var library = Fill(n);
            if (!Killed(operation, call, library, n)) break;
            IsKnown(operation, library, n);

            var (code, output) = Command.Run(
                "dotnet", "exec", typeof(RecyclingKillSpecs).Assembly.Location, operation, library);

            Assert.True(code == 0, $"{operation} after kill {n}: {code} {output}");
            IsDone(operation, library);
        }
        Assert.InRange(n - 1, most, most + 40);
    }

    /// <summary>A volume with a label and tape files that look like something.</summary>
    private string Fill(int n)
    {
        var path = _tree[$"tapes-{n}"];
        Assert.Null(VirtualLibrary.Create(path, Id));
        using var library = Open(path);
        Assert.Equal(LibraryAnswer.Done, library.AddBlank(Name, out _));
        library.Load(0, 0);
        Assert.IsType<Labelling.Done>(TapeLabels.Write(
            library.Drives[0], new VolumeLabel(_before, Id, new PoolName("daily"), DateTimeOffset.UnixEpoch)));
        library.Unload(0);
        for (var file = 1; file < FilesBefore; file++)
            File.WriteAllBytes(
                Path.Combine(path, Name.Value, $"{file:00000}.{(file % 2 == 1 ? "data" : "index")}"), Content(file));
        return path;
    }

    private static byte[] Content(int file) => [.. Enumerable.Repeat((byte)file, TapeFormat.HeaderBytes)];

    private bool Killed(string operation, string call, string library, int n)
    {
        var log = _tree[$"log-{n}"];
        var (code, output) = Command.Run(
            "env", "DOTNET_EnableDiagnostics=0", "strace", "-f", "-qq", "-o", log, "-e", $"trace={call}", "-e",
            string.Create(CultureInfo.InvariantCulture, $"inject={call}:signal=KILL:when={n}"), "dotnet", "exec",
            typeof(RecyclingKillSpecs).Assembly.Location, operation, library);
        if (File.ReadAllText(log).Contains("killed by SIGKILL", StringComparison.Ordinal)) return true;
        Assert.True(code == 0, $"{operation}: {code} {output}");
        return false;
    }

    private void IsKnown(string operation, string path, int n)
    {
        using var library = Open(path);
        Assert.Equal(LibraryAnswer.Done, library.Load(0, 0));
        var label = TapeLabels.LoadAndRead(library.Drives[0]);
        var files = Directory.GetFiles(Path.Combine(path, Name.Value))
            .ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes);
        if (operation == "give")
        {
            Assert.Equal(_before, Assert.IsType<LabelReading.Labelled>(label).Label.Volume);
            for (var file = 1; file < FilesBefore; file++)
            {
                var found = files.Single(each => each.Key.StartsWith($"{file:00000}.", StringComparison.Ordinal)
                    && !each.Key.EndsWith(".new", StringComparison.Ordinal)).Value;
                Assert.True(
                    ReleasedMarker.Is(found) || found.SequenceEqual(Content(file)), $"kill {n}: tape file {file}");
            }
            library.Drives[0].SpaceToEndOfData();
            Assert.Equal(FilesBefore, library.Drives[0].Position.File);
            return;
        }
        // Of the old label's volume there is the beginning: nothing that is left has another number
        if (label is LabelReading.Labelled { Label.Volume: var identity })
            Assert.All(
                files.Where(each => each.Key != "00000.label"),
                each => Assert.True(identity == _before && each.Value[0] == int.Parse(
                    each.Key[..5], CultureInfo.InvariantCulture), $"kill {n}"));
        else Assert.True(label is LabelReading.Blank, $"kill {n}: {label}");
    }

    private void IsDone(string operation, string path)
    {
        using var library = Open(path);
        library.Load(0, 0);
        var label = Assert.IsType<LabelReading.Labelled>(TapeLabels.LoadAndRead(library.Drives[0])).Label;
        if (operation == "renew")
        {
            Assert.NotEqual(_before.Id, label.Volume.Id);
            Assert.Single(Directory.GetFiles(Path.Combine(path, Name.Value)));
            return;
        }
        Assert.Equal(
            Enumerable.Repeat(typeof(ScannedFile.Released), FilesBefore - 1),
            VolumeScanner.Scan(library.Drives[0]).Skip(1).Select(file => file.GetType()));
    }

    private static VirtualLibrary Open(string path) => Assert.IsType<LibraryOpening.Opened>(
        VirtualLibrary.Open(path, Id, 1, 1, VirtualTapeOptions.Of(1 << 30))).Library;
}

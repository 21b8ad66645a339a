using System.Runtime.InteropServices;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>
/// Somebody replaces a directory by a symbolic link and back, at full speed, while it is used. `BACKUP_ATTACKS=100000`
/// tries as often as it says.
/// </summary>
public sealed class AttackerSpecs : IDisposable
{
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("BACKUP_ATTACKS"), out var rounds) ? rounds : 5000;

    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void A_walk_never_follows_a_directory_that_becomes_a_link()
    {
        _tree.File("secret/only-outside", "secret");
        _tree.File("root/flip/inside", "harmless");
        var set = Walk.Set(Walk.Operation(_tree["root"]));
        var seen = new HashSet<string>();

        using (new Flipper(_tree["root"], "flip", _tree["secret"]))
            for (var round = 0; round < Rounds; round++)
                seen.UnionWith(Walk.Of(set).PathsBelow(_tree["root"]));

        Assert.DoesNotContain("flip/only-outside", seen);
        Assert.Contains("flip", seen);
    }

    [Fact]
    public void A_restore_never_writes_through_a_directory_that_becomes_a_link()
    {
        _tree.Folder("outside");
        _tree.Folder("target/flip");

        using (new Flipper(_tree["target"], "flip", _tree["outside"]))
        {
            for (var round = 0; round < Rounds; round++)
            {
                using var writer = new TreeWriter(
                    _tree["target"], new RestoreOptions { Replace = ReplaceRule.Always }, _ => { });
                writer.Directory(Entry("flip", FileKind.Directory));
                using (var sink = writer.BeginFile(Entry("flip/file", FileKind.Regular))) sink?.Commit(verified: true);
                writer.Directory(Entry("flip/directory", FileKind.Directory));
                writer.Symlink(Entry("flip/link", FileKind.Symlink));
                writer.Complete();
            }
        }

        Assert.Empty(Directory.GetFileSystemEntries(_tree["outside"]));
        Assert.Equal("755", Command.Run("stat", "-c", "%a", _tree["outside"]).Output.Trim());
    }

    [Fact]
    public void A_deletion_never_leaves_by_a_directory_that_becomes_a_link()
    {
        _tree.File("outside/precious", "stays");
        _tree.File("target/flip/extra");
        _tree.File("target/flip/known");
        var options = new ExtraOptions
        {
            FileSet = Walk.Set(Walk.Operation("/root")),
            Keep = ["root/flip.link"u8.ToArray()],
            PlaceOf = path => path.Parent.IsRoot ? FilePath.Root : new FilePath(path.Name.ToArray()),
            Removes = true,
        };
        FileEntry[] entries =
        [
            Entry("root", FileKind.Directory), Entry("root/flip", FileKind.Directory),
            Entry("root/flip/known", FileKind.Regular),
        ];
        var removed = 0L;

        using (new Flipper(_tree["target"], "flip", _tree["outside"]))
            for (var round = 0; round < Rounds; round++)
            {
                using var remover = new ExtraRemover(_tree["target"], options, _ => { });
                removed += remover.Run(entries, CancellationToken.None).Removed;
            }

        Assert.Equal(1, removed);
        Assert.True(File.Exists(_tree["outside/precious"]));
    }

    private static FileEntry Entry(string path, FileKind kind) => new()
    {
        Path = FilePath.FromText(path),
        Kind = kind,
        Mode = 0x1ff,
        UserId = SystemCall.EffectiveUser,
        LinkTarget = kind == FileKind.Symlink ? [(byte)'t'] : null,
    };

    private sealed class Flipper : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _stops;

        internal Flipper(string parent, string name, string elsewhere)
        {
            var link = Path.Combine(parent, name + ".link");
            var real = Path.Combine(parent, name);
            File.CreateSymbolicLink(link, elsewhere);
            _thread = new Thread(() =>
            {
                while (!_stops) Assert.Equal(0, Rename(-100, real, -100, link, Exchange));
            });
            _thread.Start();
        }

        private const uint Exchange = 2; // RENAME_EXCHANGE: at every moment one of the two is there

        [DllImport("libc", EntryPoint = "renameat2", CharSet = CharSet.Ansi, BestFitMapping = false)]
        private static extern int Rename(
            int fromDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string from,
            int toDirectory, [MarshalAs(UnmanagedType.LPUTF8Str)] string to, uint flags);

        public void Dispose()
        {
            _stops = true;
            _thread.Join();
        }
    }
}

using System.Text;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>
/// Files that a restore makes where nothing was: without a name until they are whole, or under a temporary one.
/// </summary>
public sealed class NewFileSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();
    private readonly List<FileException> _exceptions = [];

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void Nothing_of_a_file_has_its_name_before_it_is_whole(bool unnamed, int temporaryNames)
    {
        var folder = _tree["target/folder"];
        string[] before;
        using (var writer = Writer(unnamed))
        {
            using (var sink = writer.BeginFile(Entry("folder/file", size: 4))!)
            {
                sink.Write(0, "text"u8);
                before = [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path))];
                Assert.True(sink.Commit(verified: true));
            }
            using (var sink = writer.BeginFile(Entry("folder/damaged", size: 4))!) sink.Commit(verified: false);
            using (writer.BeginFile(Entry("folder/unfinished", size: 4))) { }
            writer.Complete();
        }

        Assert.DoesNotContain("file", before);
        Assert.All(before, name => Assert.StartsWith(".restore-", name, StringComparison.Ordinal));
        Assert.Equal(Supported ? temporaryNames : 1, before.Length);
        Assert.Equal([_tree["target/folder/file"]], Directory.GetFileSystemEntries(folder));
        Assert.Equal("text", File.ReadAllText(_tree["target/folder/file"]));
    }

    [Theory]
    [InlineData(true, "folder/file")]
    [InlineData(false, "folder/file")]
    [InlineData(true, "file")]
    [InlineData(false, "file")]
    public void What_appears_under_the_name_meanwhile_is_kept(bool unnamed, string name)
    {
        _tree.File("outside/canary", "untouched");
        foreach (var planted in (Action<string>[])
            [
                path => File.WriteAllText(path, "a stranger's"),
                path => File.CreateSymbolicLink(path, _tree["outside/canary"]),
                path => File.CreateSymbolicLink(path, _tree["outside/new"]),
            ])
        {
            _exceptions.Clear();
            using (var writer = Writer(unnamed, ReplaceRule.Always))
            {
                using (var sink = writer.BeginFile(Entry(name, size: 4))!)
                {
                    sink.Write(0, "text"u8);
                    planted(_tree[$"target/{name}"]);
                    Assert.False(sink.Commit(verified: true));
                }
                writer.Complete();
            }

            Assert.Equal(
                (FileExceptionKind.NotWritten, Errno.Exists), (Assert.Single(_exceptions).Kind, _exceptions[0].Errno));
            Assert.NotEqual("text", Command.Run("cat", _tree[$"target/{name}"]).Output);
            Assert.Equal("untouched", File.ReadAllText(_tree["outside/canary"]));
            Assert.Equal([_tree["outside/canary"]], Directory.GetFileSystemEntries(_tree["outside"]));
            Assert.Empty(Directory.GetFileSystemEntries(_tree["target"], ".restore-*", SearchOption.AllDirectories));
            Directory.Delete(_tree["target"], recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_mode_owner_and_time_is_as_announced_whatever_the_directory_gives(bool unnamed)
    {
        uint[] modes = [0x1a4, 0x180, 0x1ff, 0, 0x124, 0x9ed, 0x5b4];
        var group = SystemCall.EffectiveUser == 0 ? 12345u : 0; // only root may give files away
        _tree.Folder("target/shared");
        if (SystemCall.EffectiveUser == 0) Command.Run("chown", ":12345", _tree["target/shared"]);
        Command.Run("chmod", "2777", _tree["target/shared"]);
        string[] folders = ["new", "shared", "shared/new"];
        uint[] groups = SystemCall.EffectiveUser == 0 ? [0, group] : [0];
        using (var writer = Writer(unnamed, ReplaceRule.Never, setId: true))
        {
            foreach (var folder in folders)
                foreach (var mode in modes)
                    foreach (var owner in groups)
                        using (var sink = writer.BeginFile(Entry($"{folder}/{mode}-{owner}", size: 1, mode, owner))!)
                        {
                            sink.Write(0, "x"u8);
                            sink.Commit(verified: true);
                        }
            writer.Complete();
        }

        Assert.Empty(_exceptions);
        foreach (var folder in folders)
            foreach (var mode in modes)
                foreach (var owner in groups)
                {
                    var expected =
                        $"{Convert.ToString(mode, 8)} {(SystemCall.EffectiveUser == 0 ? $"0 {owner} " : "")}77";
                    var format = SystemCall.EffectiveUser == 0 ? "%a %u %g %Y" : "%a %Y";
                    Assert.Equal(expected,
                        Command.Run("stat", "-c", format, _tree[$"target/{folder}/{mode}-{owner}"]).Output.Trim());
                }
    }

    private bool Supported
    {
        get
        {
            using var directory = Descriptor.OpenDirectory(_tree.Path);
            var flags = OpenFlags.ReadWrite | OpenFlags.Unnamed | OpenFlags.CloseOnExec;
            var descriptor = SystemCall.OpenAt(directory.DangerousGetHandle().ToInt32(), "."u8, flags, 0x180);
            if (descriptor >= 0) SystemCall.Close(descriptor);
            return descriptor >= 0;
        }
    }

    private TreeWriter Writer(bool unnamed, ReplaceRule replace = ReplaceRule.Never, bool setId = false) =>
        new(_tree["target"], new RestoreOptions { Replace = replace, SetId = setId },
            _exceptions.Add)
        { UsesUnnamedFiles = unnamed };

    private static FileEntry Entry(string path, long size, uint mode = 0x1a4, uint group = 0) => new()
    {
        Path = new FilePath(Encoding.UTF8.GetBytes(path)),
        Kind = FileKind.Regular,
        Mode = mode,
        UserId = SystemCall.EffectiveUser,
        GroupId = group,
        Size = size,
        Modified = new UnixTime(77, 0),
        LinkCount = 1,
    };
}

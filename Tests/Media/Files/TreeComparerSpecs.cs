using Backup.Media.Files;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class TreeComparerSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Each_difference_names_item_attribute_and_both_values()
    {
        foreach (var side in (string[])["a", "b"])
        {
            foreach (var name in (string[])["content", "mode", "same", "size", "time", "type"])
                _tree.File($"{side}/{name}", name);
            Command.Run("ln", "-s", side, _tree[$"{side}/link"]);
        }
        _tree.File("a/missing");
        _tree.File("b/added");
        _tree.File("b/content", "kontent");
        _tree.File("b/size", "longer");
        File.Delete(_tree["b/type"]);
        _tree.Folder("b/type");
        Command.Run("chmod", "600", _tree["b/mode"]);
        foreach (var side in (string[])["a", "b"])
            Command.Run("sh", "-c", $"touch -h -d @1000 {_tree[side]}/* {_tree[side]}");
        Command.Run("touch", "-d", "@1000.5", _tree["b/time"]);

        var found = new List<FileException>();
        new TreeComparer(new CompareOptions(), found.Add).CompareTrees(_tree["a"], _tree["b"]);

        Assert.Equal(
            ["added", "content", "link", "missing", "mode", "size", "time", "type"],
            found.Select(one => System.Text.Encoding.UTF8.GetString(one.Path)));
        Assert.Equal(FileExceptionKind.Added, found[0].Kind);
        Assert.Contains("byte 0", found[1].Detail, StringComparison.Ordinal);
        Assert.Equal("Its link target differs: expected a, found b.", found[2].Detail);
        Assert.Equal(FileExceptionKind.Missing, found[3].Kind);
        Assert.EndsWith("found 0600.", found[4].Detail, StringComparison.Ordinal);
        Assert.Equal("Its size differs: expected 4, found 6.", found[5].Detail);
        Assert.Equal("Its mtime differs: expected 1000.000000000, found 1000.500000000.", found[6].Detail);
        Assert.Equal("Its type differs: expected Regular, found Directory.", found[7].Detail);
    }

    [Fact]
    public void Entries_are_compared_with_the_disk_by_digest()
    {
        _tree.File("r/file", "before");
        var then = DateTime.UnixEpoch.AddSeconds(1000);
        File.SetLastWriteTimeUtc(_tree["r/file"], then);
        var set = Walk.Set(Walk.Operation(_tree["r"]));
        var digest = System.Security.Cryptography.SHA256.HashData("before"u8);
        var entries = Walk.Of(
            set).Entries.Select(entry => entry.Kind == FileKind.Directory ? entry : WithDigest(entry, digest)).ToList();
        var found = new List<FileException>();

        Compare(set, entries, found);
        var clean = found.Count;
        File.WriteAllText(_tree["r/file"], "after!");
        File.SetLastWriteTimeUtc(_tree["r/file"], then);
        Compare(set, entries, found);

        Assert.Equal(0, clean);
        Assert.Contains("content digest", Assert.Single(found).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comparison_ends_in_the_middle_of_a_file_that_would_take_hours()
    {
        _tree.File("r/file", "");
        using (var file = File.OpenWrite(_tree["r/file"])) file.SetLength(1L << 42);
        var set = Walk.Set(Walk.Operation(_tree["r"]));
        var entries = Walk.Of(set).Entries
            .Select(entry => entry.Kind == FileKind.Directory ? entry : WithDigest(entry, new byte[32])).ToList();
        using var cancel = new CancellationTokenSource();
        var options = new CompareOptions { Cancellation = cancel.Token };
        var comparing = Task.Run(() =>
        {
            using var walker = new TreeWalker(set, new WalkOptions(), _ => { });
            new TreeComparer(options, _ => { }).CompareEntries(entries, walker);
        });
        cancel.CancelAfter(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => comparing.WaitAsync(TimeSpan.FromMinutes(2)));
    }

    private static void Compare(FileSet set, List<FileEntry> entries, List<FileException> found)
    {
        using var walker = new TreeWalker(set, new WalkOptions(), found.Add);
        new TreeComparer(new CompareOptions(), found.Add).CompareEntries(entries, walker);
    }

    private static FileEntry WithDigest(FileEntry entry, byte[] digest) => new()
    {
        Path = entry.Path,
        Kind = entry.Kind,
        Mode = entry.Mode,
        UserId = entry.UserId,
        GroupId = entry.GroupId,
        Size = entry.Size,
        Modified = entry.Modified,
        Attributes = entry.Attributes,
        Digest = new ContentDigest(DigestAlgorithm.Sha256, digest),
    };
}

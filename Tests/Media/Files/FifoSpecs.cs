using System.Text;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>CL-15: the contents of FIFOs, on request.</summary>
public sealed class FifoSpecs : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private readonly TemporaryTree _tree = new();
    private readonly List<FileException> _exceptions = [];

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task What_is_written_until_the_writer_closes_is_a_regular_file()
    {
        Make("fifo", 0x1a0);
        var large = new byte[3 << 20];
        new Random(1).NextBytes(large);
        await File.WriteAllBytesAsync(_tree["later"], large);
        var writer = Writer($"{{ cat '{_tree["later"]}'; printf end; }} > '{_tree["fifo"]}'");

        using var walker = Walker(Long);
        walker.Next()!.Dispose();
        using var item = walker.Next()!;
        var content = new byte[item.Entry.Size + 1];
        var count = 0;
        while (item.Read(content.AsSpan(count), count) is > 0 and var more) count += more;

        Assert.Equal(0, (await writer).Code);
        Assert.Equal((FileKind.Regular, 0x1a0u), (item.Entry.Kind, item.Entry.Mode));
        Assert.Equal([.. large, .. "end"u8], content[..count]);
        Assert.True(item.Refresh(out _));
        Assert.Empty(_exceptions);
    }

    [Fact]
    public async Task The_archive_holds_it_with_its_digest()
    {
        Make("fifo");
        var writer = Writer($"printf content > '{_tree["fifo"]}'");
        using var walker = Walker(Long);
        using var archiver = new Archiver(walker, new ArchiverOptions { Image = new(1) }, _exceptions.Add);

        using var chunk = archiver.Next()!;

        Assert.Equal(0, (await writer).Code);
        var entry = chunk.Members.Single(member => member.Entry.Path == _tree.PathOf("fifo")).Entry;
        Assert.Equal((FileKind.Regular, 7L), (entry.Kind, entry.Size));
        Assert.Equal(System.Security.Cryptography.SHA256.HashData("content"u8), entry.Digest.Bytes);
        Assert.Contains("content", Encoding.Latin1.GetString(chunk.Payload.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fifo_that_nobody_writes_into_is_named_and_the_rest_is_saved()
    {
        Make("fifo");
        _tree.File("other");

        var paths = Walked(TimeSpan.FromMilliseconds(20));

        Assert.Equal([_tree.PathOf(""), _tree.PathOf("other")], paths);
        var exception = Assert.Single(_exceptions);
        Assert.Equal(
            (FileExceptionKind.Unreadable, "poll", Errno.TimedOut),
            (exception.Kind, exception.Operation, exception.Errno));
        Assert.Contains("in 0 s nobody wrote into it", exception.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_never_closes_is_not_waited_for_and_no_half_is_saved()
    {
        Make("fifo");
        using var held = Descriptor.OpenReadWrite(_tree["fifo"]);
        held.Write("half"u8);

        Assert.Equal([_tree.PathOf("")], Walked(TimeSpan.FromMilliseconds(20)));
        Assert.Equal(Errno.TimedOut, Assert.Single(_exceptions).Errno);
    }

    [Fact]
    public void The_wait_ends_when_the_walk_is_to_end()
    {
        Make("fifo");
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
        using var walker = Walker(TimeSpan.FromHours(1), cancellation.Token);
        walker.Next()!.Dispose();

        Assert.Throws<OperationCanceledException>(() => walker.Next());
    }

    [Fact]
    public void A_walk_that_saves_nothing_takes_nothing_out_of_it()
    {
        Make("fifo");
        using var held = Descriptor.OpenReadWrite(_tree["fifo"]);
        held.Write("text"u8);

        var kinds = Walk.Of(Set()).Entries.Select(entry => entry.Kind);

        Assert.Equal([FileKind.Directory, FileKind.Fifo], kinds);
        Assert.Equal(4, held.Read(new byte[10]));
    }

    [Fact]
    public async Task An_incremental_takes_it_again_also_when_the_base_has_it_as_a_fifo()
    {
        Make("fifo");
        var known = Walk.Of(Set(), new WalkOptions { TickMax = TimeSpan.Zero }).Entries;
        foreach (var text in (string[])["one", "two"])
        {
            var writer = Writer($"printf {text} > '{_tree["fifo"]}'");
            var compared = new BaseComparison(known);
            var walk = Walk.Of(Set(), new WalkOptions
            {
                Base = compared,
                FifoWait = Long,
                TickMax = TimeSpan.Zero,
            });

            Assert.Equal(0, (await writer).Code);
            Assert.Equal(FileKind.Regular, Assert.Single(walk.Entries).Kind);
            Assert.Empty(compared.TakeDeletions(null));
            known = [known[0], walk.Entries[0]];
        }
    }

    [Fact]
    public void A_comparison_does_not_take_it_for_something_else()
    {
        Make("fifo");
        var saved = Walk.Of(Set()).Entries;
        var archived = saved[1] with { Kind = FileKind.Regular, Size = 7, Modified = default };
        using var walker = new TreeWalker(Set(), new WalkOptions(), _exceptions.Add);

        new TreeComparer(new CompareOptions(), _exceptions.Add).CompareEntries([saved[0], archived], walker);

        Assert.Empty(_exceptions);
    }

    private void Make(string name, uint mode = 0x1a4)
    {
        using var directory = Descriptor.OpenDirectory(_tree.Path);
        Assert.Equal(
            0,
            SystemCall.MakeNodeAt(directory.Number, Encoding.UTF8.GetBytes(name), NodeType.Fifo, mode, 0, 0));
    }

    private FileSet Set() => Walk.Set(Walk.Operation(_tree.Path) with { ReadFifos = true });

    private TreeWalker Walker(TimeSpan wait, CancellationToken cancellation = default) => new(
        Set(),
        new WalkOptions { FifoWait = wait, Cancellation = cancellation },
        _exceptions.Add);

    private List<FilePath> Walked(TimeSpan wait)
    {
        var paths = new List<FilePath>();
        using var walker = Walker(wait);
        while (walker.Next() is { } item)
            using (item) paths.Add(item.Entry.Path);
        return paths;
    }

    /// <summary>A process that writes; it does not outlive a test that fails.</summary>
    private static Task<(int Code, string Output)> Writer(string line) =>
        Task.Run(() => Command.Run("timeout", "30", "sh", "-c", line));
}

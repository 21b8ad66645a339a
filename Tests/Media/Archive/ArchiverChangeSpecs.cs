using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class ArchiverChangeSpecs : IDisposable
{
    private const int Large = 3_000_000;
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_small_file_that_changed_is_read_again()
    {
        var path = _scratch.Write("f", [1, 2, 3]);

        var pieces = _scratch.Archive(OnceFor("/f", () => File.WriteAllBytes(path, Scratch.Bytes(5000))));

        var entry = pieces.Entry("/f");
        Assert.Equal((5000, EntryFlags.None), (entry.Size, entry.Flags));
        // Time stamps tick: another change need not show, so the next incremental takes it again.
        Assert.Equal(default, entry.Changed);
        Assert.Equal(Scratch.Bytes(5000), pieces.Restored(entry));
        Assert.Empty(_scratch.Exceptions);
        ArchiverSpecs.AssertWellFormed(pieces);
    }

    [Fact]
    public void A_small_file_that_became_large_is_archived_as_it_is_now()
    {
        var path = _scratch.Write("f", [1, 2, 3]);

        var pieces = _scratch.Archive(
            OnceFor("/f", () => File.WriteAllBytes(path, Scratch.Bytes(Large))), Scratch.Options(65_536));

        Assert.Equal(Scratch.Bytes(Large), pieces.Restored(pieces.Entry("/f")));
        Assert.Empty(_scratch.Exceptions);
        ArchiverSpecs.AssertWellFormed(pieces, 65_536);
    }

    [Fact]
    public void A_small_file_that_may_not_be_read_again_is_marked()
    {
        var path = _scratch.Write("f", Scratch.Bytes(100));
        var options = Scratch.Options() with { RereadLimit = 0 };

        var pieces = _scratch.Archive(
            OnceFor("/f", () => File.WriteAllBytes(path, Scratch.Bytes(100, seed: 2))), options);

        var entry = pieces.Entry("/f");
        Assert.Equal(EntryFlags.ChangedWhileRead, entry.Flags);
        Assert.Equal(Scratch.Bytes(100, seed: 2), pieces.Restored(entry));
        AssertOneException(FileExceptionKind.ChangedWhileRead);
    }

    [Fact]
    public void A_large_file_that_shrank_is_filled_with_zeros_and_marked()
    {
        var path = _scratch.Write("f", Scratch.Bytes(Large));

        var pieces = _scratch.Archive(OnceFor("/f", () => Cut(path, 1_500_000)));

        var entry = pieces.Entry("/f");
        Assert.Equal((Large, EntryFlags.Truncated), (entry.Size, entry.Flags));
        Assert.Equal([.. Scratch.Bytes(Large)[..1_500_000], .. new byte[Large - 1_500_000]], pieces.Restored(entry));
        AssertOneException(FileExceptionKind.Truncated);
        ArchiverSpecs.AssertWellFormed(pieces);
    }

    [Fact]
    public void A_large_file_that_grew_is_cut_at_its_announced_size_and_marked()
    {
        var path = _scratch.Write("f", Scratch.Bytes(Large));

        var pieces = _scratch.Archive(OnceFor("/f", () => File.AppendAllText(path, "more")));

        var entry = pieces.Entry("/f");
        Assert.Equal(EntryFlags.ChangedWhileRead, entry.Flags);
        Assert.Equal(Scratch.Bytes(Large), pieces.Restored(entry));
        AssertOneException(FileExceptionKind.ChangedWhileRead);
    }

    [Fact]
    public void A_file_whose_first_byte_cannot_be_read_is_no_member()
    {
        foreach (var size in (int[])[1000, Large])
        {
            var path = _scratch.Write("b", Scratch.Bytes(size));
            _scratch.Write("c", [1]);
            _scratch.Exceptions.Clear();

            var pieces = _scratch.Archive(item =>
            {
                if (item.Entry.Path.ToString().EndsWith("/b", StringComparison.Ordinal)) Break(item);
            });

            Assert.DoesNotContain(pieces.Entries(), entry => "/" + entry.Path == path);
            Assert.Equal([1], pieces.Restored(pieces.Entry("/c")));
            AssertOneException(FileExceptionKind.Unreadable);
            Assert.NotEqual(0, _scratch.Exceptions[0].Errno);
            ArchiverSpecs.AssertWellFormed(pieces);
        }
    }

    [Fact]
    public void A_file_that_fails_in_the_middle_is_filled_with_zeros_and_marked()
    {
        _scratch.Write("f", Scratch.Bytes(Large));
        WalkedItem? open = null;
        using var walker = _scratch.Walker();
        using var archiver = new Archiver(() => open = walker.Next(), Scratch.Options(), _scratch.Exceptions.Add);

        var pieces = Scratch.Drain(archiver, limit: 1);
        Break(open!);
        pieces.AddRange(Scratch.Drain(archiver));

        var entry = pieces.Entry("/f");
        Assert.Equal(EntryFlags.Truncated, entry.Flags);
        var restored = pieces.Restored(entry);
        var read = pieces[0].Bytes.Length - (int)entry.Position.Offset;
        Assert.Equal(Scratch.Bytes(Large)[..read], restored[..read]);
        Assert.Equal(new byte[Large - read], restored[read..]);
        Assert.Contains(
            _scratch.Exceptions, exception => exception is { Kind: FileExceptionKind.Unreadable, Operation: "pread" });
    }

    [Fact]
    public void Disposing_in_the_middle_closes_the_file()
    {
        _scratch.Write("f", Scratch.Bytes(Large));
        WalkedItem? open = null;
        using var walker = _scratch.Walker();
        var archiver = new Archiver(() => open = walker.Next(), Scratch.Options(), _scratch.Exceptions.Add);
        Scratch.Drain(archiver, limit: 1);
        Assert.True(open!.Descriptor >= 0);

        archiver.Dispose();

        Assert.Equal(-1, open.Descriptor);
        Assert.Null(archiver.Next());
    }

    private static Action<WalkedItem> OnceFor(string end, Action change)
    {
        var done = false;
        return item =>
        {
            if (done || !item.Entry.Path.ToString().EndsWith(end, StringComparison.Ordinal)) return;
            done = true;
            change();
        };
    }

    // The descriptor is made one of the directory, so that reads fail with EISDIR.
    private void Break(WalkedItem item)
    {
        using var directory = Backup.Media.Posix.Descriptor.OpenDirectory(_scratch.Tree);
        Assert.Equal(item.Descriptor, Duplicate(directory.Number, item.Descriptor));
    }

    private static void Cut(string path, long length)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(length);
    }

    private void AssertOneException(FileExceptionKind kind) =>
        Assert.Equal(kind, Assert.Single(_scratch.Exceptions).Kind);

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static extern int Duplicate(int from, int to);
}

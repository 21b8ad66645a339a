using System.Text;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class TreeWalkerSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Items_come_in_byte_order_of_their_components_and_a_directory_before_its_content()
    {
        foreach (var name in (string[])["a/z", "a-b", "a.b", "a b/c", "B", "ä", "a/b/c"]) _tree.File(name);

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path)));

        Assert.Equal(
            [".", "B", "a", "a/b", "a/b/c", "a/z", "a b", "a b/c", "a-b", "a.b", "ä"], walk.PathsBelow(_tree.Path));
        Assert.Equal(
            walk.Entries.Select(entry => entry.Path).Order().ToList(), walk.Entries.Select(entry => entry.Path));
        Assert.Empty(walk.Exceptions);
        Assert.Equal(4, walk.Directories);
    }

    [Fact]
    public void Roots_are_merged_in_order_and_one_inside_another_is_walked_once()
    {
        foreach (var name in (string[])["x/1", "y/in/2", "z/3"]) _tree.File(name);
        var first = new SaveOperation([_tree["z"], _tree["y"], _tree["y/in"]], [], CompressionLevel: 7);

        var owners = new List<int>();
        using var walker = new TreeWalker(
            Walk.Set(first, Walk.Operation(_tree["x"] + "//./")), new WalkOptions(), Fail);
        while (walker.Next() is { } item)
            using (item) owners.Add(item.Operation.CompressionLevel);

        Assert.Equal([1, 1, 7, 7, 7, 7, 7], owners);
        Assert.Throws<ArgumentException>(() => Walk.Of(Walk.Set(first, Walk.Operation(_tree["y/in"]))));
        Assert.Throws<ArgumentException>(() => Walk.Of(Walk.Set(Walk.Operation("relative"))));
        Assert.Throws<ArgumentException>(() => Walk.Of(Walk.Set(Walk.Operation("/a/../b"))));
    }

    [Fact]
    public void A_missing_root_is_named_and_the_others_are_walked()
    {
        _tree.File("here/file");

        var walk = Walk.Of(Walk.Set(new SaveOperation([_tree["gone"], _tree["here"], _tree["no/such/parent"]], [])));

        Assert.Equal(2, walk.Entries.Count);
        Assert.Equal(
            [FileExceptionKind.RootMissing, FileExceptionKind.RootMissing], walk.Exceptions.Select(one => one.Kind));
        Assert.Equal(_tree.PathOf("gone").ToArray(), walk.Exceptions[0].Path);
    }

    [Fact]
    public void A_root_that_is_a_link_is_saved_as_a_link_and_links_above_a_root_are_followed()
    {
        _tree.File("real/below/file", "text");
        File.CreateSymbolicLink(_tree["link"], _tree["real"]);

        var walk = Walk.Of(Walk.Set(new SaveOperation([_tree["link"]], [])));
        var through = Walk.Of(Walk.Set(new SaveOperation([_tree["link/below"]], [])));

        Assert.Equal(FileKind.Symlink, Assert.Single(walk.Entries).Kind);
        Assert.Equal(Encoding.UTF8.GetBytes(_tree["real"]), walk.Entries[0].LinkTarget);
        Assert.Equal([".", "file"], through.PathsBelow(_tree["link/below"]));
    }

    [Fact]
    public void A_directory_of_many_names_is_sorted_through_a_file_to_the_same_result()
    {
        _tree.Folder("many");
        var random = new Random(5);
        for (var index = 0; index < 700;
            index++) _tree.File($"many/{random.Next():x}-{new string('p', random.Next(40))}");
        var set = Walk.Set(Walk.Operation(_tree["many"]));

        var inMemory = Walk.Of(set);
        var throughFile = Walk.Of(
            set, new WalkOptions { NamesInMemoryMax = 50, TemporaryDirectory = _tree.Folder("scratch") });

        Assert.Equal(701, inMemory.Entries.Count);
        Assert.Equal(inMemory.Paths, throughFile.Paths);
        Assert.Empty(Directory.GetFiles(_tree["scratch"]));
    }

    [Fact]
    public void Nesting_of_2000_directories_is_walked_with_few_descriptors()
    {
        const int depth = 2000;
        using (var start = Descriptor.OpenDirectory(_tree.Path)) MakeNested(start.Number, depth);

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path)), new WalkOptions { OpenDirectoriesMax = 4 });

        Assert.Empty(walk.Exceptions);
        Assert.Equal(1 + depth * 2, walk.Entries.Count); // each directory also has a file behind the one that it holds
        Assert.True(walk.Entries.Max(entry => entry.Path.Bytes.Length) > 4096);
        Assert.Equal(
            walk.Entries.Select(entry => entry.Path).Order().ToList(), walk.Entries.Select(entry => entry.Path));
    }

    [Fact]
    public void A_walk_resumed_after_any_item_gives_exactly_what_followed_it()
    {
        SampleTree.Create(_tree["sample"], sparseBytesMax: 1 << 22);
        var set = Walk.Set(Walk.Operation(_tree["sample"]));
        var whole = Walk.Of(set);

        for (var index = 0; index < whole.Entries.Count; index++)
        {
            var after = whole.Entries[index].Path;
            var rest = Walk.Of(set, new WalkOptions { ResumeAfter = after }, seed: whole.Entries.Take(index + 1));

            var expected = whole.Entries.Skip(index + 1).ToList();
            Assert.Equal(expected.Select(entry => entry.Path), rest.Entries.Select(entry => entry.Path));
            Assert.Equal(expected.Select(entry => entry.Kind), rest.Entries.Select(entry => entry.Kind));
            Assert.Equal(expected.Select(entry => entry.LinkTarget), rest.Entries.Select(entry => entry.LinkTarget));
        }
    }

    [Fact]
    public void A_walk_resumed_after_a_name_that_is_gone_goes_on_behind_it()
    {
        foreach (var name in (string[])["a/1", "a/3", "b", "c/x"]) _tree.File(name);

        var rest = Walk.Of(
            Walk.Set(Walk.Operation(_tree.Path)), new WalkOptions { ResumeAfter = _tree.PathOf("a/2/deep") });

        Assert.Equal(["a/3", "b", "c", "c/x"], rest.PathsBelow(_tree.Path));
    }

    [Fact]
    public void Later_names_of_a_file_refer_to_the_first_and_names_outside_do_not_matter()
    {
        _tree.File("d/2-first", "content");
        using (var directory = Descriptor.OpenDirectory(_tree.Path))
        {
            Assert.Equal(0, SystemCall.LinkAt(directory.Number, "d/2-first"u8, directory.Number, "e-second"u8));
            Assert.Equal(0, SystemCall.LinkAt(directory.Number, "d/2-first"u8, directory.Number, "d/1"u8));
        }

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path)));
        var part = Walk.Of(Walk.Set(Walk.Operation(_tree["d"])));

        Assert.Equal(
            ["d/1", "d/2-first", "e-second"], walk.PathsBelow(_tree.Path).Where(path => path is not ("." or "d")));
        Assert.Equal(
            [FileKind.Regular, FileKind.HardLink, FileKind.HardLink], walk.Entries.Skip(2).Select(entry => entry.Kind));
        Assert.All(walk.Entries.Skip(3), entry => Assert.Equal(_tree.PathOf("d/1").ToArray(), entry.LinkTarget));
        Assert.All(walk.Entries.Skip(3), entry => Assert.Equal(0, entry.Size));
        Assert.Equal(
            [FileKind.Directory, FileKind.Regular, FileKind.HardLink], part.Entries.Select(entry => entry.Kind));
    }

    [Fact]
    public void A_seeded_link_whose_file_is_another_now_is_stored_anew()
    {
        _tree.File("a", "one");
        using (var directory = Descriptor.OpenDirectory(_tree.Path))
            Assert.Equal(0, SystemCall.LinkAt(directory.Number, "a"u8, directory.Number, "b"u8));
        var set = Walk.Set(Walk.Operation(_tree.Path));
        var before = Walk.Of(set).Entries;
        File.AppendAllText(_tree["b"], "changed between two attempts");

        var rest = Walk.Of(set, new WalkOptions { ResumeAfter = _tree.PathOf("a") }, seed: before.Take(2));

        Assert.Equal(FileKind.Regular, Assert.Single(rest.Entries).Kind);
    }

    [Fact]
    public void A_sparse_file_tells_its_data_and_is_not_read_for_it()
    {
        using (var file = Descriptor.CreateNew(_tree["sparse"]))
        {
            file.Truncate(1L << 40);
            file.WriteAt([1, 2, 3], 1 << 20);
            file.WriteAt([9], (1L << 40) - 1);
        }
        _tree.File("dense", "text");

        using var walker = new TreeWalker(Walk.Set(Walk.Operation(_tree.Path)), new WalkOptions(), Fail);
        walker.Next()!.Dispose();
        using var dense = walker.Next()!;
        using var sparse = walker.Next()!;

        Assert.Null(dense.Extents);
        Assert.False(dense.Entry.Sparse);
        Assert.True(sparse.Entry.Sparse);
        Assert.Equal(2, sparse.Extents!.Count);
        Assert.Equal(1 << 20, sparse.Extents[0].Offset);
        Assert.Equal(1L << 40, sparse.Extents[1].Offset + sparse.Extents[1].Length);
    }

    [Fact]
    public void An_item_tells_when_its_file_has_changed()
    {
        _tree.File("file", "before");
        using var walker = new TreeWalker(Walk.Set(Walk.Operation(_tree["file"])), new WalkOptions(), Fail);
        using var item = walker.Next()!;

        var unchanged = item.Refresh(out var then);
        File.AppendAllText(_tree["file"], " and after");
        var changed = item.Refresh(out var now);

        Assert.True(unchanged);
        Assert.Equal(6, then.Size);
        Assert.False(changed);
        Assert.Equal(16, now.Size);
    }

    [Fact]
    public void A_file_of_the_kernel_has_the_size_of_what_was_read()
    {
        var walk = new List<(string, long, int)>();
        using var walker = new TreeWalker(Walk.Set(Walk.Operation("/proc/self/status")), new WalkOptions(), Fail);
        using var item = walker.Next()!;
        var buffer = new byte[100_000];

        Assert.NotEqual(0, item.Entry.Size);
        Assert.Equal(item.Entry.Size, item.Read(buffer, 0));
        Assert.StartsWith("Name:", Encoding.ASCII.GetString(buffer, 0, 5), StringComparison.Ordinal);
        Assert.Equal(0, item.Read(buffer, item.Entry.Size));
        Assert.Empty(walk);
    }

    [Fact]
    public void A_socket_is_named_as_skipped_and_a_fifo_does_not_block()
    {
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_tree["socket"]));
        using (var directory = Descriptor.OpenDirectory(_tree.Path))
            Assert.Equal(0, SystemCall.MakeNodeAt(directory.Number, "fifo"u8, NodeType.Fifo, 0x1a4, 0, 0));

        var walk = Walk.Of(Walk.Set(Walk.Operation(_tree.Path)));

        Assert.Equal([FileKind.Directory, FileKind.Fifo], walk.Entries.Select(entry => entry.Kind));
        Assert.Equal(FileExceptionKind.SocketSkipped, Assert.Single(walk.Exceptions).Kind);
    }

    private static void Fail(FileException exception) => Assert.Fail(exception.ToString());

    internal static void MakeNested(int start, int depth)
    {
        var directory = start;
        for (var level = 0; level < depth; level++)
        {
            Assert.Equal(0, SystemCall.MakeDirectoryAt(directory, "level"u8, 0x1ed));
            var file = SystemCall.OpenAt(
                directory, "z"u8, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.CloseOnExec, 0x1a4);
            SystemCall.Close(file);
            var below = SystemCall.OpenAt(directory, "level"u8, OpenFlags.Directory | OpenFlags.CloseOnExec);
            if (directory != start) SystemCall.Close(directory);
            directory = below;
        }
        SystemCall.Close(directory);
    }
}

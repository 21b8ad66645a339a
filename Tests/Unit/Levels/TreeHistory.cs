using System.Runtime.InteropServices;
using System.Text;

namespace Backup.Tests.Unit.Levels;

/// <summary>A tree on disk that is changed at random, and what it must look like, kept beside it.</summary>
internal sealed class TreeHistory(string root, Random random)
{
    // Names whose order with `/` between components is not that of the text.
    private static readonly string[] Names = ["a", "a-", "a.b", "a0", "b", "ä"];

    /// <summary>What is there: by path below the root.</summary>
    public SortedDictionary<string, Item> Items { get; } = new(StringComparer.Ordinal);

    /// <summary>What a path is: content and file for a regular one, target for a link, null and null for a
    /// directory.</summary>
    public sealed record Item(FileContent? File, string? Target)
    {
        public bool IsDirectory => File is null && Target is null;
    }

    /// <summary>A file, whatever its names.</summary>
    public sealed class FileContent
    {
        public required byte[] Bytes { get; set; }

        public required int Mode { get; set; }
    }

    /// <summary>The state now, which later changes do not touch.</summary>
    public IReadOnlyDictionary<string, (Item Item, byte[]? Bytes, int Mode)> Snapshot() => Items.ToDictionary(
        pair => pair.Key, pair => (pair.Value, pair.Value.File?.Bytes, pair.Value.File?.Mode ?? 0));

    public void Change()
    {
        var path = AnyPath();
        switch (random.Next(11))
        {
            case 0 or 1: Write(path, Content()); break;
            case 2: Rewrite(path); break;
            case 3: Delete(path); break;
            case 4: MakeDirectory(path); break;
            case 5 or 6: Rename(path, AnyPath()); break;
            case 7: Link(path, AnyPath()); break;
            case 8: Symlink(path); break;
            case 9: ChangeMode(path); break;
            default: Write(path + "/" + Names[random.Next(Names.Length)], Content()); break;
        }
    }

    private byte[] Content()
    {
        var bytes = new byte[random.Next(4) == 0 ? random.Next(9000) : random.Next(20)];
        random.NextBytes(bytes);
        return bytes;
    }

    private string AnyPath() =>
        string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Names[random.Next(Names.Length)]));

    private string Disk(string path) => Path.Combine(root, path);

    private bool MakeAbove(string path)
    {
        if (Path.GetDirectoryName(path) is not { Length: > 0 } above) return true;
        if (Items.TryGetValue(above, out var item)) return item.IsDirectory;
        return MakeDirectory(above);
    }

    private bool MakeDirectory(string path)
    {
        if (Items.TryGetValue(path, out var item)) return item.IsDirectory;
        if (!MakeAbove(path)) return false;
        Directory.CreateDirectory(Disk(path));
        Items[path] = new Item(null, null);
        return true;
    }

    private void Write(string path, byte[] bytes)
    {
        if (Items.TryGetValue(path, out var there) && there.File is null) Delete(path);
        if (!MakeAbove(path)) return;
        // Written anew, a file that is there keeps its other names.
        File.WriteAllBytes(Disk(path), bytes);
        if (there?.File is { } file) file.Bytes = bytes;
        else
        {
            File.SetUnixFileMode(Disk(path), (UnixFileMode)0x1A4);
            Items[path] = new Item(new FileContent { Bytes = bytes, Mode = 0x1A4 }, null);
        }
    }

    /// <summary>Another content of the same size, with the time that it had.</summary>
    private void Rewrite(string path)
    {
        if (!Items.TryGetValue(path, out var item) || item.File is not { Bytes.Length: > 0 } file) return;
        var time = File.GetLastWriteTimeUtc(Disk(path));
        var bytes = new byte[file.Bytes.Length];
        random.NextBytes(bytes);
        Write(path, bytes);
        File.SetLastWriteTimeUtc(Disk(path), time);
    }

    private void Delete(string path)
    {
        if (!Items.TryGetValue(path, out var item)) return;
        if (item.IsDirectory) Directory.Delete(Disk(path), recursive: true);
        else File.Delete(Disk(path));
        foreach (var gone in Below(path)) Items.Remove(gone);
    }

    /// <summary>What is moved keeps its times.</summary>
    private void Rename(string from, string to)
    {
        if (!Items.ContainsKey(from) || to == from || to.StartsWith(from + "/", StringComparison.Ordinal)
            || from.StartsWith(to + "/", StringComparison.Ordinal) || !MakeAbove(to)) return;
        Delete(to);
        Check(Move(Disk(from), Disk(to)));
        foreach (var path in Below(from))
        {
            Items[to + path[from.Length..]] = Items[path];
            Items.Remove(path);
        }
    }

    private void Link(string from, string to)
    {
        if (!Items.TryGetValue(from, out var item) || item.File is null || Items.ContainsKey(to) || !MakeAbove(to))
            return;
        Check(MakeLink(Disk(from), Disk(to)));
        Items[to] = item;
    }

    private void Symlink(string path)
    {
        if (Items.ContainsKey(path)) Delete(path);
        if (!MakeAbove(path)) return;
        var target = $"to-{random.Next(100)}";
        File.CreateSymbolicLink(Disk(path), target);
        Items[path] = new Item(null, target);
    }

    private void ChangeMode(string path)
    {
        if (!Items.TryGetValue(path, out var item) || item.File is not { } file) return;
        file.Mode = 0x180 | random.Next(0x40);
        File.SetUnixFileMode(Disk(path), (UnixFileMode)file.Mode);
    }

    private List<string> Below(string path) =>
        [.. Items.Keys.Where(each => each == path || each.StartsWith(path + "/", StringComparison.Ordinal))];

    private static void Check(int result)
    {
        if (result != 0) throw new IOException($"Error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    private static extern int Move(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int MakeLink(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
}

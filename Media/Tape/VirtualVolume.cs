using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>A volume directory as it was found when it was loaded, and what was added since.</summary>
internal sealed class VirtualVolume
{
    private readonly List<TapeFileKind?> _files = [];
    private bool _isAlone;

    private VirtualVolume(string directory) => Directory = directory;

    public string Directory { get; }

    public int FileCount => _files.Count;

    public long UsedBytes { get; set; }

    public string PathOf(int file, TapeFileKind kind) => Path.Combine(Directory, VolumeDirectory.FileName(file, kind));

    /// <summary>A tape file whose name is missing is looked for as data, and its reading fails with ENOENT.</summary>
    public string PathOf(int file) => PathOf(file, _files[file] ?? TapeFileKind.Data);

    public void Add(TapeFileKind kind) => _files.Add(kind);

    public void RemoveLast()
    {
        var path = PathOf(FileCount - 1);
        PosixException.Check(
            SystemCall.UnlinkAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(path)), "unlinkat", path);
        _files.RemoveAt(FileCount - 1);
    }

    /// <summary>
    /// A crash between the making of a label's file and its block leaves an empty file and nothing else: that is a
    /// blank medium.
    /// </summary>
    /// <exception cref="PosixException">The empty file cannot be removed.</exception>
    public void DropEmptyLabel()
    {
        if (_files is [TapeFileKind.Label] && UsedBytes == 0 && _isAlone) RemoveLast();
    }

    public static TapeResult Open(string directory, out VirtualVolume? volume)
    {
        volume = null;
        var found = new VirtualVolume(directory);
        string? stranger = null;
        try
        {
            foreach (var item in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            {
                if (!VolumeDirectory.TryParse(item.Name, out var file, out var kind) || item is not FileInfo info)
                    stranger = item.Name;
                else if (!found.Take(file, kind, info.Length))
                    return TapeResult.Error(Errno.Exists, item.Name);
            }
        }
        catch (DirectoryNotFoundException)
        {
            return TapeResult.Error(Errno.NoEntry, "opendir");
        }
        catch (UnauthorizedAccessException)
        {
            return TapeResult.Error(Errno.AccessDenied, "opendir");
        }
        catch (IOException e)
        {
            // .NET has the number there, where it has no exception of its own for it
            return TapeResult.Error(Errno.IsOutOfDescriptors(e.HResult) ? e.HResult : Errno.InputOutput, "readdir");
        }
        var hasLabel = found.FileCount > 0 && found._files[0] is TapeFileKind.Label;
        if (stranger is not null && !hasLabel)
            return new TapeResult(TapeStatus.ForeignMedium, Operation: Described(directory, stranger));
        found._isAlone = stranger is null;
        volume = found;
        return TapeResult.Done;
    }

    /// <summary>The name, and what it is where that can be seen.</summary>
    private static string Described(string directory, string name)
    {
        try
        {
            var path = Path.Combine(directory, name);
            // What is no plain file has no length, and might wait for ever when it is opened
            if (new FileInfo(path) is not { Exists: true, LinkTarget: null, Length: > 0 }) return name;
            using var file = Descriptor.OpenRead(path);
            var begin = new byte[1024];
            return ForeignMedium.Describe(begin.AsSpan(0, file.ReadFullyAt(begin, 0))) is { } theirs
                ? $"{name}, {theirs}" : name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return name; // it is foreign, whatever it is
        }
    }

    private bool Take(int file, TapeFileKind kind, long length)
    {
        while (_files.Count <= file) _files.Add(null);
        if (_files[file] is not null) return false;
        _files[file] = kind;
        UsedBytes += length;
        return true;
    }
}

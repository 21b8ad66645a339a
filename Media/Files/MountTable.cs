using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// The types of file systems by their mounts, as /proc/self/mountinfo names them: the kernel's magic numbers do not
/// tell ext2 from ext4, or one kind of FUSE from another. Read when a mount is met that is not known yet.
/// </summary>
/// <param name="read">Gives the table's lines; null: those of this process.</param>
internal sealed class MountTable(Func<IEnumerable<string>>? read = null)
{
    private readonly Func<IEnumerable<string>> _read = read ?? ReadOwn;
    private readonly Dictionary<(ulong Mount, ulong Device), string?> _types = [];

    /// <summary>The type of the file system that an item is on, as `ext4`; null where the table does not say.</summary>
    internal string? TypeOf(in FileStatus status) => TypeOf(status.Mount, status.Device);

    /// <summary>The type of a mount; where the kernel does not tell mounts (0), of the device's first.</summary>
    internal string? TypeOf(ulong mount, ulong device)
    {
        if (!_types.TryGetValue((mount, device), out var type)) _types[(mount, device)] = type = Find(mount, device);
        return type;
    }

    // proc_pid_mountinfo(5): mount, parent, major:minor, root, mount point, options, optional fields, "-", type ...
    private string? Find(ulong mount, ulong device)
    {
        var number = $"{device >> 32}:{device & uint.MaxValue}";
        foreach (var line in _read())
        {
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash < 0 || dash + 1 >= fields.Length) continue;
            if (mount != 0 ? fields[0] == $"{mount}" : fields[2] == number) return fields[dash + 1];
        }
        return null;
    }

    private static IEnumerable<string> ReadOwn()
    {
        try
        {
            // Names of mount points are bytes; types are not concerned
            return File.ReadAllLines("/proc/self/mountinfo", Encoding.Latin1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

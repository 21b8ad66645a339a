using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Files that the kernel makes up as they are read (procfs, sysfs …). The size that they announce is not theirs (0, or
/// a page), and an archive needs it before the content; so they are read into memory, up to a limit, since some never
/// end.
/// </summary>
internal sealed class PseudoFiles
{
    /// <summary>Most bytes that are taken of one.</summary>
    internal const int BytesMax = 1 << 20;

    private readonly Dictionary<ulong, bool> _devices = [];

    /// <summary>Whether a file is on such a file system; asked once a device.</summary>
    internal bool Holds(int descriptor, ulong device)
    {
        if (_devices.TryGetValue(device, out var known)) return known;
        var holds = SystemCall.FileSystem(descriptor, out var magic) >= 0 && IsPseudo(magic);
        _devices[device] = holds;
        return holds;
    }

    /// <summary>Reads to the end or the limit; negative errno on failure.</summary>
    internal static int Read(int descriptor, out byte[] content, out bool isWhole)
    {
        using var collected = new MemoryStream();
        var buffer = new byte[64 * 1024];
        (content, isWhole) = ([], true);
        while (true)
        {
            var count = SystemCall.Read(descriptor, buffer);
            if (count is 0 or -Errno.TryAgain) break; // EAGAIN: a file of events, with none at the moment
            if (count < 0) return count;
            var room = BytesMax - (int)collected.Length;
            collected.Write(buffer, 0, Math.Min(count, room));
            if (count <= room) continue;
            isWhole = false;
            break;
        }
        content = collected.ToArray();
        return 0;
    }

    // linux/magic.h: proc, sysfs, debugfs, tracefs, securityfs, cgroup, cgroup2, bpf, selinuxfs, configfs, pstore,
    // efivarfs.
    private static bool IsPseudo(
        long magic) => (uint)magic is 0x9fa0 or 0x62656572 or 0x64626720 or 0x74726163 or 0x73636673
        or 0x27e0eb or 0x63677270 or 0xcafe4a11 or 0xf97cff8c or 0x62656570 or 0x6165676c or 0xde5e81e4;
}

namespace Backup.Media.Tape;

/// <summary>
/// What the kernel tells of a drive below /sys/class/scsi_tape (Documentation/scsi/st.rst), without touching the drive.
/// What is not there is not told.
/// </summary>
public static class StInformation
{
    private static readonly (string Name, string File)[] Files =
    [
        ("vendor", "device/vendor"), ("model", "device/model"), ("revision", "device/rev"),
        ("options", "options"), ("default block size", "default_blksize"), ("default density", "default_density"),
        ("default compression", "default_compression"), ("position lost in a reset", "position_lost_in_reset"),
        ("bytes written", "stats/write_byte_cnt"), ("bytes read", "stats/read_byte_cnt"),
        ("writes", "stats/write_cnt"), ("reads", "stats/read_cnt"), ("residues", "stats/resid_cnt"),
    ];

    /// <summary>Reads it.</summary>
    /// <param name="device">The drive's device, or a link to it.</param>
    /// <param name="root">The folder that the kernel fills.</param>
    /// <returns>By name, in a fixed order; empty where the kernel tells nothing.</returns>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string device, string root = "/sys/class/scsi_tape")
    {
        var link = File.Exists(device) ? File.ResolveLinkTarget(device, returnFinalTarget: true) : null;
        var name = Path.GetFileName(link?.FullName ?? device);
        var statistics = Path.Combine(root, name.TrimStart('n'));
        var found = new List<KeyValuePair<string, string>>();
        foreach (var (what, file) in Files)
        {
            var folder = file.StartsWith("stats/", StringComparison.Ordinal) ? statistics : Path.Combine(root, name);
            if (Text(Path.Combine(folder, file)) is { Length: > 0 } text) found.Add(new(what, text));
        }
        return found;
    }

    /// <summary>Bytes that a drive has read since the kernel knows it; 0 where it tells nothing.</summary>
    /// <param name="device">The drive's device, or a link to it.</param>
    /// <param name="root">The folder that the kernel fills.</param>
    public static long BytesRead(string device, string root = "/sys/class/scsi_tape") => long.TryParse(
        Read(device, root).FirstOrDefault(pair => pair.Key == "bytes read").Value,
        System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var bytes)
        ? bytes : 0;

    private static string? Text(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return null; // a file of the kernel that cannot be read tells nothing
        }
    }
}

using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// The shell commands that restore from a library with standard tools, as headers and seals print them.
/// </summary>
public static partial class RestoreCommand
{
    private const string Tar = "tar --xattrs --xattrs-include='*' --acls --numeric-owner -p -x -f -";

    /// <summary>Also removes what was deleted since the base.</summary>
    private const string TarIncremental =
        "tar --incremental --xattrs --xattrs-include='*' --acls --numeric-owner -p -x -f -";

    /// <summary>The command for an image, or for the fragments given, from their first member on.</summary>
    /// <param name="parts">All parts of all fragments, in order.</param>
    /// <param name="bytesToFirstMember">Archive bytes before the first member boundary of the first fragment: 0 for a
    /// whole image.</param>
    /// <param name="library">A directory put before every path; null: the command is to be run in the library's
    /// directory.</param>
    /// <param name="target">The directory to restore into, which must exist; null: the current one.</param>
    /// <param name="incremental">True for an image that builds on another, which must have been restored there
    /// before.</param>
    public static string For(
        IReadOnlyList<TapeLocation> parts, long bytesToFirstMember = 0, string? library = null, string? target = null,
        bool incremental = false)
    {
        var skip = bytesToFirstMember > 0
            ? string.Create(CultureInfo.InvariantCulture, $" | tail -c +{bytesToFirstMember + 1}")
            : "";
        var where = target is null ? "" : $" -C {Quote(target)}";
        return $"{Data(parts, library)} | zstd -dc{skip} | {TarFor(incremental)}{where}";
    }

    /// <summary>The volumes whose files a command reads, in its order.</summary>
    /// <param name="command">One that <see cref="For"/> made, as a medium gives it: not trusted.</param>
    public static IReadOnlyList<VolumeName> VolumesOf(string command) =>
    [
        .. DataFile().Matches(command).Select(found => found.Groups[1].Value).Distinct(StringComparer.Ordinal)
            .Select(name => new VolumeName(name)),
    ];

    /// <summary>The file of a part, relative to its library's directory.</summary>
    /// <param name="part">The part.</param>
    /// <param name="kind">What the tape file holds.</param>
    public static string PathOf(TapeLocation part, TapeFileKind kind) =>
        $"{part.Volume.Name}/{VolumeDirectory.FileName(part.File, kind)}";

    /// <summary>A word for a POSIX shell; bytes that could mean something to it are within single quotes.</summary>
    /// <param name="word">Any text without NUL.</param>
    public static string Quote(string word)
    {
        var plain = word.Length > 0
            && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "._/-+:,".Contains(letter));
        var safe = word.StartsWith('-') ? "./" + word : word;
        return plain ? safe : $"'{safe.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }

    /// <summary>The variant for a tape drive, a part alone.</summary>
    internal static string OnTape(int file, long bytesToFirstMember, bool incremental)
    {
        var skip = bytesToFirstMember > 0
            ? string.Create(CultureInfo.InvariantCulture, $" | tail -c +{bytesToFirstMember + 1}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"mt -f /dev/nst0 asf {file} && dd if=/dev/nst0 of=/dev/null bs=1M count=1 && dd if=/dev/nst0 bs=1M | "
                + $"zstd -dc{skip} | {TarFor(incremental)}");
    }

    /// <summary>No name of a volume has to be quoted.</summary>
    [GeneratedRegex(@"tail -c \+32769 ([A-Za-z0-9._-]{1,128})/[0-9]{1,10}\.data", RegexOptions.CultureInvariant)]
    private static partial Regex DataFile();

    private static string TarFor(bool incremental) => incremental ? TarIncremental : Tar;

    private static string Data(IReadOnlyList<TapeLocation> parts, string? library)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            var path = PathOf(part, TapeFileKind.Data);
            text.Append(parts.Count > 1 ? " " : "").Append("tail -c +32769 ");
            text.Append(Quote(library is null ? path : Path.Combine(library, path))).Append(parts.Count > 1 ? ";" : "");
        }
        return parts.Count > 1 ? $"{{{text} }}" : text.ToString();
    }
}

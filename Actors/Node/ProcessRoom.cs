using System.Globalization;
using Backup.Media.Posix;
using Backup.Messages.Jobs;

namespace Backup.Actors.Node;

/// <summary>
/// Whether this process has room for one more session. What it keeps free is for those that run: each opens files as it
/// goes on, and would otherwise be hurt by whoever comes last.
/// </summary>
internal static class ProcessRoom
{
    /// <summary>File descriptors that stay free: of sessions, their connections, journal and catalog.</summary>
    private const int DescriptorsKept = 64;

    /// <summary>Why no further session may begin; null: it may.</summary>
    /// <param name="place">Where, as `Client web1`.</param>
    public static JobFailure.NodeShort? Lack(string place) => Descriptors() is { } used
        ? new JobFailure.NodeShort($"{place}: {used}.") : null;

    private static string? Descriptors()
    {
        try
        {
            var open = Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
            var most = LimitIn(File.ReadLines("/proc/self/limits"));
            return most - open >= DescriptorsKept
                ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{open} of {most} file descriptors are in use, and {DescriptorsKept} are kept for what runs");
        }
        catch (IOException full) when (Errno.IsOutOfDescriptors(full.HResult))
        {
            return "no file descriptor is free";
        }
        catch (Exception unknown) when (unknown is DirectoryNotFoundException or FileNotFoundException
            or UnauthorizedAccessException)
        {
            return null; // without /proc nobody knows, and nobody is refused
        }
    }

    /// <summary>The soft limit of open files.</summary>
    /// <param name="limits">Lines as in /proc/self/limits.</param>
    /// <returns>The most that it can be where there is none.</returns>
    internal static long LimitIn(IEnumerable<string> limits)
    {
        const string Title = "Max open files";
        var words = limits.First(line => line.StartsWith(Title, StringComparison.Ordinal))[Title.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var soft)
            ? soft : long.MaxValue;
    }
}

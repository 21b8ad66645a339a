using System.Text;
using Backup.Host.CommandLine;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>Patterns in a file, one a line.</summary>
internal static class PatternFile
{
    /// <summary>
    /// Its patterns; none where no file is named. Empty lines and those that begin with # are passed over.
    /// </summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public static IReadOnlyList<string> Read(string? file)
    {
        if (file is null) return [];
        try
        {
            return [.. File.ReadLines(file, Encoding.UTF8).Select(line => line.TrimEnd('\r'))
                .Where(line => line.Length > 0 && line[0] != '#')];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(new Refused(RefusalCode.BadRequest, $"{file} cannot be read: {failure.Message}"));
        }
    }
}

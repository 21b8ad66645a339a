using Backup.Media.Files;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>The paths that a request for a restore names.</summary>
internal static class RestorePaths
{
    private const int StripMax = 1000;

    /// <summary>The selected paths; none: everything.</summary>
    /// <returns>The refusal of one that is none; else null.</returns>
    public static Refused? Read(RestoreFiles restore, out List<byte[]> paths)
    {
        paths = [];
        foreach (var path in restore.Paths)
        {
            if (Parse(path, out var bytes) is { } bad) return bad;
            paths.Add(bytes);
        }
        if (paths.Exists(path => path.Length == 0)) paths.Clear(); // `/` is everything
        return null;
    }

    /// <summary>What is put before each path; null: nothing.</summary>
    /// <returns>The refusal of a prefix or a number that cannot be; else null.</returns>
    public static Refused? PrefixOf(RestoreFiles restore, out byte[]? prefix)
    {
        prefix = null;
        if (restore.Strip is < 0 or > StripMax)
            return new Refused(RefusalCode.BadRequest, $"Expected --strip 0 to {StripMax}, found {restore.Strip}.");
        if (restore.Prefix is not { } text) return null;
        if (Parse(text, out var bytes) is { } bad) return bad;
        prefix = bytes;
        return text.Split('/').Any(component => component is "." or "..")
            ? new Refused(RefusalCode.BadRequest, $"Expected a prefix without . and .. components, found \"{text}\".")
            : null;
    }

    /// <summary>What is put behind each name; null: nothing.</summary>
    /// <returns>The refusal of a suffix that cannot be, or of a rename that is none; else null.</returns>
    public static Refused? SuffixOf(RestoreFiles restore, out byte[]? suffix)
    {
        suffix = null;
        try
        {
            foreach (var rename in restore.Rename ?? []) PathRename.Parse(rename);
            if (restore.Suffix is not { Length: > 0 } text) return null;
            suffix = PathText.Unescape(text);
        }
        catch (FormatException bad)
        {
            return new Refused(RefusalCode.BadRequest, bad.Message);
        }
        return suffix.AsSpan().ContainsAny((byte)'/', (byte)0)
            ? new Refused(RefusalCode.BadRequest, $"Expected a suffix without a slash, found \"{restore.Suffix}\".")
            : null;
    }

    private static Refused? Parse(string text, out byte[] path)
    {
        path = [];
        try
        {
            path = PathText.Unescape(text.Trim('/'));
            return null;
        }
        catch (FormatException bad)
        {
            return new Refused(RefusalCode.BadRequest, bad.Message);
        }
    }
}

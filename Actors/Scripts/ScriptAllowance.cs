using Backup.Media.Posix;

namespace Backup.Actors.Scripts;

/// <summary>
/// What a node lets others run on it: programs by their own path, or all in a directory. Nobody but root and the user
/// of the node may be able to change what is run, or to put something else in its place.
/// </summary>
internal static class ScriptAllowance
{
    private const int LinksMax = 40;
    private const uint OthersMayWrite = 0x12; // S_IWGRP | S_IWOTH
    private const uint Sticky = 0x200;

    /// <summary>Why a program is not run; null: it may be.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="allowed">What is allowed: absolute paths of programs and directories.</param>
    /// <param name="key">The key that allows it, as `client.scripts`.</param>
    public static string? Refusal(string program, IReadOnlyList<string> allowed, string key)
    {
        if (!Path.IsPathFullyQualified(program) || Path.GetFullPath(program) != program)
            return "its path is not absolute, or has a component that is . or .. or empty.";
        try
        {
            var real = Resolve(program);
            if (!allowed.Select(Resolve).Any(each => IsAtOrBelow(real, each)))
                return $"{key} of this node does not allow it ("
                    + $"{(allowed.Count == 0 ? "it is empty" : string.Join(", ", allowed))}).";
            if (PathStatus.Read(real).Type != NodeType.Regular) return $"{real} is no file.";
            for (var path = real; path is not null; path = Path.GetDirectoryName(path))
                if (Unsafe(path) is { } why) return why;
            return null;
        }
        catch (IOException unreadable)
        {
            return unreadable.Message;
        }
    }

    /// <summary>In a sticky directory nobody replaces what is another's.</summary>
    private static string? Unsafe(string path)
    {
        var status = PathStatus.Read(path);
        if (status.UserId != 0 && status.UserId != PathStatus.EffectiveUser)
            return $"{path} belongs to user {status.UserId}, not to root or the node's user.";
        return (status.Mode & OthersMayWrite) == 0
            || (status.Type == NodeType.Directory && (status.Mode & Sticky) != 0)
            ? null
            : $"{path} may be written by others than its owner (mode {Convert.ToString(status.Mode, 8)}).";
    }

    private static bool IsAtOrBelow(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    /// <summary>The path without symbolic links; what does not exist stays as it is.</summary>
    private static string Resolve(string path)
    {
        for (var links = 0; links < LinksMax; links++)
        {
            if (FirstLink(path) is not { } link) return path;
            var target = new FileInfo(link).LinkTarget!;
            path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link)!, target) + path[link.Length..]);
        }
        throw new IOException($"Too many symbolic links are in {path}.");
    }

    private static string? FirstLink(string path)
    {
        for (var end = path.IndexOf('/', 1); ; end = path.IndexOf('/', end + 1))
        {
            var part = end < 0 ? path : path[..end];
            if (new FileInfo(part).LinkTarget is not null) return part;
            if (end < 0) return null;
        }
    }
}

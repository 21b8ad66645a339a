using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>The sentences of a restore for the operator.</summary>
internal static class RestoreSentence
{
    internal static FileException For(
        FilePath path, FileExceptionKind kind, string operation, int errno, string? reason)
    {
        var cause = reason is not null ? $" {reason}" : errno == 0 ? "" : $" {Cause(errno)}";
        var detail = kind switch
        {
            FileExceptionKind.UnsafeName =>
                "Its name or link target is empty or holds `.`, `..`, an empty component or NUL; it was not written. "
                    + "The archive may be forged.",
            FileExceptionKind.Kept => "It exists at the target, and the replace rule keeps what is there.",
            FileExceptionKind.ContentDamaged => "Its content is damaged on the medium; it was not put in place.",
            _ => $"It was not written.{cause}",
        };
        return new FileException(path.ToArray(), kind, operation, errno, detail);
    }

    private static string Cause(int errno) => errno switch
    {
        Errno.Loop => "A symbolic link is in the way, and none is followed (ELOOP).",
        Errno.NotDirectory => "Something that is no directory is in the way (ENOTDIR).",
        Errno.IsDirectory => "A directory is in the way (EISDIR).",
        Errno.Exists => "Something appeared at the target meanwhile, and the replace rule keeps it (EEXIST).",
        Errno.Stale => "It, or a directory above it, was moved or replaced while the restore ran.",
        _ => $"{Posix.Errno.Describe(errno)}.",
    };
}

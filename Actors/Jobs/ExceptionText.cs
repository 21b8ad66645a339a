using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Actors.Jobs;

/// <summary>The one place where the operator's sentence about an item is made.</summary>
public static class ExceptionText
{
    /// <summary>What happened to which item, safe to print.</summary>
    /// <param name="exception">Any exception.</param>
    public static string Sentence(FileException exception)
    {
        var path = "/" + PathText.Escape(exception.Path);
        // One that somebody chose is no root
        if (exception is { Kind: FileExceptionKind.RootMissing, Operation.Length: 0, Detail.Length: > 0 })
            return $"{path}: {exception.Detail}";
        var detail = exception.Detail.Length == 0 ? "" : $": {exception.Detail}";
        return $"{path} {Verb(exception.Kind)}{detail}";
    }

    /// <summary>A stable code, as `changed-while-read`.</summary>
    /// <param name="kind">Any kind.</param>
    public static string Code(FileExceptionKind kind) =>
        string.Concat(kind.ToString()
            .Select((letter, at) =>
                char.IsUpper(letter) ? (at == 0 ? "" : "-") + char.ToLowerInvariant(letter) : letter.ToString()));

    private static string Verb(FileExceptionKind kind) => kind switch
    {
        FileExceptionKind.Unreadable => "could not be read",
        FileExceptionKind.Vanished => "vanished before it was read",
        FileExceptionKind.ChangedWhileRead => "changed while it was read",
        FileExceptionKind.Truncated => "became shorter while it was read",
        FileExceptionKind.DirectoryUnreadable => "could not be listed",
        FileExceptionKind.SocketSkipped => "is a socket and was left out",
        FileExceptionKind.AttributesUnreadable => "has attributes that could not be read",
        FileExceptionKind.RootMissing => "does not exist, and is a root of the file set",
        FileExceptionKind.Replaced => "was replaced by an item of another type",
        FileExceptionKind.DamagedByChange => "changed between two attempts; only its first part is stored",
        FileExceptionKind.ContentDamaged => "is damaged on the medium and was not put in place",
        FileExceptionKind.NotWritten => "could not be written",
        FileExceptionKind.AttributesNotSet => "has attributes that could not be set",
        FileExceptionKind.UnsafeName => "has a name that is not safe and was left out",
        FileExceptionKind.Kept => "exists at the target and was kept",
        FileExceptionKind.Differs => "differs",
        FileExceptionKind.Missing => "is missing on the disk",
        FileExceptionKind.Added => "is on the disk and not in the image",
        _ => kind.ToString(),
    };
}

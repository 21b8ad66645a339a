using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>The tag of the Cache Directory Tagging Specification (bford.info/cachedir).</summary>
internal static class CacheTag
{
    internal static ReadOnlySpan<byte> Name => "CACHEDIR.TAG"u8;

    private static ReadOnlySpan<byte> Signature => "Signature: 8a477f597d28d172789f06886806bc55"u8;

    /// <summary>Whether the directory's tag is a regular file that begins with the signature.</summary>
    internal static bool IsValid(int directory)
    {
        const int flags = OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.CloseOnExec | OpenFlags.NoTerminal;
        var descriptor = SystemCall.OpenAt(directory, Name, flags | OpenFlags.NoFollow);
        if (descriptor < 0) return false;
        try
        {
            Span<byte> begin = stackalloc byte[43];
            return SystemCall.Status(descriptor, out var status) >= 0 && status.Type == NodeType.Regular
                && SystemCall.ReadAt(descriptor, begin, 0) == begin.Length && begin.SequenceEqual(Signature);
        }
        finally
        {
            SystemCall.Close(descriptor);
        }
    }
}

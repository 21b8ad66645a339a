using System.Text;

namespace Backup.Media.Tape;

/// <summary>
/// What stands in a virtual tape file whose space was given back: a few words for people, in place of the header. The
/// file keeps its name and its number, so that every place on the volume stays what it was.
/// </summary>
public static class ReleasedMarker
{
    private static readonly byte[] Begin = "backup: released\n"u8.ToArray();

    /// <summary>The content of such a file.</summary>
    /// <param name="what">What it held, one line.</param>
    public static byte[] Of(string what) => [.. Begin, .. Encoding.UTF8.GetBytes(what), (byte)'\n'];

    /// <summary>Whether a tape file begins as one.</summary>
    /// <param name="block">Its first bytes.</param>
    public static bool Is(ReadOnlySpan<byte> block) => block.StartsWith(Begin);
}

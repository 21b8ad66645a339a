using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>Opens a library of either kind.</summary>
internal static class LibraryDoor
{
    /// <summary>
    /// One of virtual tapes that this node has never seen is made, in a directory that is new or empty; one that it has
    /// seen must be there: an empty directory is then a file system that is not mounted.
    /// </summary>
    /// <param name="options">The library.</param>
    /// <param name="known">The identity that this node knows it by; null: it has never opened it.</param>
    /// <param name="bookFile">The node's file of it; others are kept beside it.</param>
    /// <exception cref="Data.JobFailureException">It cannot be opened; nothing was written.</exception>
    public static ITapeLibrary Open(LibraryOptions options, LibraryId? known, string bookFile) =>
        options.Tapes is { } tapes
            ? Tapes(options, tapes, known ?? IdOf(options.Library), bookFile) : Virtual(options, known);

    private static TapeLibrary Tapes(LibraryOptions options, TapeSettings tapes, LibraryId id, string bookFile)
    {
        var changer = tapes.Changer.Length == 0 ? null : new MtxOptions(
            tapes.Changer, tapes.Program, tapes.Within, tapes.LockFile.Length == 0 ? null : tapes.LockFile);
        var library = TapeLibrary.Open(
            new TapeLibraryOptions(
                changer, tapes.Drives, tapes.Elements, $"{bookFile}.tapes", tapes.CleaningPrefix,
                tapes.CleaningUsesMax, tapes.CleansBySelf),
            id, out var trouble);
        return library ?? throw LibraryKeeper.Unusable(options, trouble);
    }

    /// <summary>
    /// Tapes outlive the node: one that is set up anew under the same name knows the labels of its volumes.
    /// </summary>
    private static LibraryId IdOf(LibraryName library) => new(BinaryPrimitives.ReadUInt128BigEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes($"backup tape library {library}"))));

    private static VirtualLibrary Virtual(LibraryOptions options, LibraryId? known)
    {
        if (known is null && IsNewOrEmpty(options.Directory)
            && VirtualLibrary.Create(options.Directory, LibraryId.New()) is { } refused)
            throw LibraryKeeper.Unusable(options, refused.Detail);
        var tapes = VirtualTapeOptions.Of(options.VolumeCapacity) with
        {
            BytesPerSecond = options.DriveBytesPerSecond == 0 ? null : options.DriveBytesPerSecond,
        };
        return VirtualLibrary.Open(options.Directory, known, options.Slots, options.Drives, tapes) switch
        {
            LibraryOpening.Opened { Library: var library } => library,
            LibraryOpening.Refused { Detail: var detail } => throw LibraryKeeper.Unusable(options, detail),
            var other => throw new InvalidOperationException($"No library is opened by {other.GetType().Name}."),
        };
    }

    private static bool IsNewOrEmpty(string directory) =>
        !Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any();
}

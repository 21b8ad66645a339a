using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Backup.Media.Posix;
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
    /// <param name="drives">Which of its drives are disabled; null: none is.</param>
    /// <exception cref="Data.JobFailureException">It cannot be opened; nothing was written.</exception>
    public static ITapeLibrary Open(
        LibraryOptions options, LibraryId? known, string bookFile, DriveBook? drives = null) =>
        options.Spool is { } spool
            ? WithSpool(options, spool, known, bookFile, drives) : Own(options, known, bookFile, drives);

    private static ITapeLibrary Own(LibraryOptions options, LibraryId? known, string bookFile, DriveBook? drives) =>
        options.Tapes is { } tapes
            ? Tapes(options, tapes, known ?? IdOf(options.Library), bookFile, drives) : Virtual(options, known);

    /// <summary>
    /// The spool is there also while the library is not, once this node knows its identity: jobs go on to spool.
    /// </summary>
    private static SpooledLibrary WithSpool(
        LibraryOptions options, SpoolOptions spool, LibraryId? known, string bookFile, DriveBook? drives)
    {
        var id = known ?? (options.Tapes is null ? null : IdOf(options.Library));
        var (own, trouble) = Try();
        if (own is null && id is null) throw LibraryKeeper.Unusable(options, trouble);
        var identity = own?.Id ?? id!.Value;
        try
        {
            var budget = new SpoolBudget(spool.MaxBytes);
            var disk = Spool(options, spool, identity, $"{bookFile}.spool", budget);
            return new SpooledLibrary(own, Try, disk, options.Drives, spool.Jobs + options.Drives, budget);
        }
        catch (Data.JobFailureException)
        {
            own?.Dispose();
            throw;
        }

        (ITapeLibrary? Library, string Trouble) Try()
        {
            try
            {
                return (Own(options, known, bookFile, drives), "");
            }
            catch (Data.JobFailureException refused)
            {
                return (null, refused.Message);
            }
        }
    }

    /// <summary>
    /// A folder that is new or empty becomes the spool once: later, an empty one is a disk that is not mounted.
    /// </summary>
    private static VirtualLibrary Spool(
        LibraryOptions options, SpoolOptions spool, LibraryId id, string known, SpoolBudget budget)
    {
        var isKnown = File.Exists(known) && File.ReadAllText(known) == spool.Directory;
        if (!isKnown && IsNewOrEmpty(spool.Directory)
            && VirtualLibrary.Create(spool.Directory, id) is { } refused)
            throw LibraryKeeper.Unusable(options, $"Its spool: {refused.Detail}");
        if (!isKnown) Durable.WriteAtomically(known, Encoding.UTF8.GetBytes(spool.Directory));
        var tapes = VirtualTapeOptions.Of(long.MaxValue / 4) with { Budget = budget };
        return VirtualLibrary.Open(
            spool.Directory, id, SpoolVolumesMax, spool.Jobs + (2 * options.Drives), tapes) switch
        {
            LibraryOpening.Opened { Library: var library } => library,
            LibraryOpening.Refused { Detail: var detail } =>
                throw LibraryKeeper.Unusable(options, $"Its spool: {detail}"),
            var other => throw new InvalidOperationException($"No spool is opened by {other.GetType().Name}."),
        };
    }

    /// <summary>A drive answers such a question at once, or not at all.</summary>
    private static readonly TimeSpan AlertsWithin = TimeSpan.FromSeconds(30);

    /// <summary>Sessions whose data may wait on a spool; more find no room.</summary>
    private const int SpoolVolumesMax = 1000;

    private static TapeLibrary Tapes(
        LibraryOptions options, TapeSettings tapes, LibraryId id, string bookFile, DriveBook? drives)
    {
        var changer = tapes.Changer.Length == 0 ? null : new MtxOptions(
            tapes.Changer, tapes.Program, tapes.Within, tapes.LockFile.Length == 0 ? null : tapes.LockFile);
        var library = TapeLibrary.Open(
            new TapeLibraryOptions(
                changer, tapes.Drives, tapes.Elements, $"{bookFile}.tapes", tapes.CleaningPrefix,
                tapes.CleaningUsesMax, tapes.CleansBySelf)
            {
                IsDisabled = drive => drives?.DisabledOf(drive) is not null,
                Alerts = tapes.AlertProgram is { } program ? new TapeAlertReader(program, AlertsWithin) : null,
            },
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

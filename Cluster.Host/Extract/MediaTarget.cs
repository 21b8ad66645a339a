using System.Globalization;
using Backup.Host.CommandLine;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>
/// A library of virtual tapes that gets new volumes, without catalog and node. What volumes of it hold already stays as
/// it is: nothing is written behind it. Locked while it is open, so that no node writes there. For one thread at a
/// time.
/// </summary>
internal sealed class MediaTarget : IDisposable
{
    private const int SlotsMax = 10_000;
    private readonly VirtualLibrary _library;
    private readonly PoolName _pool;
    private readonly string _prefix;
    private readonly List<VolumeName> _written = [];
    private int _number;

    private MediaTarget(VirtualLibrary library, PoolName pool, string prefix) =>
        (_library, _pool, _prefix) = (library, pool, prefix);

    /// <summary>The one drive.</summary>
    public VirtualTapeDrive Drive => _library.Drives[0];

    /// <summary>The volume in the drive; null: none is.</summary>
    public VolumeIdentity? Volume { get; private set; }

    /// <summary>Whether no volume is in it.</summary>
    public bool IsEmpty => !_library.Inventory().Any(slot => !slot.IsEmpty);

    /// <summary>The volumes that were made.</summary>
    public IReadOnlyList<VolumeName> Written => _written;

    /// <summary>Opens it, and makes it where the directory is new or empty.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="pool">The pool that labels name.</param>
    /// <param name="prefix">What names of volumes begin with.</param>
    /// <param name="volumeBytes">What a volume takes.</param>
    /// <exception cref="CommandFailure">It is no library, or somebody writes to it.</exception>
    public static MediaTarget Open(string directory, PoolName pool, string prefix, long volumeBytes)
    {
        var path = Path.GetFullPath(directory);
        var refused = !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any()
            ? VirtualLibrary.Create(path, LibraryId.New()) : null;
        LibraryOpening opening = refused is not null ? refused
            : VirtualLibrary.Open(path, null, SlotsMax, 1, VirtualTapeOptions.Of(volumeBytes));
        return opening is LibraryOpening.Opened { Library: var library }
            ? new MediaTarget(library, pool, prefix)
            : throw new CommandFailure(new Refused(
                RefusalCode.Conflict, ((LibraryOpening.Refused)opening).Detail
                    + " Name the directory of a library that no node has open, or a new one."));
    }

    /// <summary>Puts a new volume into the drive.</summary>
    /// <exception cref="CommandFailure">It cannot be made.</exception>
    public VolumeIdentity Next()
    {
        Leave();
        LibraryAnswer answer;
        VolumeName name;
        int slot;
        do
        {
            name = new VolumeName($"{_prefix}{(++_number).ToString("0000", CultureInfo.InvariantCulture)}");
            answer = _library.AddBlank(name, out slot);
        }
        while (answer == LibraryAnswer.NameTaken);
        if (answer == LibraryAnswer.Done) answer = _library.Load(slot, 0);
        if (answer != LibraryAnswer.Done) throw Failed(name, $"{answer}");
        var label = new VolumeLabel(
            new VolumeIdentity(name, VolumeId.New()), _library.Id, _pool, TimeProvider.System.GetUtcNow());
        if (TapeLabels.Write(Drive, label) is not Labelling.Done)
            throw Failed(name, "its label could not be written; the disk may be full");
        _written.Add(name);
        Volume = label.Volume;
        return label.Volume;
    }

    /// <summary>The volume in the drive takes no more.</summary>
    public void Leave()
    {
        if (Volume is null) return;
        _library.Unload(0);
        Volume = null;
    }

    /// <inheritdoc/>
    public void Dispose() => _library.Dispose();

    private CommandFailure Failed(VolumeName name, string why) => new(ExitCode.Failed, new Refused(
        RefusalCode.Unavailable, $"No volume {name} can be made in {_library.Directory}: {why}."));
}

using Backup.Actors.Data;
using Backup.Actors.Spool;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// The library's spool. Each session that spools has a volume of its own there, which takes nothing else: so any number
/// of jobs write side by side while others are read, and a volume is emptied as a whole.
/// </summary>
internal sealed partial class LibraryKeeper
{
    private const long Unknown = long.MaxValue / 2;

    private readonly HashSet<int> _ended = []; // drives of the spool whose session has met the end of its volume
    private volatile bool _isDegraded;
    private long _freeOnDisk = Unknown;

    private SpooledLibrary? Spooled => _library as SpooledLibrary;

    /// <summary>How the spool is, without what the catalog alone knows; null: there is none. From any thread; of what
    /// is in memory.</summary>
    private SpoolState? SpoolState => Spooled is not { Budget: var budget } spooled ? null : new SpoolState(
        _options.Library, budget.UsedBytes, budget.MaxBytes == long.MaxValue ? null : budget.MaxBytes,
        Interlocked.Read(ref _freeOnDisk) is var free and < Unknown ? free : null, _options.Spool!.ReservePercent,
        _isDegraded || spooled.Own is null, 0, 0, 0, []);

    /// <summary>
    /// Whether jobs write to the spool in a drive: behind these stand those that read it for despools.
    /// </summary>
    private bool WritesSpool(int drive) => Spooled is { } spooled && drive >= spooled.OwnDrives
        && drive < spooled.OwnDrives + _options.Spool!.Jobs;

    /// <summary>
    /// Puts a new volume of the spool into a drive of the spool, for one session alone. The second time, and where
    /// there is no room, the session is refused: a job goes to a drive then, from behind what it has sealed.
    /// </summary>
    /// <param name="drive">A drive of the spool.</param>
    /// <param name="pool">The pool to which it goes from there.</param>
    /// <param name="ask">Who asks.</param>
    /// <exception cref="JobFailureException">There is no room.</exception>
    private VolumeIdentity MountSpool(int drive, PoolName pool, SpoolAsk ask)
    {
        var (spooled, options) = (Spooled!, _options.Spool!);
        var room = new SpoolRoom(
            spooled.Budget.MaxBytes, spooled.Budget.UsedBytes, FreeBytes(), options.ReservePercent,
            _isDegraded || spooled.Own is null, ask.IsFull, _ended.Contains(drive))
        {
            JobMaxBytes = ask.StaysThere ? 0 : options.JobBytesMax,
            JobUsedBytes = (ask.Written ?? []).Where(IsOnSpool).Sum(name => _library.Measure(name).Bytes),
        };
        var answer = SpoolAdmission.Of(room);
        if (answer != SpoolAnswer.Admitted)
        {
            Rings.Note(drive, "spool-full", $"There is no room on the spool for a job of pool {pool}"
                + $"{(answer == SpoolAnswer.Reserved ? ": what is left is kept for incrementals." : ".")}");
            throw new JobFailureException(new JobFailure.NoVolume(
                answer == SpoolAnswer.Reserved && ask.MayShrink ? pool : SpoolPools.Of(pool), _options.Library));
        }
        Unload(drive);
        var volume = BlankOnSpool(drive, SpoolPools.Of(pool));
        if (spooled.Drives[drive] is VirtualTapeDrive tape) tape.LimitTo(room.JobLeftBytes);
        return volume;
    }

    private VolumeIdentity BlankOnSpool(int drive, PoolName pool)
    {
        var spooled = Spooled!;
        var there = spooled.SpoolInventory().Where(slot => slot.Drive is null)
            .Select(slot => new VolumeName(slot.VolumeName)).ToList();
        foreach (var name in there)
            if (_book.Find(name) is { State: VolumeState.Blank, Drive: null } blank
                && Renew(drive, blank, pool) is not null)
                return Ready(drive, _book.Find(name)!);
        var unlabelled = there.Where(name => _book.Find(name) is null && _book.IsBlank(name.Value))
            .Select(name => (VolumeName?)name).FirstOrDefault();
        var fresh = unlabelled ?? NewSpoolName(pool);
        var slot = spooled.Find(fresh)?.Number ?? -1;
        if (slot < 0 && spooled.AddSpoolVolume(fresh, out slot) is var added && added != LibraryAnswer.Done)
            throw added is LibraryAnswer.Full or LibraryAnswer.IoError
                ? new JobFailureException(new JobFailure.NoVolume(pool, _options.Library))
                : Unusable(_options, $"A volume could not be made on the spool {_options.Spool!.Directory}: {added}.");
        Expect(_library.Load(slot, drive));
        var label = new VolumeLabel(
            new VolumeIdentity(fresh, VolumeId.New()), _library.Id, pool, TimeProvider.System.GetUtcNow());
        if (TapeLabels.Write(_library.Drives[drive], label) is not Labelling.Done)
        {
            Expect(_library.Unload(drive));
            _book.Unusable(fresh, Blank); // no room on the disk for one more volume; there may be later
            throw new JobFailureException(new JobFailure.NoVolume(pool, _options.Library));
        }
        Note(new KnownVolume(label.Volume, pool, VolumeState.Append, label.Labelled, null, drive, null));
        return Ready(drive, _book.Find(fresh)!);
    }

    private VolumeName NewSpoolName(PoolName pool)
    {
        for (var number = 1; ; number++)
        {
            var name = new VolumeName($"{pool}-{number:0000}");
            if (_book.Find(name) is null && _library.IsFree(name)) return name;
        }
    }

    /// <summary>The session in a drive of the spool ends: its volume takes nothing more.</summary>
    private void LeaveSpool(int drive)
    {
        _ended.Remove(drive);
        FreeBytes();
        if (_book.InDrive(drive) is not { } loaded) return;
        var holdsSealed = HoldsSealed(drive);
        Unload(drive);
        var known = _book.Find(loaded.Identity.Name)!;
        if (SpoolPools.Is(known.Pool) && known.State == VolumeState.Append)
            Note(known = known with { State = VolumeLife.After(known.State, VolumeEvent.LimitReached).State });
        // What no index closes is never read: nobody waits until retention says so
        if (!holdsSealed && SpoolPools.Is(known.Pool) && known.State != VolumeState.Blank) Empty(drive, known);
    }

    /// <summary>
    /// What a despool has taken from a spool goes, when its image is whole and recorded elsewhere: volumes on which
    /// something of it is, and nothing of another image.
    /// </summary>
    /// <param name="drive">A drive that reads the spool, and is used no more.</param>
    /// <param name="image">The image whose parts on the spool are out of use.</param>
    public void EmptySpool(int drive, ImageId image)
    {
        lock (_changer)
        {
            Unload(drive);
            foreach (var slot in Spooled?.SpoolInventory() ?? [])
                if (new VolumeName(slot.VolumeName) is var name
                    && _book.Find(name) is { Drive: null, State: not VolumeState.Blank } known
                    && HoldsOnly(drive, name, image))
                    Empty(drive, known);
        }
    }

    /// <summary>Reads the labels of what is on the spool; what no index closes is of no use any more.</summary>
    private void OpenSpool()
    {
        if (Spooled is not { } spooled) return;
        var drive = spooled.Drives.Count - 1;
        foreach (var slot in spooled.SpoolInventory())
        {
            var name = new VolumeName(slot.VolumeName);
            if (Load(drive, name) is null) continue;
            var holds = HoldsSealed(drive);
            Unload(drive);
            if (!holds && _book.Find(name) is { } known && known.State != VolumeState.Blank) Empty(drive, known);
        }
        spooled.CountSpool();
        FreeBytes();
    }

    /// <summary>Labelled anew at once, so that its space is there for the next job.</summary>
    private void Empty(int drive, KnownVolume known)
    {
        if (_library.Find(known.Identity.Name) is not { } slot) return;
        Expect(_library.Erase(slot.Number, drive, known.Identity));
        Note(known with { State = VolumeState.Blank, Drive = null, TapeFiles = 0, Images = 0, Note = null });
        _ = Renew(drive, _book.Find(known.Identity.Name)!, known.Pool);
        Unload(drive);
        FreeBytes();
        Rings.Note("spool-freed", $"Volume {known.Identity.Name} of the spool is free again.");
    }

    private bool IsOnSpool(VolumeName volume) =>
        _library.Find(volume) is { } slot && Spooled is not null && SpooledLibrary.IsOfSpool(slot.Number);

    /// <summary>Whether something on the volume may be sealed: what cannot be read is taken for that.</summary>
    private bool HoldsSealed(int drive) => VolumeScanner.Headers(_library.Drives[drive]).Any(
        file => file is not ScannedFile.Data data || data.Header.Kind == TapeFileKind.Index);

    private bool HoldsOnly(int drive, VolumeName volume, ImageId image)
    {
        if (Load(drive, volume) is null) return false;
        try
        {
            var found = VolumeScanner.Headers(_library.Drives[drive]).ToList();
            return found.Count > 0
                && found.All(file => file is ScannedFile.Data data && data.Header.Image.Image == image);
        }
        finally
        {
            Unload(drive);
        }
    }

    /// <summary>What the disk of the spool still takes; all, where it does not say.</summary>
    private long FreeBytes()
    {
        var free = Unknown;
        try
        {
            free = new DriveInfo(_options.Spool!.Directory).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            Rings.Note("spool-unknown", $"What the disk of the spool takes cannot be told: {unknown.Message}");
        }
        Interlocked.Exchange(ref _freeOnDisk, free);
        return free;
    }
}

using Backup.Actors.Data;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// A library with what is known of its volumes: the changer and the rules by which a volume is chosen, labelled and
/// refused. The drives' worker threads call it, one at a time; every call may block.
/// </summary>
internal sealed partial class LibraryKeeper : IDisposable
{
    private const string Blank = VolumeBook.Blank;
    private readonly Lock _changer = new();
    private LibraryOptions _options;
    private readonly ITapeLibrary _library;
    private readonly VolumeBook _book;
    private readonly Action<VolumeReport> _report;
    private readonly DriveBook? _driveBook;

    private LibraryKeeper(
        LibraryOptions options, ITapeLibrary library, VolumeBook book, Action<VolumeReport> report,
        LibraryRings rings, DriveBook? drives) =>
        (_options, _library, _book, _report, Rings, _driveBook) = (options, library, book, report, rings, drives);

    /// <summary>What happens to it and its drives. From any thread.</summary>
    public LibraryRings Rings { get; }

    /// <summary>The library's name.</summary>
    public LibraryName Name => _options.Library;

    /// <summary>Its identity, as in its marker and on its labels.</summary>
    public LibraryId Identity => _library.Id;

    /// <summary>Its drives.</summary>
    public IReadOnlyList<ITapeDrive> Drives => _library.Drives;

    /// <summary>
    /// Opens a library and reads all labels. One that this node has never seen is made, in a directory that is new or
    /// empty; one that it has seen must be there: an empty directory is then a file system that is not mounted.
    /// </summary>
    /// <exception cref="JobFailureException">It cannot be opened; nothing was written.</exception>
    public static LibraryKeeper Open(
        LibraryOptions options, string bookFile, Action<VolumeReport> report, LibraryRings? rings = null,
        DriveBook? drives = null)
    {
        var book = VolumeBook.Open(bookFile);
        var library = LibraryDoor.Open(options, book.Library, bookFile, drives);
        return Over(options, library, book, report, rings, drives);
    }

    /// <summary>The same over a library that is open.</summary>
    internal static LibraryKeeper Over(
        LibraryOptions options, ITapeLibrary library, VolumeBook book, Action<VolumeReport> report,
        LibraryRings? rings = null, DriveBook? drives = null)
    {
        book.Know(library.Id);
        var keeper = new LibraryKeeper(
            options, library, book, report,
            rings ?? new LibraryRings(options, TimeProvider.System), drives);
        keeper.OpenSpool();
        keeper.ReadLabels();
        keeper.Rings.Opened(() => keeper.Awaited, () => keeper.SpoolState);
        return keeper;
    }

    /// <summary>
    /// Puts a volume into the drive to be read. One that is in another drive is refused with
    /// <see cref="JobFailure.VolumeInUse"/>, and the drive is empty then: who waits for a volume keeps none from
    /// others.
    /// </summary>
    /// <exception cref="JobFailureException">It is not in the library, in use by another drive, or its label is not the
    /// expected one.</exception>
    public VolumeIdentity MountForReading(int drive, VolumeName volume)
    {
        lock (_changer)
        {
            if (InDrive(drive) is { } loaded && loaded.Identity.Name == volume) return Wanted(loaded);
            Unload(drive);
            if (WhyNotRead(volume) is { } why)
                throw new JobFailureException(new JobFailure.VolumeError(volume, "mount", why));
            if (_book.Find(volume) is { IsExported: true }) Look(); // it may be back
            if (Elsewhere(volume) is { } elsewhere)
                throw new VolumeMissingException(
                    new JobFailure.VolumeError(volume, "mount", elsewhere), volume, null, _book.Find(volume)!.Error);
            if (_book.Find(volume)?.Drive is { } idle && _byHand.Contains(idle)) Unmount(idle);
            if (_book.Find(volume)?.Drive is { } other)
                throw new JobFailureException(new JobFailure.VolumeInUse(volume, Id(other)));
            if (!IsOnSpool(volume)) TakeIn(drive);
            if (_library.Find(volume) is null)
                throw new VolumeMissingException(
                    new JobFailure.VolumeError(
                        volume, "mount", $"Expected it in library {_options.Library}, found no such volume."),
                    volume, null);
            return Load(drive, volume) is not null ? Wanted(_book.InDrive(drive)!)
                : throw new JobFailureException(new JobFailure.VolumeError(volume, "mount",
                    $"Expected volume {volume} in library {_options.Library}, found {WhatIs(volume)}."));
        }
    }

    /// <summary>
    /// Why a volume that is there is not read: an operator took it out of use. Null: it may be. Copies elsewhere are
    /// read in its place, and levels and retention count on nothing that lies on it.
    /// </summary>
    private string? WhyNotRead(VolumeName volume) => _book.Find(volume) is { State: VolumeState.Disabled } disabled
        ? $"Volume {volume} is disabled{(disabled.Note is null ? "" : $": {disabled.Note}")}. If it is to be read: "
            + $"`backup volume {volume} --state full`."
        : null;

    /// <summary>The volume in a drive takes no more data.</summary>
    public void Retire(int drive, VolumeState state, string? error)
    {
        lock (_changer)
        {
            if (_book.InDrive(drive) is not { } loaded) return;
            if (state == VolumeState.Error) _failed.Add(drive);
            var turn = VolumeLife.After(
                loaded.State, state == VolumeState.Error ? VolumeEvent.Failed : VolumeEvent.EndReached);
            if (WritesSpool(drive)) _ended.Add(drive);
            Note(loaded with { State = turn.State, Error = error });
            Unload(drive);
        }
    }

    /// <summary>The session is done: the volume goes back to its slot.</summary>
    public void Release(int drive)
    {
        lock (_changer)
        {
            if (WritesSpool(drive))
            {
                LeaveSpool(drive);
                return;
            }
            if (_book.InDrive(drive) is { } loaded)
                Note(loaded with
                {
                    State = loaded.State == VolumeState.Append && VolumeChoice.LimitOf(
                        CandidateOf(loaded), _options.RulesOf(loaded.Pool), TimeProvider.System.GetUtcNow()) is { } used
                        ? used : loaded.State,
                });
            Unload(drive);
        }
    }

    /// <summary>Every volume, as it is reported to the catalog.</summary>
    public IReadOnlyList<VolumeReport> Reports()
    {
        lock (_changer) return [.. _book.Volumes.Select(ReportOf)];
    }

    /// <summary>How new volumes are labelled from now on; all else of an open library stays as it is.</summary>
    public void Adopt(LibraryOptions changed)
    {
        lock (_changer) _options = _options with
        {
            LabelPrefix = changed.LabelPrefix,
            Pools = changed.Pools,
            GivesSpaceBack = changed.GivesSpaceBack,
        };
    }

    /// <summary>
    /// Names of all volumes with a good label that are in the library now; none that was taken to another place.
    /// </summary>
    /// <param name="drive">A drive that nobody uses, to read labels with.</param>
    public IReadOnlyList<VolumeName> Volumes(int drive)
    {
        lock (_changer)
        {
            Unmount(drive);
            TakeIn(drive);
            return [.. _book.Volumes.Where(volume => volume.State != VolumeState.Vaulted)
                .Select(volume => volume.Identity.Name)
                .Where(volume => _library.Find(volume) is not null)
                .Order(Comparer<VolumeName>.Create((left, right) => string.CompareOrdinal(left.Value, right.Value)))];
        }
    }

    /// <summary>
    /// Names of all volumes that a scan reads: those with a good label, and what is in slots and was not looked at, or
    /// has no good label. Whether that is a volume, loading it tells.
    /// </summary>
    /// <param name="drive">A drive that nobody uses, to read labels with.</param>
    public IReadOnlyList<VolumeName> ToScan(int drive)
    {
        lock (_changer)
        {
            var known = Volumes(drive);
            return [.. known.Concat(_library.Inventory()
                .Where(slot => slot is { IsEmpty: false, Use: not SlotUse.Cleaning } && !_book.IsBlank(slot.VolumeName))
                .Select(slot => new VolumeName(slot.VolumeName)).Where(name => _book.Find(name) is null)
                .Order(Comparer<VolumeName>.Create((left, right) => string.CompareOrdinal(left.Value, right.Value))))];
        }
    }

    /// <summary>True when a volume was looked at, and nothing is on it.</summary>
    public bool IsBlank(VolumeName volume)
    {
        lock (_changer) return _book.IsBlank(volume.Value);
    }

    public void Dispose() => _library.Dispose();

    private void ReadLabels()
    {
        if (!_library.ReadsLabelsQuickly) return;
        foreach (var slot in _library.Inventory().Where(slot => !slot.IsEmpty))
        {
            Load(0, new VolumeName(slot.VolumeName));
            Unload(0);
        }
    }

    /// <summary>Looks which volumes are there now, and reads the labels of those that were put in.</summary>
    private void TakeIn(int drive)
    {
        Look();
        while (_arrived.TryDequeue(out var volume)) ReadLabel(drive, volume);
    }

    private void ReadLabel(int drive, VolumeName volume)
    {
        if (Load(drive, volume) is not null && _book.Find(volume) is { } known) Note(known);
        Unload(drive);
    }

    /// <summary>
    /// What this session has in its drive. What a person put there before is loaded anew: its directory may have been
    /// taken out since.
    /// </summary>
    private KnownVolume? InDrive(int drive)
    {
        if (_book.InDrive(drive) is not { } loaded || !_byHand.Remove(drive)) return _book.InDrive(drive);
        Unload(drive);
        return Load(drive, loaded.Identity.Name) is null ? null : _book.InDrive(drive);
    }

    /// <summary>
    /// Loads a volume and reads its label, every time before it is used. A foreign or damaged one is marked and never
    /// written.
    /// </summary>
    private VolumeIdentity? Load(int drive, VolumeName volume)
    {
        if (_library.Find(volume) is not { } slot) return null;
        Expect(_library.Load(slot.Number, drive));
        return Learn(drive, volume, slot, TapeLabels.LoadAndRead(_library.Drives[drive]));
    }

    /// <summary>What the label says of the volume in a drive; one that is not good leaves the drive.</summary>
    private VolumeIdentity? Learn(int drive, VolumeName volume, LibrarySlot slot, LabelReading reading)
    {
        if (reading is LabelReading.Labelled { Label: var label } && label.Volume.Name == volume
            && label.Library == _library.Id)
        {
            var known = _book.Find(volume);
            if (known is null || known.Identity != label.Volume)
                known = new KnownVolume(
                    label.Volume, label.Pool, VolumeState.Append, label.Labelled, null, null,
                    known is { State: VolumeState.Recycle } ? known.Identity.Id : null);
            _book.Put(known with { Drive = drive });
            return label.Volume;
        }
        Expect(_library.Unload(drive));
        if (reading is LabelReading.Failed { Result: var said } && Errno.IsOutOfDescriptors(said.Errno))
            throw NoRoom(volume, said);
        if (!_library.Holds(slot)) return null; // taken out at this moment: no fault of the medium
        if (reading is not LabelReading.Blank && _book.Find(volume) is { } marked)
            Note(marked with
            {
                State = VolumeLife.After(marked.State, VolumeEvent.Failed).State,
                Error = Describe(reading),
                Drive = null,
            });
        Rings.Note("volume-unusable", $"Expected volume {volume}, found {Describe(reading)}.");
        _book.Unusable(volume, Describe(reading));
        return null;
    }

    private void Unload(int drive)
    {
        _byHand.Remove(drive);
        if (_book.InDrive(drive) is not { } loaded) return;
        var look = Ask(drive, loaded);
        loaded = _book.InDrive(drive) ?? loaded;
        Expect(_library.Unload(drive));
        _book.Put(loaded with { Drive = null });
        EndUse(drive, loaded.Identity.Name, look);
    }

    private void Note(KnownVolume volume)
    {
        _book.Put(volume);
        _report(ReportOf(volume));
    }

    private VolumeReport ReportOf(KnownVolume volume)
    {
        var (bytes, files) = _library.Measure(volume.Identity.Name);
        return new VolumeReport(
            volume.Identity.Name,
            new VolumeUuid(GuidOf(volume.Identity.Id)),
            _options.Library,
            volume.Pool,
            volume.State,
            volume.LabelledAt,
            bytes,
            files,
            _options.VolumeCapacity,
            volume.Error ?? (volume.IsExported ? Outside : volume.Note),
            TimeProvider.System.GetUtcNow(),
            volume.Replaces is { } replaced ? new VolumeUuid(GuidOf(replaced)) : null);
    }

    private static Guid GuidOf(VolumeId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        return new Guid(bytes, bigEndian: true);
    }

    private string WhatIs(VolumeName volume) => _book.WhyUnusable(volume) ?? "no such volume";

    private static string Describe(LabelReading reading) => reading switch
    {
        LabelReading.Blank => Blank,
        LabelReading.Foreign foreign => $"a foreign medium: {foreign.Found}",
        LabelReading.Damaged damaged => $"a damaged label ({damaged.Defect})",
        LabelReading.Failed failed => $"a medium whose label cannot be read: {failed.Result}",
        LabelReading.Labelled labelled =>
            $"the label of volume {labelled.Label.Volume.Name} of library {labelled.Label.Library}",
        _ => reading.ToString()!,
    };

    private void Expect(LibraryAnswer answer)
    {
        if (answer == LibraryAnswer.LibraryGone)
            throw Unusable(
                _options,
                $"Expected the marker file of library {_library.Id} in {_options.Directory}, found none or another: "
                    + "its file system is not mounted, or the directory was changed.");
        if (answer == LibraryAnswer.IoError && _library.Trouble.Length > 0)
            throw Unusable(_options, $"The changer: {_library.Trouble}");
        if (answer != LibraryAnswer.Done) throw Unusable(_options, $"The changer answered {answer}.");
    }

    /// <summary>No fault of the volume, which is what it was.</summary>
    private static JobFailureException NoRoom(VolumeName volume, TapeResult said) =>
        new(new JobFailure.NodeShort($"Volume {volume}: {said}."));

    private VolumeMissingException NoVolume(PoolName pool) =>
        new(new JobFailure.NoVolume(pool, _options.Library), null, pool);

    internal static JobFailureException Unusable(LibraryOptions options, string detail) =>
        new(new JobFailure.LibraryError(options.Library, detail));
}

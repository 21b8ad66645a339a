using System.Collections.Concurrent;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>What an operator does with a library's volumes, and who waits for it.</summary>
internal sealed partial class LibraryKeeper
{
    private const int OursWithin = 8;
    private readonly HashSet<int> _byHand = []; // idle drives into which an operator put a volume
    private readonly ConcurrentDictionary<(JobId, DriveId), MountRequest> _awaited = [];
    private TaskCompletionSource _changed = NewChange();

    /// <summary>Ends with the next thing that an operator does to a volume. From any thread.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>What sessions wait for now, lowest job first. From any thread.</summary>
    public IReadOnlyList<MountRequest> Awaited => [.. _awaited.Values
        .OrderBy(request => request.Job.Value).ThenBy(request => request.Drive.Number)];

    /// <summary>A session waits for a volume.</summary>
    public void Await(MountRequest request) => _awaited[(request.Job, request.Drive)] = request;

    /// <summary>It has it, or has ended.</summary>
    public void AwaitNoMore(MountRequest request) => _awaited.TryRemove((request.Job, request.Drive), out _);

    /// <summary>The pool of a volume, as far as it is known.</summary>
    public PoolName? PoolOf(VolumeName volume)
    {
        lock (_changer) return _book.Find(volume)?.Pool;
    }

    /// <summary>The answer to a request that has labelled its volume; null: it has not. From any thread.</summary>
    public VolumeLabelled? LabelledBy(RequestId request)
    {
        lock (_changer)
            return _book.IntendedBy(request) is { } volume && _book.Find(volume.Name) is { } known
                && known.Identity == volume
                ? new VolumeLabelled(volume.Name, known.Pool, _options.Library, []) : null;
    }

    /// <summary>Labels a volume for a pool: on the drive's thread, with no session using the drive.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="ask">The request.</param>
    /// <param name="template">How a new volume is named; null: as the pool's are.</param>
    /// <returns>The answer to the operator.</returns>
    public IReply Label(int drive, LabelVolume ask, string? template = null)
    {
        lock (_changer)
        {
            if (LabelledBy(ask.Request) is { } before) return before;
            Unmount(drive);
            TakeIn(drive);
            var intended = _book.IntendedBy(ask.Request);
            var name = intended?.Name ?? ask.Volume
                ?? (template is null ? AnyBlank() ?? NewName(ask.Pool) : NewName(ask.Pool, template));
            if (_book.Find(name)?.Drive is { } other) return Conflict($"Volume {name} is in drive {other}.");
            if (_library.Find(name) is null && (Missed(ask, name, "not there") ?? Add(name)) is { } refused)
                return refused;
            var answer = Relabel(drive, ask, name, intended);
            if (answer is VolumeLabelled)
                Rings.Note(drive, "labelled", $"An operator labelled volume {name} for pool {ask.Pool}.");
            return answer;
        }
    }

    /// <summary>Puts a volume into a drive: on the drive's thread, with no session using the drive.</summary>
    /// <returns>Null when it is there, with its pool; or why not.</returns>
    public Refused? Mount(int drive, VolumeName volume)
    {
        lock (_changer)
        {
            if (_book.InDrive(drive)?.Identity.Name == volume) return null;
            if (_book.Find(volume)?.Drive is { } other)
            {
                if (!_byHand.Contains(other))
                    return Conflict($"Volume {volume} is in drive {other}, which a job uses.");
                Unmount(other);
            }
            if (_book.Find(volume) is { IsExported: true }) Look();
            if (Elsewhere(volume) is { } elsewhere) return Conflict(elsewhere);
            Unmount(drive);
            TakeIn(drive);
            if (_library.Find(volume) is null)
                return new Refused(
                    RefusalCode.NotFound,
                    _library.ReadsLabelsQuickly
                        ? $"Volume {volume} is not in library {_options.Library}. Put its directory into "
                            + $"{_library.Place} first."
                        : $"Volume {volume} is not in library {_options.Library}. Put it into the changer at "
                            + $"{_library.Place} first.");
            if (Load(drive, volume) is null)
                return Conflict(_book.IsBlank(volume.Value)
                    ? $"Volume {volume} is blank. Label it first: `backup label {volume} --pool POOL`."
                    : $"Expected volume {volume}, found {WhatIs(volume)}. It was not touched.");
            _byHand.Add(drive);
            Rings.Note(drive, "mounted-by-hand", $"An operator put volume {volume} into drive {Id(drive)}.");
            return null;
        }
    }

    /// <summary>
    /// Notes that a volume is at another place, or back: full, since what was elsewhere takes no more data, or what an
    /// operator had said that it is. May wait for the changer.
    /// </summary>
    /// <param name="volume">The volume.</param>
    /// <param name="place">Where it is; null: here.</param>
    /// <returns>Null when it is noted; or why not.</returns>
    public Refused? TakeOut(VolumeName volume, string? place)
    {
        lock (_changer)
        {
            if (_book.Find(volume) is not { } known)
                return new Refused(
                    RefusalCode.NotFound, $"Library {_options.Library} has never seen volume {volume}.");
            if (place is null && known.State != VolumeState.Vaulted) return null;
            // Back from there it is full, and nothing would say any more what is wrong with it
            if (known.State is VolumeState.Error or VolumeState.Disabled or VolumeState.Cleaning)
                return Conflict(
                    $"Volume {volume} is {VolumeLife.Word(known.State)}: what is on it does not count as a copy. "
                        + "Take out one that is well.");
            if (known.Drive is { } drive)
            {
                if (!_byHand.Contains(drive))
                    return Conflict($"Volume {volume} is in drive {Id(drive)}, which a job uses.");
                Unmount(drive);
                known = _book.Find(volume)!;
            }
            Note(place is null
                ? known with { State = VolumeLife.BackAs(known.Before), Error = null, Before = null }
                : known with { State = VolumeState.Vaulted, Error = place, Before = known.Before ?? known.State });
            Rings.Note(
                "vaulted", place is null ? $"Volume {volume} is back." : $"Volume {volume} was taken to {place}.");
            return null;
        }
    }

    /// <summary>Why a volume is not loaded; null: it may be.</summary>
    private string? Elsewhere(VolumeName volume) => _book.Find(volume) switch
    {
        { State: VolumeState.Vaulted } vaulted =>
            $"Volume {volume} was taken to {vaulted.Error}. Bring it, and say so: `backup vault in {volume}`.",
        { IsExported: true } =>
            $"Volume {volume} was put out to be taken away. Take it in again: `backup import {Name} {volume}`.",
        _ => null,
    };

    /// <summary>Takes the volume out of a drive that no session uses.</summary>
    /// <returns>What was in it; null: nothing.</returns>
    public VolumeName? Unmount(int drive)
    {
        lock (_changer)
        {
            var loaded = _book.InDrive(drive)?.Identity.Name;
            Unload(drive);
            if (loaded is { } volume)
                Rings.Note(drive, "unmounted", $"Volume {volume} was taken out of drive {Id(drive)}.");
            return loaded;
        }
    }

    /// <summary>All volumes whose labels were ever read, the one that was labelled first comes first.</summary>
    public IReadOnlyList<VolumeIdentity> Identities()
    {
        lock (_changer)
            return [.. _book.Volumes.OrderBy(volume => volume.LabelledAt)
                .ThenBy(volume => volume.Identity.Name.Value, StringComparer.Ordinal)
                .Select(volume => volume.Identity)];
    }

    /// <summary>Whoever waits for a volume looks again.</summary>
    public void Change() => Interlocked.Exchange(ref _changed, NewChange()).SetResult();

    private IReply Relabel(int drive, LabelVolume ask, VolumeName name, VolumeIdentity? intended)
    {
        var slot = _library.Find(name)!.Number;
        Expect(_library.Load(slot, drive));
        var found = TapeLabels.LoadAndRead(_library.Drives[drive]);
        if (found is LabelReading.Blank)
        {
            if (Missed(ask, name, "blank") is not { } missed)
                return Write(drive, Intended(ask, name, intended), ask.Pool);
            Expect(_library.Unload(drive));
            return missed;
        }
        var kept = found is LabelReading.Labelled ? KeptBehindLabel(_library.Drives[drive]) : null;
        if (found is LabelReading.Foreign foreign && HoldsOurs(_library.Drives[drive]))
            found = foreign with { IsOurs = true };
        Expect(_library.Unload(drive));
        if (found is LabelReading.Labelled { Label: var label })
        {
            if (label.Volume == intended) return Known(label);
            if (Spared(ask, label, kept) is { } refused) return refused;
        }
        else if (found is LabelReading.Foreign { IsOurs: false } && ask is not { Volume: not null, EraseForeign: true })
        {
            return Conflict($"Volume {name} is {Describe(found)}. It is not overwritten; nothing was changed. If it is "
                + $"not needed: `backup label {name} --pool {ask.Pool} --erase-foreign`.");
        }
        else if (found is LabelReading.Foreign && KeptByBook(name) is { } known)
        {
            return Conflict($"Volume {name} is {Describe(found)}, but this library knows it as {known}. It is not "
                + "erased while images may lie on it: bring that volume back, or delete its images and let retention "
                + "give it up; another cartridge takes another name.");
        }
        else if (found is not LabelReading.Foreign { IsOurs: false })
        {
            return Conflict($"Volume {name} is {Describe(found)}. It is never overwritten; nothing was changed.");
        }
        var identity = Intended(ask, name, intended);
        if (found is LabelReading.Foreign)
            Rings.Note(drive, "erased", $"An operator had volume {name} erased: it was {Describe(found)}.");
        if (!IsErased(slot, drive, name, (found as LabelReading.Labelled)?.Label.Volume))
            return Conflict($"Another volume is where {name} was a moment ago. Nothing was changed.");
        Expect(_library.Load(slot, drive));
        return Write(drive, identity, ask.Pool);
    }

    /// <summary>Kept before anything is written.</summary>
    private VolumeIdentity Intended(LabelVolume ask, VolumeName name, VolumeIdentity? intended)
    {
        if (intended is not null) return intended;
        var identity = new VolumeIdentity(name, VolumeId.New());
        _book.Intend(ask.Request, identity);
        return identity;
    }

    /// <summary>
    /// Labels a cartridge if it is blank, in the one load in which that is found out: on the drive's thread, with no
    /// session using the drive.
    /// </summary>
    /// <param name="drive">The drive.</param>
    /// <param name="ask">The request, which names the volume.</param>
    /// <returns>The answer; a refusal says why it is left out; null: it has a label, and is left out without a
    /// word.</returns>
    public IReply? LabelIfBlank(int drive, LabelVolume ask)
    {
        lock (_changer)
        {
            if (LabelledBy(ask.Request) is { } before) return before;
            Unmount(drive);
            Look();
            var (name, intended) = (ask.Volume!.Value, _book.IntendedBy(ask.Request));
            if (intended is null && _book.Find(name) is not null) return null;
            if (_library.Find(name) is not { } slot)
                return new Refused(RefusalCode.NotFound, $"Volume {name} was taken out of library {Name}.");
            Expect(_library.Load(slot.Number, drive));
            var reading = TapeLabels.LoadAndRead(_library.Drives[drive]);
            if (reading is LabelReading.Blank)
            {
                var answer = Write(drive, Intended(ask, name, intended), ask.Pool);
                if (answer is VolumeLabelled)
                    Rings.Note(drive, "labelled", $"An operator labelled volume {name} for pool {ask.Pool}.");
                return answer;
            }
            if (Learn(drive, name, slot, reading) is not { } found)
                return Conflict($"Volume {name}: {_book.WhyUnusable(name) ?? "not found again"}.");
            Note(_book.Find(name)!);
            Unload(drive);
            return found == intended && reading is LabelReading.Labelled { Label: var label } ? Known(label) : null;
        }
    }

    /// <summary>Why a volume that has a label keeps it; null: it may be labelled anew.</summary>
    private Refused? Spared(LabelVolume ask, VolumeLabel label, string? kept)
    {
        var name = label.Volume.Name;
        if (label.Library != _library.Id)
            return Conflict($"Volume {name} is labelled by library {label.Library}. It is never overwritten here.");
        if (kept is not null)
            return Conflict(
                $"Volume {name} of pool {label.Pool} holds {kept}. It is not overwritten; nothing was changed.");
        return ask.Overwrite ? null : Conflict(
            $"Volume {name} is labelled already, for pool {label.Pool}. It holds no image: to label it for pool "
                + $"{ask.Pool} all the same, say `--overwrite`.");
    }

    /// <summary>
    /// Why a name is not given to a blank or new medium: a volume that was written to has it, and its images would
    /// count as gone. Null: none has, or that is said (as by a request that began to overwrite and is repeated).
    /// </summary>
    private Refused? Missed(LabelVolume ask, VolumeName name, string found) =>
        ask.Overwrite || KeptByBook(name) is not { } known ? null : Conflict(
            $"Volume {name} is {found}, but this library knows it as {known}. Its name is not given to another medium: "
                + "bring that volume back, or label this one under another name. If it is lost for good: "
                + $"`backup label {name} --pool {ask.Pool} --overwrite`.");

    /// <summary>Writes the label of the volume in a drive, which is blank, and puts it back.</summary>
    private IReply Write(int drive, VolumeIdentity identity, PoolName pool)
    {
        var before = _book.Find(identity.Name)?.Identity.Id;
        var label = new VolumeLabel(identity, _library.Id, pool, TimeProvider.System.GetUtcNow());
        var written = TapeLabels.Write(_library.Drives[drive], label);
        Expect(_library.Unload(drive));
        if (written is not Labelling.Done)
            return new Refused(RefusalCode.Unavailable, $"Volume {identity.Name} could not be labelled: {written}.");
        return Known(label, before == identity.Id ? null : before);
    }

    private VolumeLabelled Known(VolumeLabel label, VolumeId? before = null)
    {
        if (_book.Find(label.Volume.Name) is not { } known || known.Identity != label.Volume)
            Note(new KnownVolume(
                label.Volume, label.Pool, VolumeState.Blank, label.Labelled, null, null, before));
        return new VolumeLabelled(label.Volume.Name, label.Pool, _options.Library, []);
    }

    private VolumeName? AnyBlank()
    {
        var blank = _library.Inventory()
            .Where(slot => !slot.IsEmpty && slot.Drive is null && !SpooledLibrary.IsOfSpool(slot.Number)
                && _book.IsBlank(slot.VolumeName))
            .Select(slot => new VolumeName(slot.VolumeName)).FirstOrDefault(name => _book.Find(name) is null);
        return blank.Value is null ? null : blank;
    }

    /// <summary>
    /// A blank among those that nobody has looked at yet, where looking takes minutes: the first one that is.
    /// </summary>
    private VolumeName? SoughtBlank(int drive)
    {
        if (_library.ReadsLabelsQuickly) return null;
        var unread = _library.Inventory()
            .Where(slot => slot is { IsEmpty: false, Drive: null, Use: SlotUse.Storage }
                && !SpooledLibrary.IsOfSpool(slot.Number))
            .Select(slot => new VolumeName(slot.VolumeName))
            .Where(name => _book.Find(name) is null && _book.WhyUnusable(name) is null).ToList();
        foreach (var name in unread)
        {
            ReadLabel(drive, name);
            if (_book.IsBlank(name.Value)) return name;
        }
        return null;
    }

    private Refused? Add(VolumeName name) => _library.AddBlank(name, out _) switch
    {
        LibraryAnswer.Done => null,
        LibraryAnswer.Full => Conflict(
            $"Every slot of library {_options.Library} has a volume. Take one out, or give it more (`slots`)."),
        LibraryAnswer.BadName => new Refused(
            RefusalCode.BadRequest,
            $"\"{name}\" cannot be a volume's name: letters, digits, dot, dash and underscore, and not a dot or dash "
                + "first."),
        var other => new Refused(
            RefusalCode.Unavailable, $"Volume {name} could not be put into library {_options.Library}: {other}."),
    };

    /// <summary>
    /// What lies behind the label that must not be lost. A part without an index may be the middle of a fragment whose
    /// index lies on another volume: nothing on this one tells it from a part that was never finished.
    /// </summary>
    private static string? KeptBehindLabel(ITapeDrive drive)
    {
        ScannedFile? kept = null;
        foreach (var file in VolumeScanner.Scan(drive).Where(file => file is not ScannedFile.Label))
        {
            kept ??= file;
            if (file is not ScannedFile.Index index) continue;
            kept = index;
            break;
        }
        return kept switch
        {
            null => null,
            ScannedFile.Index index =>
                $"fragment {index.Fragment.Fragment} of image {index.Fragment.Image}, and perhaps more",
            ScannedFile.Data part => $"a part of fragment {part.Header.Start.Fragment} of image "
                + $"{part.Header.Image.Image}, whose index lies on another volume or was never written",
            _ => $"something in tape file {kept.File} that cannot be read",
        };
    }

    /// <summary>
    /// As what a volume is known that was written to and not given up since, whatever its first file is now; null:
    /// nothing of ours is looked for on it. The label may have been misread, or the cartridge be another one.
    /// </summary>
    private string? KeptByBook(VolumeName name) =>
        _book.Find(name) is { State: not (VolumeState.Blank or VolumeState.Recycle) } known
            ? $"volume {known.Identity.Id} of pool {known.Pool}, which is {VolumeLife.Word(known.State)}"
            : null;

    /// <summary>Whether a tape file near the beginning is ours, though the first one is not.</summary>
    private static bool HoldsOurs(ITapeDrive drive) => drive.IsLoaded
        && VolumeScanner.Headers(drive).Take(OursWithin).Any(file => file is ScannedFile.Data or ScannedFile.Index);

    private DriveId Id(int drive) => _options.IdOf(drive);

    private static Refused Conflict(string sentence) => new(RefusalCode.Conflict, sentence);

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

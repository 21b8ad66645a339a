using System.Globalization;
using Backup.Actors.Data;
using Backup.Actors.Spool;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>Which volume a drive gets, by <see cref="VolumeChoice"/>, and how new ones are labelled.</summary>
internal sealed partial class LibraryKeeper
{
    /// <summary>
    /// Puts a volume of the pool into the drive that takes data, at its end; labels a blank one where none does.
    /// </summary>
    /// <exception cref="JobFailureException">There is none, or the library does not answer.</exception>
    /// <param name="drive">The drive.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="ask">Who writes: matters for a spool alone.</param>
    /// <param name="run">The run that may write some volumes only; null: any number. A spool has none of them.</param>
    public VolumeIdentity MountForWriting(
        int drive, PoolName pool, SpoolAsk ask = default, RunShare? run = null)
    {
        lock (_changer)
        {
            if (WritesSpool(drive)) return MountSpool(drive, pool, ask);
            try
            {
                var mounted = MountOwn(drive, pool, run);
                _isDegraded = false;
                return mounted;
            }
            catch (JobFailureException)
            {
                _isDegraded = true; // until a volume is there
                throw;
            }
        }
    }

    private VolumeIdentity MountOwn(int drive, PoolName pool, RunShare? run)
    {
        lock (_changer)
        {
            var written = run is null ? [] : _book.WrittenBy(run.Run);
            var mounted = Choose(drive, pool, run, run?.VolumesMax <= written.Count ? written : null);
            if (run is not null) _book.Write(run.Run, mounted.Name);
            return mounted;
        }
    }

    /// <summary>Chooses and mounts.</summary>
    /// <param name="only">Of these alone, as the run may write no others; null: of all.</param>
    private VolumeIdentity Choose(int drive, PoolName pool, RunShare? run, IReadOnlyCollection<VolumeName>? only)
    {
        var now = TimeProvider.System.GetUtcNow();
        var rules = _options.RulesOf(pool);
        if (only is not null) rules = rules with { Recycles = false, ScratchPool = null, AutoLabels = false };
        if (InDrive(drive) is { State: VolumeState.Append or VolumeState.Blank } loaded && loaded.Pool == pool
            && only?.Contains(loaded.Identity.Name) != false
            && VolumeChoice.LimitOf(CandidateOf(loaded), rules, now) is null)
            return Ready(drive, loaded);
        Unload(drive);
        TakeIn(drive);
        var tried = new HashSet<VolumeName>();
        while (true)
        {
            var there = _library.Inventory().Select(slot => slot.VolumeName).ToHashSet(StringComparer.Ordinal);
            var free = _book.Volumes.Where(known => !tried.Contains(known.Identity.Name) && !known.IsExported
                && only?.Contains(known.Identity.Name) != false
                && (known.Drive is not { } other || _byHand.Contains(other))
                && (_book.WhyUnusable(known.Identity.Name) is null
                    || (known.State == VolumeState.Recycle && _book.IsBlank(known.Identity.Name.Value)))
                && there.Contains(known.Identity.Name.Value)).Select(CandidateOf).ToList();
            var pick = VolumeChoice.Next(
                pool, rules, _options.AutoLabel, free, [.. _book.Volumes.Where(known => known.Pool == pool)], now);
            if (pick is VolumePick.LabelNew) return LabelNew(drive, pool);
            if (pick is VolumePick.None) throw only is null ? NoVolume(pool) : NoneOfRun(drive, pool, run!, only);
            if (Take(drive, pool, pick, tried) is { } ready) return ready;
        }
    }

    /// <summary>
    /// Why a run that has written all the volumes that it may gets none: another of its backups writes on one that
    /// takes more, which passes; or all are full, and nobody is asked for another.
    /// </summary>
    private JobFailureException NoneOfRun(
        int drive, PoolName pool, RunShare run, IReadOnlyCollection<VolumeName> written) => new(
        _book.Volumes.FirstOrDefault(known => known.Pool == pool && known.State == VolumeState.Append
            && written.Contains(known.Identity.Name) && known.Drive is not null && known.Drive != drive)
            is { Drive: { } other } used
            ? new JobFailure.VolumeInUse(used.Identity.Name, new DriveId(Name, other))
            : new JobFailure.NoVolume(pool, _options.Library, run.VolumesMax));

    /// <summary>Null when it cannot be had after all, or takes no more: then the choice is made again.</summary>
    private VolumeIdentity? Take(int drive, PoolName pool, VolumePick pick, HashSet<VolumeName> tried)
    {
        switch (pick)
        {
            case VolumePick.Turn { Volume: var known, State: var state }:
                if (known.Drive is { } held) Unmount(held);
                Note(known with { State = state, Drive = null });
                return null;
            case VolumePick.Renew { Volume: var known }:
                tried.Add(known.Identity.Name);
                if (known.Drive is { } holds) Unmount(holds);
                return Renew(drive, known with { Drive = null }, pool) is { } renewed
                    ? Ready(drive, _book.Find(renewed.Name)!) : null;
            case VolumePick.Append { Volume: var known }:
                tried.Add(known.Identity.Name);
                if (known.Drive is { } idle) Unmount(idle);
                if (Load(drive, known.Identity.Name) is not { } mounted) return null;
                if (mounted == known.Identity) return Ready(drive, known);
                Unload(drive);
                return null;
            default:
                throw new InvalidOperationException($"No volume is taken by {pick.GetType().Name}.");
        }
    }

    private VolumeCandidate CandidateOf(KnownVolume known) => new(known, () => ReportOf(known).Bytes);

    /// <summary>What somebody reads is not labelled anew meanwhile: a scan may find it worth keeping.</summary>
    private VolumeIdentity Wanted(KnownVolume known)
    {
        if (VolumeLife.After(known.State, VolumeEvent.Read).State is var state && state != known.State)
            Note(known with { State = state });
        if (known.Drive is { } drive) BeginUse(drive, known.Identity.Name);
        return known.Identity;
    }

    private VolumeIdentity Ready(int drive, KnownVolume known)
    {
        var now = TimeProvider.System.GetUtcNow();
        // A real tape ends where its drive says
        if ((_library.Drives[drive] is PairedDrive paired ? paired.Own : _library.Drives[drive])
            is VirtualTapeDrive tape)
            tape.LimitTo(_options.RulesOf(known.Pool).VolumeBytesMax);
        BeginUse(drive, known.Identity.Name);
        _book.Put(known with
        {
            Drive = drive,
            State = VolumeLife.After(known.State, VolumeEvent.Written).State,
            FirstWritten = known.FirstWritten ?? now,
            LastWritten = now,
            Images = known.Images + 1,
        });
        return known.Identity;
    }

    private VolumeIdentity LabelNew(int drive, PoolName pool)
    {
        if (!_options.AutoLabel) throw NoVolume(pool);
        if ((AnyBlank() ?? SoughtBlank(drive)) is not { } name)
        {
            name = NewName(pool);
            switch (_library.AddBlank(name, out _))
            {
                case LibraryAnswer.Done: break;
                case LibraryAnswer.Full: throw NoVolume(pool);
                case var other: throw Unusable(_options, $"A new volume {name} could not be put in: {other}.");
            }
        }
        Expect(_library.Load(_library.Find(name)!.Number, drive));
        var label = new VolumeLabel(
            new VolumeIdentity(name, VolumeId.New()), _library.Id, pool, TimeProvider.System.GetUtcNow());
        var labelling = TapeLabels.Write(_library.Drives[drive], label);
        if (labelling is not Labelling.Done)
        {
            Expect(_library.Unload(drive));
            if (labelling is Labelling.Failed { Result.Status: TapeStatus.EndOfMedium })
            {
                _book.Unusable(name, Blank); // no room on the disk for one more volume; there may be later
                throw NoVolume(pool);
            }
            if (labelling is Labelling.Failed { Result: var said } && Errno.IsOutOfDescriptors(said.Errno))
            {
                _book.Unusable(name, Blank);
                throw NoRoom(name, said);
            }
            var detail = labelling is Labelling.Failed failed ? failed.Result.ToString() : labelling.ToString()!;
            _book.Unusable(name, detail);
            throw new JobFailureException(new JobFailure.VolumeError(name, "label", detail));
        }
        Note(new KnownVolume(label.Volume, pool, VolumeState.Append, label.Labelled, null, drive, null));
        Rings.Note(drive, "labelled", $"Volume {name} was labelled for pool {pool}, as no other takes data.");
        return Ready(drive, _book.Find(name)!);
    }

    private VolumeName NewName(PoolName pool)
    {
        if (_options.RulesOf(pool).Label is { } template) return NewName(pool, template);
        var prefix = _options.LabelPrefix.GetValueOrDefault(pool) ?? $"{pool}-";
        return NewName(number => prefix + number.ToString("0000", CultureInfo.InvariantCulture));
    }

    private VolumeName NewName(PoolName pool, string template)
    {
        var now = TimeProvider.System.GetUtcNow();
        return NewName(number => LabelTemplate.Name(template, number, pool, Name, now));
    }

    private VolumeName NewName(Func<int, string> nameOf)
    {
        // One that is elsewhere at the moment keeps its name.
        var taken = _library.Inventory().Select(slot => slot.VolumeName)
            .Concat(_book.Volumes.Select(volume => volume.Identity.Name.Value)).ToHashSet(StringComparer.Ordinal);
        for (var number = 1; ; number++)
        {
            var name = nameOf(number);
            if (!taken.Contains(name) && !Path.Exists(Path.Combine(_options.Directory, name)))
                return new VolumeName(name);
        }
    }
}

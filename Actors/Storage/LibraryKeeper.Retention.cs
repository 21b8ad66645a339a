using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>What retention and operators do with what is on a library's volumes.</summary>
internal sealed partial class LibraryKeeper
{
    /// <summary>Does what retention asks, on the thread of a drive that no session uses.</summary>
    /// <returns>The answer; repeated, nothing is done a second time.</returns>
    public VolumeProtocol.IAnswer Tend(int drive, VolumeProtocol.IWork work)
    {
        lock (_changer)
        {
            // It comes back with the whole volume, and nothing is loaded for that
            if (work is VolumeProtocol.GiveBack && (Disk is null || IsOnSpool(work.Volume)))
                return new VolumeProtocol.Done(work.Volume, [], 0);
            Unmount(drive);
            if (!IsOnSpool(work.Volume)) TakeIn(drive);
            if (WhyNot(drive, work) is { } why) return new VolumeProtocol.NotDone(work.Volume, why);
            var known = _book.Find(work.Volume)!;
            return work switch
            {
                VolumeProtocol.Inspect => Inspect(drive, known),
                VolumeProtocol.LetGo letGo => LetGo(drive, known, letGo),
                VolumeProtocol.GiveBack give => GiveBack(known, give),
                _ => new VolumeProtocol.NotDone(work.Volume, $"{work.GetType().Name} is not known here."),
            };
        }
    }

    /// <summary>An operator says what a volume may be used for.</summary>
    public IReply Update(UpdateVolume ask)
    {
        lock (_changer)
        {
            if (_book.Find(ask.Volume) is not { } known)
                return new Refused(
                    RefusalCode.NotFound, $"Library {_options.Library} has never seen volume {ask.Volume}.");
            if (VolumeLife.WishFor(ask.State) is not { } wish)
                return new Refused(
                    RefusalCode.BadRequest,
                    $"No operator makes a volume {VolumeLife.Word(ask.State)}. Expected append, full, used, read-only, "
                        + "disabled, archive or cleaning.");
            if (known.Drive is { } drive && !_byHand.Contains(drive))
                return Conflict($"Volume {ask.Volume} is in drive {Id(drive)}, which a job uses.");
            var turn = VolumeLife.After(known.State, wish);
            if (turn.Refusal is { } refusal) return Conflict($"Volume {ask.Volume} {refusal}.");
            if (known.Drive is { } idle) Unmount(idle);
            Note(_book.Find(ask.Volume)! with { State = turn.State, Error = null, Note = ask.Reason });
            Rings.Note("volume-state", $"An operator made volume {ask.Volume} {VolumeLife.Word(turn.State)}"
                + $"{(ask.Reason is { } reason ? $": {reason}" : "")}.");
            return new VolumeUpdated(ask.Volume, turn.State, known.State);
        }
    }

    /// <summary>The volume is here, free, and the one that is meant: its label is read for that.</summary>
    private string? WhyNot(int drive, VolumeProtocol.IWork work)
    {
        if (_book.Find(work.Volume)?.Drive is { } other)
        {
            if (!_byHand.Contains(other)) return $"Volume {work.Volume} is in drive {Id(other)}, which a job uses.";
            Unmount(other);
        }
        if (_library.Find(work.Volume) is null)
            return $"Volume {work.Volume} is not in library {_options.Library} now.";
        if (Elsewhere(work.Volume) is { } elsewhere) return elsewhere;
        if (Load(drive, work.Volume) is not { } label)
            return $"Expected volume {work.Volume}, found {WhatIs(work.Volume)}. It was not touched.";
        Unload(drive);
        return new VolumeUuid(GuidOf(label.Id)) == work.Uuid
            ? null
            : $"Volume {work.Volume} has the identity {GuidOf(label.Id)}, and the catalog says {work.Uuid}: it was "
                + "labelled anew, or the catalog is an old copy. It was not touched.";
    }

    private VolumeProtocol.Inspected Inspect(int drive, KnownVolume known)
    {
        Expect(_library.Load(_library.Find(known.Identity.Name)!.Number, drive));
        try
        {
            var (found, unknown) = (new List<TapeFileFound>(), new List<int>());
            var files = 1;
            if (!_library.Drives[drive].Load().IsGood) unknown.Add(0);
            else
                foreach (var file in VolumeScanner.Headers(_library.Drives[drive]))
                {
                    files = file.File + 1;
                    if (file is ScannedFile.Data { Header: var header })
                        found.Add(new TapeFileFound(
                            file.File, header.Image.Image, header.Start.Fragment, header.Epoch));
                    else if (file is not ScannedFile.Released) unknown.Add(file.File);
                }
            return new VolumeProtocol.Inspected(known.Identity.Name, files, found, unknown);
        }
        finally
        {
            Expect(_library.Unload(drive));
        }
    }

    private VolumeProtocol.IAnswer LetGo(int drive, KnownVolume known, VolumeProtocol.LetGo ask)
    {
        var done = new VolumeProtocol.Done(ask.Volume, [], 0);
        if (known.State == VolumeState.Recycle) return done;
        var turn = VolumeLife.After(known.State, VolumeEvent.Emptied);
        if (turn.Refusal is { } refusal)
            return new VolumeProtocol.NotDone(ask.Volume, $"Volume {ask.Volume} {refusal}.");
        if (TapeFilesOn(drive, known) is var files && files != ask.TapeFiles)
            return new VolumeProtocol.NotDone(
                ask.Volume, $"Volume {ask.Volume} has {files} tape files now, and {ask.TapeFiles} were looked at.");
        if (IsOnSpool(ask.Volume))
        {
            Empty(drive, known);
            return done;
        }
        var pool = _options.RulesOf(known.Pool).RecyclePool ?? known.Pool;
        Note(_book.Find(ask.Volume)! with { State = turn.State, Pool = pool, TapeFiles = files, Note = null });
        Rings.Note("let-go", $"Nothing on volume {ask.Volume} is kept: pool {pool} may use it again.");
        return done;
    }

    /// <summary>Where the space of single tape files can be given back; null: nowhere.</summary>
    private VirtualLibrary? Disk => _options.GivesSpaceBack
        ? (Spooled is { } spooled ? spooled.Own : _library) as VirtualLibrary : null;

    /// <summary>
    /// An index goes before what it lists: data that no index lists is nothing to a scan, when the power fails in
    /// between.
    /// </summary>
    private VolumeProtocol.IAnswer GiveBack(KnownVolume known, VolumeProtocol.GiveBack ask)
    {
        var disk = Disk!;
        var slot = _library.Find(known.Identity.Name)!.Number;
        var (gone, bytes, left) = (new List<int>(), 0L, new List<string>());
        foreach (var file in ask.Files.OrderByDescending(file => file.File))
        {
            var marker = ReleasedMarker.Of($"fragment {file.Fragment} of image {file.Image}, not needed here any more");
            var answer = disk.GiveBack(slot, file.File, block => IsOf(block, file), marker, out var freed);
            if (answer is LibraryAnswer.LibraryGone) Expect(answer);
            bytes += freed;
            // One that is not there gives no more
            if (answer is LibraryAnswer.Done or LibraryAnswer.Empty) gone.Add(file.File);
            else left.Add($"tape file {file.File} ({(answer == LibraryAnswer.BadName ? "another fragment" : answer)})");
        }
        if (bytes > 0) Note(_book.Find(ask.Volume)!);
        if (left.Count > 0)
            Rings.Note("not-given-back", $"Volume {ask.Volume}: {string.Join(", ", left.Take(10))} left as it is.");
        return new VolumeProtocol.Done(ask.Volume, [.. gone.Order()], bytes);
    }

    private static bool IsOf(ReadOnlyMemory<byte> block, TapeFileFound file) =>
        FragmentHeader.Read(block.Span, out var header) == HeaderDefect.None && header!.Image.Image == file.Image
        && header.Start.Fragment == file.Fragment && header.Epoch == file.Epoch;

    /// <returns>False when another volume is there by now: it was not touched.</returns>
    private bool IsErased(int slot, int drive, VolumeName name, VolumeIdentity? expected)
    {
        var answer = _library.Erase(slot, drive, expected);
        if (answer == LibraryAnswer.BadName)
        {
            Rings.Note("kept", $"Another volume is where {name} was a moment ago. It was not erased.");
            return false;
        }
        Expect(answer);
        return true;
    }

    private int TapeFilesOn(int drive, KnownVolume known)
    {
        Expect(_library.Load(_library.Find(known.Identity.Name)!.Number, drive));
        try
        {
            var tape = _library.Drives[drive];
            return tape.Load().IsGood && tape.SpaceToEndOfData().IsGood ? tape.Position.File : 0;
        }
        finally
        {
            Expect(_library.Unload(drive));
        }
    }

    /// <summary>
    /// Labels a volume anew for a pool, under the same name and with another identity: one that was let go and holds
    /// what it held then, or one that never held anything. The drive has it afterwards.
    /// </summary>
    /// <returns>Null when it is another volume now, or holds more: then it is left alone.</returns>
    private VolumeIdentity? Renew(int drive, KnownVolume known, Messages.PoolName pool)
    {
        var name = known.Identity.Name;
        if (_library.Find(name) is not { } slot) return null;
        var label = Load(drive, name);
        Unload(drive);
        // Blank: a crash came between the erasing and the new label
        if (label != known.Identity && !(label is null && _book.IsBlank(name.Value))) return null;
        var expected = known.State == VolumeState.Recycle ? known.TapeFiles : 1;
        if (label is not null && expected != TapeFilesOn(drive, known))
        {
            Note(known with { State = VolumeState.Full, Drive = null });
            Rings.Note("kept", $"Volume {name} holds more than was let go. It is not used again.");
            return null;
        }
        if (label is not null && !IsErased(slot.Number, drive, known.Identity.Name, known.Identity)) return null;
        Expect(_library.Load(slot.Number, drive));
        var anew = new VolumeLabel(
            new VolumeIdentity(name, VolumeId.New()), _library.Id, pool, TimeProvider.System.GetUtcNow());
        var written = TapeLabels.Write(_library.Drives[drive], anew);
        if (written is not Labelling.Done)
        {
            Expect(_library.Unload(drive));
            _book.Unusable(name, Blank);
            return null;
        }
        Note(new KnownVolume(
            anew.Volume, pool, VolumeState.Blank, anew.Labelled, null, drive, known.Identity.Id));
        Rings.Note(drive, "labelled", $"Volume {name} was labelled anew for pool {pool}: nothing on it was kept.");
        return anew.Volume;
    }
}

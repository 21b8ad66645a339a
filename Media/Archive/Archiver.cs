using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Archive;

/// <summary>
/// Turns a walk into the chunks of an image: one pax archive, cut into fragments as docs/formats/archive.md says.
/// Pull-based: nothing is read before it is asked for, and memory is that of two chunks and one entry. The same
/// unchanged tree gives the same archive bytes. One thread at a time; <see cref="Progress"/> may be read by others.
/// </summary>
public sealed class Archiver : IDisposable
{
    // Members up to this size are never split over chunks, so that they can be read again when they change meanwhile.
    private const int WholeBytesMax = 256 * 1024;

    private readonly Func<WalkedItem?> _walk;
    private readonly Func<FilePath?, IReadOnlyList<FilePath>> _deletions;
    private readonly ArchiverOptions _options;
    private readonly Action<FileException> _onException;
    private readonly ChunkBuilder _chunk;
    private readonly OpenMember _member = new();
    private readonly LinkPositions _links = new();
    private WalkedItem? _ahead;
    private FilePath? _skipTo;
    private FilePath? _skipWithin;
    private Phase _phase;

    /// <summary>Archives a walk.</summary>
    /// <param name="walker">
    /// With <see cref="ArchiveResume.LastMember"/> as <see cref="WalkOptions.ResumeAfter"/> and the sealed links given
    /// to <see cref="TreeWalker.SeedLink"/> where an earlier attempt is resumed. Not disposed.
    /// </param>
    /// <param name="options">How to cut, and where to go on.</param>
    /// <param name="onException">Told, by the thread of <see cref="Next"/>, of each item that is not archived as it
    /// is.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Archiver(TreeWalker walker, ArchiverOptions options, Action<FileException> onException)
        : this(walker.Next, options, onException, walker.TakeDeletions) { }

    internal Archiver(
        Func<WalkedItem?> walk, ArchiverOptions options, Action<FileException> onException,
        Func<FilePath?, IReadOnlyList<FilePath>>? deletions = null)
    {
        options.Check();
        (_walk, _options, _onException) = (walk, options, onException);
        _deletions = deletions ?? (_ => []);
        _chunk = new ChunkBuilder(options.Resume?.Fragment ?? 0);
        _skipTo = options.Resume?.LastMember;
        foreach (var entry in options.Resume?.Links ?? []) _links.Note(entry);
        _phase = options.Resume?.Cut is null ? Phase.Between : Phase.Resuming;
    }

    private enum Phase
    {
        /// <summary>The member that an earlier attempt left is to be opened first.</summary>
        Resuming,

        /// <summary>No member is open.</summary>
        Between,

        /// <summary>A member is open, and none of it is in a chunk.</summary>
        Opened,

        /// <summary>A part of the member is in chunks that cannot be taken back.</summary>
        Inside,

        /// <summary>As Inside, of a member that is larger than a fragment.</summary>
        InsideCut,

        /// <summary>The archive's end is written.</summary>
        Ended,
    }

    /// <summary>How far it got.</summary>
    public ArchiverProgress Progress { get; } = new();

    /// <summary>
    /// The next chunk, with plain archive bytes; null after the one that ends the image. The caller disposes it.
    /// </summary>
    /// <exception cref="DllNotFoundException">libcrypto is not installed.</exception>
    public ArchiveChunk? Next()
    {
        ArchiveChunk? chunk = null;
        while (chunk is null && _phase != Phase.Ended)
            chunk = _phase switch
            {
                Phase.Resuming => Resume(_options.Resume!.Cut!),
                Phase.Between => Open(),
                Phase.Opened => Place(),
                _ => Continue(),
            };
        if (chunk is not null) Progress.AddArchive(chunk.ArchiveLength);
        return chunk;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _member.Close();
        _ahead?.Dispose();
        _ahead = null;
        _chunk.Dispose();
        _phase = Phase.Ended;
    }

    private ArchiveChunk? Open()
    {
        var item = Walk();
        if (item is null) return End();
        var entry = item.Entry;
        Progress.Begin(entry.Path);
        if (entry.Kind == FileKind.HardLink && !_links.Find(entry, out entry))
        {
            Report(entry.Path, FileExceptionKind.Unreadable,
                "The first name of this file was not archived, so this one cannot refer to it.");
            item.Dispose();
            return null;
        }
        _member.Begin(item, entry);
        _phase = Phase.Opened;
        return null;
    }

    private WalkedItem? Walk()
    {
        var item = _ahead ?? _walk();
        _ahead = null;
        while (item is not null && IsLeftOut(item.Entry.Path))
        {
            item.Dispose();
            item = _walk();
        }
        return item;
    }

    private bool IsLeftOut(FilePath path)
    {
        if (_skipTo is { } lastSealed && path.CompareTo(lastSealed) <= 0) return true;
        _skipTo = null;
        if (_skipWithin is { } replaced && path.IsWithin(replaced)) return true;
        _skipWithin = null;
        return false;
    }

    /// <summary>Decides where an opened member goes: into this chunk, the next one, or the next fragment.</summary>
    private ArchiveChunk? Place()
    {
        var oversize = _member.Total > _options.FragmentBytes;
        var full = _chunk.Position >= _options.FragmentBytes || _chunk.FragmentMembers >= _options.FragmentMembersMax;
        if (_chunk.Position > 0 && (full || oversize)) return _chunk.Emit(endsFragment: true);
        var fits = _member.Total <= _chunk.Room && _chunk.Takes(_member.Level);
        if (!oversize && (fits || _member.Total <= WholeBytesMax)) return PlaceWhole(fits);
        if (!_member.Probe()) return Drop();
        if (_chunk.Room == 0 || !_chunk.Takes(_member.Level)) return _chunk.Emit(endsFragment: false);
        _chunk.Announce(oversize ? FragmentKind.Head : FragmentKind.Members, oversize
            ? _member.Entry.Path : null, 0, _member.Level);
        _member.Locate(PositionAt(_chunk.Position, oversize));
        _chunk.Add(new MemberRecord(_member.Entry, MemberPhase.Begins));
        _phase = oversize ? Phase.InsideCut : Phase.Inside;
        return null;
    }

    /// <summary>
    /// Reads a member where it can still be dropped or read again: behind the chunk's end, or beside the chunk.
    /// </summary>
    private ArchiveChunk? PlaceWhole(bool fits)
    {
        var total = (int)_member.Total;
        Progress.AddContent(_member.Fill((fits ? _chunk.Free : _chunk.Spare)[..total]));
        if (_member.IsUnreadable) return Drop();
        if (!TryCheckUnchanged(out var now, out var changed)) return Drop();
        if (changed && _member.Rereads < _options.RereadLimit)
        {
            _member.BeginAgain(now);
            return null;
        }
        var done = fits ? null : _chunk.Emit(endsFragment: false);
        _chunk.Announce(FragmentKind.Members, member: null, 0, _member.Level);
        var position = PositionAt(_chunk.Position, oversize: false);
        if (fits) _chunk.Advance(total);
        else _chunk.TakeSpare(total);
        Finish(position, Judge(changed), MemberPhase.Whole);
        return done;
    }

    private ArchiveChunk? Continue()
    {
        var toCut = _phase == Phase.InsideCut ? _options.FragmentBytes - _chunk.Position : long.MaxValue;
        if (_member.Left > 0 && toCut == 0) return _chunk.Emit(endsFragment: true, _member.Cut());
        if (_member.Left > 0 && _chunk.Room == 0) return _chunk.Emit(endsFragment: false);
        if (_member.Left == 0)
        {
            _member.AdviseNotNeeded();
            var known = TryCheckUnchanged(out _, out var changed);
            Finish(_member.Entry.Position, Judge(changed || !known), MemberPhase.Ends);
            return null;
        }
        if (_chunk.Position == 0 && _member.Done > 0)
            _chunk.Announce(_member.Left > _options.FragmentBytes ? FragmentKind.Middle : FragmentKind.Tail,
                _member.Entry.Path, Math.Min(_member.Left, _options.FragmentBytes), _member.Level);
        var count = (int)Math.Min(Math.Min(_member.Left, toCut), _chunk.Room);
        Progress.AddContent(_member.Fill(_chunk.Free[..count]));
        _chunk.Advance(count);
        return null;
    }

    private ArchiveChunk? Resume(MemberCut cut)
    {
        var item = Walk();
        // Names that came into being before the cut member are left to the next incremental: the order of the archive
        // is past them.
        while (item is not null && item.Entry.Path.CompareTo(cut.Entry.Path) < 0)
        {
            item.Dispose();
            item = Walk();
        }
        if (item is not null && item.Entry.Path != cut.Entry.Path) (_ahead, item) = (item, null);
        // The path is a file in this image: nothing can be restored below it.
        if (item is { Entry.Kind: FileKind.Directory }) _skipWithin = cut.Entry.Path;
        Progress.Begin(cut.Entry.Path);
        if (!_member.Resume(cut, item, _chunk.Free))
            Report(cut.Entry.Path, FileExceptionKind.DamagedByChange,
                "The file changed between two attempts of the job: its first part is from before, the rest is zeros.");
        _phase = Phase.InsideCut;
        return null;
    }

    private ArchiveChunk? End()
    {
        if (_chunk.Room < PaxHeader.TrailerBytes) return _chunk.Emit(endsFragment: false);
        _chunk.Announce(FragmentKind.Members, member: null, 0, _chunk.Level);
        _chunk.Add(_deletions(null));
        _chunk.Free[..PaxHeader.TrailerBytes].Clear();
        _chunk.Advance(PaxHeader.TrailerBytes);
        _phase = Phase.Ended;
        return _chunk.Emit(endsFragment: true, endsImage: true);
    }

    private void Finish(ContentPosition position, EntryFlags flags, MemberPhase phase)
    {
        var entry = _member.End(position, flags);
        if (entry.LinkCount > 1 && entry.Kind != FileKind.HardLink) _links.Note(entry);
        _chunk.Add(_deletions(entry.Path));
        _chunk.Add(new MemberRecord(entry, phase));
        Progress.AddFile();
        _phase = Phase.Between;
    }

    private ArchiveChunk? Drop()
    {
        if (_member.Failure is { } failure) Report(_member.Entry.Path, FileExceptionKind.Unreadable, failure);
        _member.Close();
        _phase = Phase.Between;
        return null;
    }

    private ContentPosition PositionAt(long memberStart, bool oversize)
    {
        var at = memberStart + _member.HeaderBytes;
        var fragments = oversize ? at / _options.FragmentBytes : 0;
        return new ContentPosition(_options.Image, _chunk.Fragment + (int)fragments,
            at - (fragments * _options.FragmentBytes), _member.ContentBytes);
    }

    private bool TryCheckUnchanged(out FileState now, out bool changed)
    {
        try
        {
            changed = !_member.IsUnchanged(out now);
            return true;
        }
        catch (PosixException error)
        {
            Report(_member.Entry.Path, FileExceptionKind.Unreadable, error);
            (now, changed) = (default, true);
            return false;
        }
    }

    private EntryFlags Judge(bool changed)
    {
        var path = _member.Entry.Path;
        if (_member.Failure is { } failure)
        {
            Report(path, FileExceptionKind.Unreadable, failure);
            return EntryFlags.Truncated;
        }
        if (_member.EndedEarly)
        {
            Report(path, FileExceptionKind.Truncated,
                "The file became shorter while it was read; zeros fill it to the size it had.");
            return EntryFlags.Truncated;
        }
        if (!changed) return EntryFlags.None;
        Report(path, FileExceptionKind.ChangedWhileRead,
            "The file changed while it was read; its content may be of two moments.");
        return EntryFlags.ChangedWhileRead;
    }

    private void Report(FilePath path, FileExceptionKind kind, string detail) =>
        _onException(new FileException(path.ToArray(), kind, "", 0, detail));

    private void Report(FilePath path, FileExceptionKind kind, PosixException error) =>
        _onException(new FileException(path.ToArray(), kind, error.Operation, error.Errno, error.Message));
}

using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// Walker and archiver of one attempt, as the resource of a stream: opened, read and closed by one thread at a time.
/// </summary>
internal sealed class ArchiveSource : IDisposable
{
    private readonly ClientProtocol.Save _orders;
    private readonly ResumeReader.Found _found;
    private readonly ClientOptions _options;
    private readonly Action<FileException> _onException;
    private readonly CancellationToken _cancellation;
    private readonly List<FileException> _pending = [];
    private readonly Dictionary<string, long> _kinds = [];
    private BaseComparison? _base;
    private TreeWalker? _walker;
    private Archiver? _archiver;
    private FileException? _short;
    private int _rootsMissing;
    private bool _holdsNothing = true;
    private IReadOnlyDictionary<string, long> _excluded = new Dictionary<string, long>();

    /// <summary>A source that is opened later.</summary>
    /// <param name="orders">What to save.</param>
    /// <param name="found">Where an earlier attempt got to, and the base's manifest.</param>
    /// <param name="options">Limits.</param>
    /// <param name="onException">Told at once, on the reading thread.</param>
    /// <param name="cancellation">Ends a wait for a writer of a FIFO.</param>
    public ArchiveSource(
        ClientProtocol.Save orders, ResumeReader.Found found, ClientOptions options,
        Action<FileException> onException, CancellationToken cancellation) =>
        (_orders, _found, _options, _onException, _cancellation) = (orders, found, options, onException, cancellation);

    private ArchiveResume? Resumed => _found.Resume;

    /// <summary>How far it is; null before it was opened. From any thread.</summary>
    public ArchiverProgress? Progress => Volatile.Read(ref _archiver)?.Progress;

    /// <summary>Members by kind; after the end.</summary>
    public IReadOnlyDictionary<string, long> Kinds => _kinds;

    /// <summary>Items left out by each rule; after the end.</summary>
    public IReadOnlyDictionary<string, long> Excluded => _excluded;

    /// <summary>Directories whose names were too many for the archive; null: none. After the end.</summary>
    public LongLists? LongLists => _walker is { LongLists: > 0 and var count } walker
        ? new LongLists(count, $"/{walker.FirstLongList}") : null;

    /// <summary>
    /// A full that builds on an image of another policy compares: what that does not have may be as old as it likes.
    /// </summary>
    /// <param name="spec">A backup, with its level.</param>
    public static SelectBy SelectionOf(BackupSpec spec) => spec.Level == 0 ? SelectBy.Manifest : spec.SelectBy;

    /// <summary>Opens the walk.</summary>
    public ArchiveSource Open()
    {
        _base = _found.Base is { } manifest
            ? WalkBase.Of(
                BaseManifest.Entries(manifest, _orders.Spec.Base!), Resumed?.LastMember,
                ClockDifference.TimeStampsFrom(SelectionOf(_orders.Spec), _orders.Spec.Base!.Since, _found.ClockAhead),
                SelectionOf(_orders.Spec), (_orders.Spec.Uncompared, _orders.Spec.Also), _cancellation)
            : null;
        _walker = new TreeWalker(
            _orders.Spec.FileSet,
            new WalkOptions
            {
                ResumeAfter = Resumed?.LastMember,
                TemporaryDirectory = _options.WorkDirectory,
                Base = _base,
                FifoWait = _options.FifoWait,
                Cancellation = _cancellation,
                HadItems = HadItems(),
                KeepsAccessTimes = _orders.Spec.Also.HasFlag(ExtraComparison.AccessTime),
            },
            OnException);
        foreach (var link in (Resumed?.Links ?? []).Concat(_found.LinksOfBase).OrderBy(link => link.Path))
            _walker.SeedLink(link, isHeld: link.Position.Image == _orders.Spec.Image);
        Volatile.Write(ref _archiver, new Archiver(
            _walker,
            new ArchiverOptions
            {
                Image = _orders.Spec.Image,
                FragmentBytes = _orders.Spec.FragmentBytes,
                FragmentMembersMax = _orders.Spec.FragmentMembersMax,
                RereadLimit = _orders.Spec.RereadLimit,
                Resume = Resumed,
            },
            OnException));
        return this;
    }

    /// <summary>The next chunk, with the exceptions since the one before; null behind the last.</summary>
    /// <exception cref="JobFailureException">None of the roots exists, one that had items has none or is not mounted,
    /// or nothing changed and is not to be saved then.</exception>
    public ArchiveChunk? Next()
    {
        var chunk = _archiver!.Next();
        if (chunk is null) return null;
        RefuseWhenShort(chunk);
        RefuseUnmounted(chunk);
        _holdsNothing &= chunk.Members.Count == 0 && chunk.Deletions.Count == 0 && _pending.Count == 0;
        foreach (var member in chunk.Members)
            if (member.Phase != MemberPhase.Begins) Count(member.Entry);
        if (chunk.EndsImage)
        {
            _excluded = _walker!.Exclusions.GroupBy(exclusion => exclusion.Cause)
                .ToDictionary(cause => cause.Key, cause => cause.Sum(exclusion => exclusion.Items));
            RefuseWhenNothingIsThere(chunk);
        }
        if (_pending.Count == 0) return chunk;
        var with = chunk.WithExceptions([.. _pending]);
        _pending.Clear();
        return with;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (_archiver as IDisposable)?.Dispose();
        _walker?.Dispose();
    }

    /// <summary>
    /// Of a full, the roots below which the newest image has items; and the one in which an earlier attempt was when it
    /// ended: what it archived there must still be met, or what lies behind it cannot be told from what is deleted.
    /// </summary>
    private HashSet<FilePath> HadItems()
    {
        var (spec, roots) = (_orders.Spec, TreeWalker.RootsOf(_orders.Spec.FileSet).ToList());
        var had = new HashSet<FilePath>();
        if (_base is null || spec.Level == 0)
            had.UnionWith(spec.HadItems?.Select(root => new FilePath(PathText.Unescape(root.Trim('/'))))
                // The director is of an earlier version, and knows of all roots together only
                ?? (spec.ExpectsItems && roots.Count == 1 ? roots : []));
        if ((Resumed?.Cut?.Entry.Path ?? Resumed?.LastMember) is { } reached)
            had.UnionWith(roots.Where(root => reached.IsWithin(root) && reached != root));
        return had;
    }

    private void Count(FileEntry entry)
    {
        var kind = entry.Kind.ToString();
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
    }

    /// <summary>
    /// What could not be opened for want of descriptors is no unreadable file: nothing is wrong with it, and the next
    /// one would be left out as well.
    /// </summary>
    private void RefuseWhenShort(ArchiveChunk chunk)
    {
        if (_short is not { } failed) return;
        chunk.Dispose();
        throw new JobFailureException(new JobFailure.NodeShort(
            $"Client {_orders.Spec.Client}: {failed.Operation} of {PathText.Escape(failed.Path)} failed: "
                + $"{Errno.Describe(failed.Errno)}."));
    }

    /// <summary>Before anything of it is recorded as deleted, or saved in its place.</summary>
    private void RefuseUnmounted(ArchiveChunk chunk)
    {
        if (_orders.Spec.AllowEmpty || _walker!.UnmountedRoots is not { Count: > 0 } roots) return;
        chunk.Dispose();
        throw new JobFailureException(new JobFailure.SourceUnmounted(
            _orders.Spec.Client, [.. roots.Select(root => "/" + root)]));
    }

    private void RefuseWhenNothingIsThere(ArchiveChunk last)
    {
        if (!_orders.Spec.AllowEmpty && _walker!.EmptyRoots is { Count: > 0 } empty)
        {
            last.Dispose();
            throw new JobFailureException(new JobFailure.SourceEmpty(
                _orders.Spec.Client, [.. empty.Select(root => "/" + root)]));
        }
        if (_orders.Spec is { SkipUnchanged: true, Level: > 0, Base: { } known } && Resumed is null && _holdsNothing)
        {
            last.Dispose();
            throw new JobFailureException(new JobFailure.NothingChanged(_orders.Spec.Client, known.Image));
        }
        if (_rootsMissing == 0 || _kinds.Count > 0 || Resumed is not null || _base is not null) return;
        last.Dispose();
        throw new JobFailureException(new JobFailure.SourceMissing(
            _orders.Spec.Client,
            [.. _orders.Spec.FileSet.Operations.SelectMany(operation => operation.Only ?? operation.Roots)]));
    }

    private void OnException(FileException exception)
    {
        if (Errno.IsOutOfDescriptors(exception.Errno))
        {
            _short ??= exception;
            return;
        }
        if (exception.Kind == FileExceptionKind.RootMissing) _rootsMissing++;
        _pending.Add(exception);
        _onException(exception);
    }
}

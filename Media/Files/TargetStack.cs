using System.Text;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Media.Files;

/// <summary>
/// The directories of a restore from its target down to the current one. A directory gets its metadata when the order
/// leaves it, since what is made in it would change its times, and its mode might forbid that. Only the lowest are kept
/// open.
/// </summary>
internal sealed class TargetStack : IDisposable
{
    // 01700: nobody else looks in before its mode is set. By the sticky bit, which nobody gives to a directory of his
    // own, a further attempt knows what an earlier one made.
    private const uint ModeWhileWriting = 0x3c0;
    private const uint SetGroupId = 0x400;       // inherited, where the directory above has it
    private const uint ModeOfUnknown = 0x1ed;    // 0755
    private readonly List<TargetLevel> _levels = [];
    private readonly RestoreOptions _options;
    private readonly MetadataWriter _metadata;
    private readonly Action<FileException> _onException;
    private readonly int _target;
    private readonly Func<byte[], bool> _isInUse;
    private readonly bool _isFirst;
    private readonly HashSet<FilePath> _bare; // made, and its entry has not come
    private readonly HashSet<FilePath> _unfinished; // as these, by an earlier attempt

    internal TargetStack(
        string target, RestoreOptions options, MetadataWriter metadata, Action<FileException> onException,
        Func<byte[], bool> isInUse)
    {
        (_options, _metadata, _onException, _isInUse) = (options, metadata, onException, isInUse);
        (_isFirst, _bare, _unfinished) = (true, [], []);
        var opened = SystemCall.OpenAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(target),
            OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.CloseOnExec);
        _target = PosixException.Check(opened, "openat", PathText.Escape(Encoding.UTF8.GetBytes(target)));
        _levels.Add(LevelOf(FilePath.Root, _target, isNew: false));
    }

    private TargetStack(TargetStack first)
    {
        (_options, _metadata, _onException, _isInUse) =
            (first._options, first._metadata, first._onException, first._isInUse);
        (_target, _bare, _unfinished) = (first._target, first._bare, first._unfinished);
        _levels.Add(LevelOf(FilePath.Root, _target, isNew: false));
    }

    /// <summary>Another place in the same tree.</summary>
    internal TargetStack Another() => new(this);

    internal TargetLevel Top => _levels[^1];

    /// <summary>
    /// Leaves what is not above a directory, and enters or makes the rest. False when that failed, which was reported.
    /// </summary>
    /// <param name="path">The directory.</param>
    /// <param name="entry">Its entry, when that is what is written; null when it is only on the way.</param>
    /// <param name="item">The item that is on its way there, for the report.</param>
    internal bool Enter(FilePath path, FileEntry? entry, FileEntry? item = null)
    {
        while (!path.IsWithin(Top.Path))
            if (!Leave()) return Lost(item?.Path ?? path);
        while (Top.Path.Bytes.Length < path.Bytes.Length)
        {
            var result = Descend(path);
            if (result >= 0) continue;
            _onException(RestoreSentence.For(
                item?.Path ?? path, FileExceptionKind.NotWritten, "openat2", -result, null));
            return false;
        }
        if (entry is not null) Top.Entry = entry;
        return true;
    }

    /// <summary>Leaves all but the target itself.</summary>
    internal void LeaveLevels()
    {
        while (_levels.Count > 1)
            if (!Leave()) Lost(Top.Path);
    }

    internal void LeaveAll()
    {
        LeaveLevels();
        Finish(Top);
        // Nobody has an entry for these: directories above what was selected
        foreach (var path in _bare.Union(_unfinished).Order())
        {
            var descriptor = SystemCall.OpenAt2(
                _target, path.Bytes, OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow
                    | OpenFlags.CloseOnExec, 0, OpenFlags.ResolveBeneath);
            if (descriptor < 0) continue; // what was lost was reported when it was
            SystemCall.ChangeMode(descriptor, ModeOfUnknown);
            SystemCall.Close(descriptor);
        }
    }

    /// <summary>Opens (O_PATH) a file that this restore made, if it is still the same; else a negative errno.</summary>
    internal int OpenCreated(FilePath path, ulong device, ulong inode)
    {
        var directory = _target;
        var bytes = path.Bytes;
        var at = 0;
        while (true)
        {
            // In pieces, since a path may be longer than the 4,096 bytes that one call takes.
            var end = bytes.Length - at < 4000 ? bytes.Length : at + bytes.Slice(at, 4000).LastIndexOf((byte)'/');
            var opened = SystemCall.OpenAt2(
                directory, bytes[at..end], OpenFlags.PathOnly | OpenFlags.NoFollow | OpenFlags.CloseOnExec,
                0, OpenFlags.ResolveBeneath);
            if (directory != _target) SystemCall.Close(directory);
            if (opened < 0) return opened;
            if (end == bytes.Length) return IsSame(opened, device, inode) ? opened : Closed(opened);
            (directory, at) = (opened, end + 1);
        }
    }

    public void Dispose()
    {
        foreach (var level in _isFirst ? _levels : _levels.Skip(1)) level.Close();
    }

    private int Descend(FilePath path)
    {
        var above = Top;
        var rest = path.Bytes[(above.Path.IsRoot ? 0 : above.Path.Bytes.Length + 1)..];
        var cut = rest.IndexOf((byte)'/');
        var name = cut < 0 ? rest : rest[..cut];
        var made = SystemCall.MakeDirectoryAt(above.Descriptor, name, ModeWhileWriting);
        if (made < 0 && made != -Errno.Exists) return made;
        var descriptor = OpenBeneath(above.Descriptor, name);
        if (descriptor < 0) return descriptor;
        if (made < 0 && _options.AcceptEqual) TargetLevel.RemoveLeftovers(descriptor, _isInUse);
        if (made >= 0 && above.HasDefaultAcl)
        {
            MetadataWriter.DropInheritedAcl(descriptor);
            SystemCall.ChangeMode(descriptor, ModeWhileWriting);
        }
        var entered = above.Path.Append(name);
        if (made >= 0 && _options.DirectoriesLast) _bare.Add(entered);
        // It is not new: the earlier attempt may have put anything in it
        if (made < 0 && _options.AcceptEqual && IsUnfinished(descriptor)) _unfinished.Add(entered);
        _levels.Add(LevelOf(entered, descriptor, made >= 0 || _bare.Contains(entered)));
        var tooMany = _levels.Count - Math.Max(2, _options.OpenDirectoriesMax);
        if (tooMany > 0) _levels[tooMany].Close();
        return 0;
    }

    // False when the level above is lost; it is left as well, then.
    private bool Leave()
    {
        var level = Top;
        Finish(level);
        _levels.RemoveAt(_levels.Count - 1);
        var above = Top;
        if (above.Descriptor < 0) above.Descriptor = Reopen(level, above);
        level.Close();
        return above.Descriptor >= 0;
    }

    private int Reopen(TargetLevel from, TargetLevel above)
    {
        var flags = OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.CloseOnExec;
        var descriptor = from.Descriptor < 0 ? -1 : SystemCall.OpenAt(from.Descriptor, ".."u8, flags);
        if (descriptor >= 0 && IsSame(descriptor, above.Device, above.Inode)) return descriptor;
        if (descriptor >= 0) SystemCall.Close(descriptor);
        var known = OpenCreated(above.Path, above.Device, above.Inode); // the directory left was moved away
        if (known < 0) return known;
        descriptor = SystemCall.OpenAt(known, "."u8, flags);
        SystemCall.Close(known);
        return descriptor;
    }

    private void Finish(TargetLevel level)
    {
        if (level.Descriptor < 0) return;
        var keeps = !level.IsNew && _options.Replace == ReplaceRule.Never && !_options.AcceptEqual;
        if (level.Entry is { } entry)
        {
            if (!keeps)
            {
                _metadata.Set(entry, level.Descriptor, byProc: false);
                _metadata.NoteLast(entry, level.Descriptor);
            }
            _bare.Remove(level.Path);
            _unfinished.Remove(level.Path);
        }
        else if (level.IsNew && !_options.DirectoriesLast) SystemCall.ChangeMode(level.Descriptor, ModeOfUnknown);
        if (_options.Sync && SystemCall.Sync(level.Descriptor) is < 0 and var failed)
            _onException(RestoreSentence.For(level.Path, FileExceptionKind.NotWritten, "fsync", -failed, null));
    }

    private bool Lost(FilePath path)
    {
        _onException(RestoreSentence.For(path, FileExceptionKind.NotWritten, "openat", Errno.Stale, null));
        return false;
    }

    private static TargetLevel LevelOf(FilePath path, int descriptor, bool isNew)
    {
        SystemCall.Status(descriptor, out var status);
        return new TargetLevel(path, descriptor, isNew, status.Device, status.Inode)
        {
            HasDefaultAcl = !isNew && MetadataWriter.HasDefaultAcl(descriptor),
        };
    }

    private static bool IsUnfinished(int descriptor) =>
        SystemCall.Status(descriptor, out var status) >= 0 && (status.Mode & ~SetGroupId) == ModeWhileWriting;

    private static int OpenBeneath(int directory, ReadOnlySpan<byte> name) => SystemCall.OpenAt2(directory, name,
        OpenFlags.ReadOnly | OpenFlags.Directory | OpenFlags.NoFollow | OpenFlags.CloseOnExec, 0,
        OpenFlags.ResolveBeneath);

    private static bool IsSame(int descriptor, ulong device, ulong inode) =>
        SystemCall.Status(descriptor, out var status) >= 0 && status.Device == device && status.Inode == inode;

    private static int Closed(int descriptor)
    {
        SystemCall.Close(descriptor);
        return -Errno.Stale;
    }
}

using Backup.Media.Posix;
using Backup.Messages.Operations;

namespace Backup.Media.Files;

/// <summary>Says what a restore would find at its target, and changes nothing.</summary>
public sealed class TargetProbe : IDisposable
{
    private readonly Descriptor? _target;
    private readonly ReplaceRule _rule;
    private readonly RestoredCopy? _copy;

    /// <summary>Looks at a target directory; one that does not exist is empty.</summary>
    /// <param name="targetDirectory">As the process sees it.</param>
    /// <param name="rule">What would happen to items that exist.</param>
    /// <param name="isResumed">True in a further attempt: what is there may be what an earlier one brought.</param>
    /// <exception cref="PosixException">It is there and cannot be opened.</exception>
    public TargetProbe(string targetDirectory, ReplaceRule rule, bool isResumed = false)
    {
        _rule = rule;
        _copy = rule == ReplaceRule.Always && isResumed ? new RestoredCopy() : null;
        _target = Directory.Exists(targetDirectory) ? Descriptor.OpenDirectory(targetDirectory) : null;
    }

    /// <summary>What would happen to an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>Whether something is there, and whether it would be replaced; directories are used as they
    /// are.</returns>
    public (bool Exists, bool Replaced) Look(FileEntry entry)
    {
        if (_target is null || entry.Path.IsRoot) return (false, false);
        var result = SystemCall.StatusAt(_target.DangerousGetHandle().ToInt32(), entry.Path.Bytes, out var status);
        if (result < 0) return (false, false);
        if (entry.Kind == FileKind.Directory) return (true, false);
        return (true, TreeWriter.IsReplaced(_rule, entry, status));
    }

    /// <summary>
    /// True for a file whose content a restore does not need, since what is there stays: by the rule; of
    /// <see cref="ReplaceRule.Changed"/> what is there already, by type, size and mtime; of
    /// <see cref="ReplaceRule.Always"/>, in a further attempt, what has every attribute and, by its digest, the content
    /// of the entry. As whoever writes, it follows no link on the way.
    /// </summary>
    /// <param name="entry">The entry.</param>
    public bool Keeps(FileEntry entry)
    {
        if (_target is null || entry.Kind != FileKind.Regular || !TargetLevel.IsSafe(entry.Path)) return false;
        if (_rule == ReplaceRule.Always && _copy is null) return false;
        var found = SystemCall.OpenAt2(
            _target.DangerousGetHandle().ToInt32(), entry.Path.Bytes,
            OpenFlags.PathOnly | OpenFlags.NoFollow | OpenFlags.CloseOnExec, 0, OpenFlags.ResolveBeneath);
        if (found < 0) return false;
        var keeps = SystemCall.Status(found, out var status) >= 0 && Keeps(entry, found, status);
        SystemCall.Close(found);
        return keeps;
    }

    private bool Keeps(FileEntry entry, int found, in FileStatus status) => _rule switch
    {
        ReplaceRule.Changed => status.Type == NodeType.Regular && !TreeWriter.IsReplaced(_rule, entry, status),
        ReplaceRule.Always => _copy!.Is(entry, found, status),
        _ => status.Type != NodeType.Directory && !TreeWriter.IsReplaced(_rule, entry, status),
    };

    /// <inheritdoc/>
    public void Dispose() => _target?.Dispose();
}

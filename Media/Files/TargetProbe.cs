using Backup.Media.Posix;
using Backup.Messages.Operations;

namespace Backup.Media.Files;

/// <summary>Says what a restore would find at its target, and changes nothing.</summary>
public sealed class TargetProbe : IDisposable
{
    private readonly Descriptor? _target;
    private readonly ReplaceRule _rule;

    /// <summary>Looks at a target directory; one that does not exist is empty.</summary>
    /// <param name="targetDirectory">As the process sees it.</param>
    /// <param name="rule">What would happen to items that exist.</param>
    /// <exception cref="PosixException">It is there and cannot be opened.</exception>
    public TargetProbe(string targetDirectory, ReplaceRule rule)
    {
        _rule = rule;
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
    /// True for a file that is there already, by type, size and mtime: <see cref="ReplaceRule.Changed"/> leaves it as
    /// it is, and its content is not needed. As whoever writes, it follows no link on the way.
    /// </summary>
    /// <param name="entry">The entry.</param>
    public bool HasContentOf(FileEntry entry)
    {
        if (_target is null || entry.Kind != FileKind.Regular || !TargetLevel.IsSafe(entry.Path)) return false;
        var found = SystemCall.OpenAt2(
            _target.DangerousGetHandle().ToInt32(), entry.Path.Bytes,
            OpenFlags.PathOnly | OpenFlags.NoFollow | OpenFlags.CloseOnExec, 0, OpenFlags.ResolveBeneath);
        if (found < 0) return false;
        var isSame = SystemCall.Status(found, out var status) >= 0 && status.Type == NodeType.Regular
            && !TreeWriter.IsReplaced(ReplaceRule.Changed, entry, status);
        SystemCall.Close(found);
        return isSame;
    }

    /// <inheritdoc/>
    public void Dispose() => _target?.Dispose();
}

using Backup.Host.CommandLine;
using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Host.Extract;

/// <summary>
/// Which items of an archive are wanted: those that match an include pattern or lie below one that does, and no exclude
/// pattern.
/// </summary>
internal sealed class Selection
{
    private readonly RuleMatcher _include;
    private readonly RuleMatcher _exclude;

    /// <exception cref="CommandFailure">A pattern is not one.</exception>
    public Selection(
        IReadOnlyList<string> include, IReadOnlyList<string> exclude, PatternKind kind = PatternKind.Wild) =>
        (_include, _exclude) = (Compile(include, kind), Compile(exclude, kind));

    public bool Wants(FileEntry entry) =>
        !Touches(_exclude, entry) && (_include.IsEmpty || Touches(_include, entry));

    private static bool Touches(RuleMatcher matcher, FileEntry entry)
    {
        if (matcher.IsEmpty) return false;
        var target = entry.Kind switch
        {
            FileKind.Directory => RuleTarget.Directory,
            FileKind.Symlink => RuleTarget.Symlink,
            FileKind.Regular or FileKind.HardLink => RuleTarget.File,
            _ => RuleTarget.Special,
        };
        if (!matcher.Match(entry.Path, target).Included) return true;
        for (var above = entry.Path.Parent; !above.IsRoot; above = above.Parent)
            if (!matcher.Match(above, RuleTarget.Directory).Included) return true;
        return false;
    }

    // As exclude rules, of which a match is told from none.
    private static RuleMatcher Compile(IReadOnlyList<string> patterns, PatternKind kind)
    {
        try
        {
            return new RuleMatcher([.. patterns.Select(pattern => new FileRule(Include: false, pattern, kind))]);
        }
        catch (FormatException bad)
        {
            throw CommandFailure.Usage(bad.Message);
        }
    }
}

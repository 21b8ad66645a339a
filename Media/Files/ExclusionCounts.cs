using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>Counts what was left out, a line a reason.</summary>
internal sealed class ExclusionCounts
{
    private readonly List<Exclusion> _lines = [];

    internal void Count(SaveOperation operation, ExclusionReason reason, int rule, FilePath path)
    {
        var at = _lines.FindIndex(line =>
            ReferenceEquals(line.Operation, operation) && line.Reason == reason && line.Rule == rule);
        if (at < 0) _lines.Add(new Exclusion(operation, reason, rule, path, 1));
        else _lines[at] = _lines[at] with { Items = _lines[at].Items + 1 };
    }

    internal IReadOnlyList<Exclusion> ToList() => [.. _lines];
}

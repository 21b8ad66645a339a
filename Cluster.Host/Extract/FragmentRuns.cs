using Backup.Media.Archive;
using Backup.Media.Fragments;

namespace Backup.Host.Extract;

/// <summary>
/// Reads the members of an image's fragments in order. Of several fragments that follow each other the archive is read
/// through; where one is missing or damaged, reading begins again at the next member boundary that a header names, and
/// what was cut is named.
/// </summary>
/// <param name="keepGoing">Go on behind damage.</param>
/// <param name="report">Told of each place of damage, and of each member that is cut.</param>
internal sealed class FragmentRuns(bool keepGoing, Action<string> report)
{
    /// <summary>Why reading ended early; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Gives each member to <paramref name="take"/>, which may read its content.</summary>
    public void Read(
        ImageParts image, Action<ArchiveStep.Member, ArchiveReader> take, CancellationToken cancellation)
    {
        for (var next = 0; next < image.Fragments.Count && Failure is null;)
            next = Read(image.Fragments, next, take, cancellation);
    }

    /// <returns>The fragment to go on with.</returns>
    private int Read(
        IReadOnlyList<DataFragment> all, int first, Action<ArchiveStep.Member, ArchiveReader> take,
        CancellationToken cancellation)
    {
        if (all[first].Start.Kind == FragmentKind.Middle)
        {
            Cut(all[first], "holds only a middle piece of");
            return first + 1;
        }
        if (all[first].Start.Kind == FragmentKind.Tail) Cut(all[first], "begins with the end of");
        var end = first + 1;
        while (end < all.Count && all[end].Start.Fragment == all[end - 1].Start.Fragment + 1) end++;
        using var source = new RunSource([.. all.Skip(first).Take(end - first)]);
        var archive = new ArchiveReader(source);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            switch (archive.Next())
            {
                case ArchiveStep.Member member:
                    take(member, archive);
                    break;
                case ArchiveStep.Defect defect when source.IsAtEnd && defect.Offset == source.Given:
                    return end;
                case ArchiveStep.Defect defect:
                    return OnDamage(defect.Detail, source, first);
                // Only the image's last fragment has the archive's own end; others end between members.
                default:
                    return end;
            }
        }
    }

    private int OnDamage(string detail, RunSource source, int first)
    {
        report(detail);
        if (!keepGoing) Failure = $"{detail} `--keep-going` goes on with the next fragment.";
        return first + source.Opened;
    }

    private void Cut(DataFragment fragment, string how)
    {
        var member = fragment.Start.Member is { } path ? $"/{path}" : "a file";
        report(
            $"Fragment {fragment.Start.Fragment} {how} {member}, whose beginning was not given; "
                + "that file is left out.");
    }
}

using System.Text;
using Backup.Host.CommandLine;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>
/// Writes what fragments hold below a directory. Of several fragments that follow each other the archive is read
/// through; where one is missing or damaged, reading begins again at the next member boundary that a header names, and
/// what was cut is named.
/// </summary>
/// <param name="selection">Which items.</param>
/// <param name="replace">What happens to an item that exists.</param>
/// <param name="keepGoing">Go on behind damage.</param>
/// <param name="onException">Told of each item that is not written, and of damage.</param>
internal sealed class Extraction(Selection selection, ReplaceRule replace, bool keepGoing, Action<string> onException)
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private long _bytes;
    private long _skipped;
    private long _exceptions;
    private string? _failure;

    /// <summary>Extracts an image, as far as it was given.</summary>
    /// <exception cref="CommandFailure">The target cannot be written.</exception>
    public ExtractReport Run(ImageParts image, string target, CancellationToken cancellation)
    {
        foreach (var remark in image.Remarks) Report(remark);
        long items;
        try
        {
            using var writer = new TreeWriter(target, new RestoreOptions { Replace = replace }, OnException);
            for (var next = 0; next < image.Fragments.Count && _failure is null;)
                next = Run(image.Fragments, next, writer, cancellation);
            writer.Complete();
            items = writer.Written;
        }
        catch (Exception failure) when (failure is PosixException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failed,
                new Refused(RefusalCode.Unavailable, $"{target} cannot be written: {failure.Message}"));
        }
        return new ExtractReport(
            image.Image.Image.ToString(), image.Image.Client.Value, target, items, _bytes, _skipped,
            _exceptions, _failure);
    }

    /// <returns>The fragment to go on with.</returns>
    private int Run(IReadOnlyList<DataFragment> all, int first, TreeWriter writer, CancellationToken cancellation)
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
                    Take(member, archive, writer);
                    break;
                // Only the image's last fragment has the archive's own end.
                case ArchiveStep.Defect defect when source.IsAtEnd && defect.Offset == source.Given:
                case ArchiveStep.End:
                    return end;
                case ArchiveStep.Defect defect:
                    return OnDamage(defect, source, first);
            }
        }
    }

    private int OnDamage(ArchiveStep.Defect defect, RunSource source, int first)
    {
        Report(defect.Detail);
        if (!keepGoing) _failure = $"{defect.Detail} `--keep-going` goes on with the next fragment.";
        return first + source.Opened;
    }

    private void Cut(DataFragment fragment, string how) =>
        Report(
            $"Fragment {fragment.Start.Fragment} {how} "
                + $"{(fragment.Start.Member is { } member ? $"/{member}" : "a file")}, whose beginning was not "
                + "given; that file is not restored.");

    private void Take(ArchiveStep.Member member, ArchiveReader archive, TreeWriter writer)
    {
        var entry = member.Entry;
        if (!selection.Wants(entry))
        {
            _skipped++;
            return;
        }
        foreach (var warning in member.Warnings) Report($"/{entry.Path}: {warning}");
        if (entry.Kind != FileKind.Regular)
        {
            writer.Write(entry);
            return;
        }
        using var sink = writer.BeginFile(MayBeLinked(entry));
        if (sink is null) return;
        var extractor = new MemberExtractor(entry, sink.Write);
        while (archive.ContentLeft > 0)
        {
            var count = archive.ReadContent(_buffer);
            if (count == 0 || extractor.Push(_buffer.AsSpan(0, count)) is not null) break;
        }
        if (sink.Commit(verified: extractor.Finish() is null)) _bytes += entry.Size;
    }

    /// <summary>Further names of a file come later; an archive does not say whether and how many.</summary>
    private static FileEntry MayBeLinked(FileEntry entry) => new()
    {
        Path = entry.Path,
        Kind = entry.Kind,
        Mode = entry.Mode,
        UserId = entry.UserId,
        GroupId = entry.GroupId,
        Size = entry.Size,
        Modified = entry.Modified,
        Attributes = entry.Attributes,
        Sparse = entry.Sparse,
        Position = entry.Position,
        LinkCount = uint.MaxValue,
    };

    private void OnException(FileException exception) =>
        Report($"/{PathText.Escape(exception.Path)}: {exception.Detail}");

    private void Report(string sentence)
    {
        _exceptions++;
        onException(sentence);
    }
}

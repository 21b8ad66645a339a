using System.Text;
using Backup.Host.CommandLine;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>Writes what fragments hold below a directory.</summary>
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

    /// <summary>Extracts an image, as far as it was given.</summary>
    /// <exception cref="CommandFailure">The target cannot be written.</exception>
    public ExtractReport Run(ImageParts image, string target, CancellationToken cancellation) =>
        Run([image], (_, _) => true, target, cancellation);

    /// <summary>
    /// Extracts what is there of a chain in its last image. Directories come last, since each gets files of several
    /// images.
    /// </summary>
    /// <param name="chain">The images, oldest first.</param>
    /// <param name="isLive">Whether an item of the image at a place of the chain is there in the last.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandFailure">The target cannot be written.</exception>
    public ExtractReport Run(
        IReadOnlyList<ImageParts> chain, Func<int, FilePath, bool> isLive, string target,
        CancellationToken cancellation)
    {
        foreach (var remark in chain.SelectMany(image => image.Remarks)) Report(remark);
        var isChain = chain.Count > 1;
        var runs = new FragmentRuns(keepGoing, Report);
        long items;
        try
        {
            using var writer = new TreeWriter(
                target, new RestoreOptions { Replace = replace, DirectoriesLast = isChain }, OnException);
            var directories = new List<FileEntry>();
            foreach (var (place, image) in chain.Index())
                runs.Read(image, (member, archive) =>
                {
                    if (!isLive(place, member.Entry.Path)) return;
                    if (isChain && member.Entry.Kind == FileKind.Directory && selection.Wants(member.Entry))
                        directories.Add(member.Entry);
                    else Take(member, archive, writer);
                }, cancellation);
            foreach (var directory in directories.OrderBy(directory => directory.Path)) writer.Directory(directory);
            writer.Complete();
            items = writer.Written;
        }
        catch (Exception failure) when (failure is PosixException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Failed,
                new Refused(RefusalCode.Unavailable, $"{target} cannot be written: {failure.Message}"));
        }
        return new ExtractReport(
            chain[^1].Image.Image.ToString(), chain[^1].Image.Client.Value, target, items, _bytes, _skipped,
            _exceptions, runs.Failure);
    }

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

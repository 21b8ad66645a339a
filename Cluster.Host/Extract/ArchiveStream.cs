using Backup.Host.CommandLine;
using Backup.Media.Archive;
using Backup.Media.Posix;
using Backup.Messages.Operations;

namespace Backup.Host.Extract;

/// <summary>
/// Gives an image's archive to whoever reads it: as one tar, uncompressed, to a FIFO, a device, a new file or standard
/// output. It goes one way: what is given out cannot be taken back, so there is no going on behind damage.
/// </summary>
internal static class ArchiveStream
{
    /// <summary>The word for standard output.</summary>
    public const string StandardOutput = "-";

    private const int EndBytes = 1024; // two blocks of zeros end a tar

    /// <summary>
    /// Opens where the archive goes. A FIFO waits until somebody reads it; a regular file must not be there.
    /// </summary>
    /// <param name="target">A path, or <see cref="StandardOutput"/>.</param>
    /// <exception cref="CommandFailure">It cannot be written, or would overwrite something.</exception>
    public static Stream Open(string target)
    {
        if (target == StandardOutput) return Console.OpenStandardOutput();
        var path = Path.GetFullPath(target);
        try
        {
            var isThere = Path.Exists(path);
            // A link is followed, as /dev/stdout and /dev/fd/3 are links.
            if (isThere && PathStatus.Read(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path).Type
                is NodeType.Regular or NodeType.Directory or NodeType.BlockDevice)
                throw new CommandFailure(new Refused(RefusalCode.Conflict,
                    $"{path} is there already. --stream takes a FIFO, a character device, a name that is free, or -."));
            return new FileStream(
                path, isThere ? FileMode.Open : FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite,
                bufferSize: 0);
        }
        catch (Exception failure) when (failure is PosixException or IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, failure);
        }
    }

    /// <summary>
    /// Refuses what would make a tar with a hole: nothing is given out, and no FIFO opened, for half an image.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <exception cref="CommandFailure">A fragment is missing, or could not be used.</exception>
    public static void Check(ImageParts image)
    {
        var missing = Enumerable.Range(0, image.Fragments.Count == 0 ? 1 : image.Fragments[^1].Start.Fragment)
            .FirstOrDefault(number => image.Fragments.All(each => each.Start.Fragment != number), -1);
        if (missing >= 0)
            throw new CommandFailure(new Refused(RefusalCode.NotFound,
                $"Fragment {missing} of the image was not given, and a stream has no holes. Give all data files of the "
                    + "image, or restore what there is with --to DIR."));
    }

    /// <summary>Gives out the archive, from its first byte to its end.</summary>
    /// <param name="image">An image that <see cref="Check"/> let pass.</param>
    /// <param name="output">Takes it; not disposed.</param>
    /// <param name="target">Its name, for the report.</param>
    /// <param name="report">Told of damage, and that the image has no end.</param>
    /// <param name="cancellation">Ends it between two reads.</param>
    /// <returns>With <see cref="ExtractReport.Failure"/> where the stream broke off: a tar without its end.</returns>
    /// <exception cref="CommandFailure">The output took no more.</exception>
    public static ExtractReport Write(
        ImageParts image, Stream output, string target, Action<string> report, CancellationToken cancellation)
    {
        using var source = new RunSource(image.Fragments);
        var tee = new Tee(source, output, target, cancellation);
        var archive = new ArchiveReader(tee);
        var (items, bytes, exceptions) = (0L, 0L, 0L);
        string? failure = null;
        ArchiveStep step;
        while ((step = archive.Next()) is ArchiveStep.Member { Entry: var entry })
            (items, bytes) = (items + 1, bytes + entry.Size);
        switch (step)
        {
            case ArchiveStep.Boundary:
                tee.Give(new byte[EndBytes]);
                exceptions++;
                report("The image is not sealed (its job is at work, or ended early): the stream has what is there.");
                break;
            case ArchiveStep.Defect defect when source.IsAtEnd && defect.Offset == source.Given:
                failure = "The image is not sealed, and its last fragment ends inside a file. The stream has no end.";
                break;
            case ArchiveStep.Defect defect:
                failure = $"{source.Defect ?? defect.Detail} The stream ends there, without the end of an archive.";
                break;
        }
        if (failure is not null) exceptions++;
        return new ExtractReport(
            image.Image.Image.ToString(), image.Image.Client.Value, target, items, bytes, 0, exceptions, failure);
    }

    private static CommandFailure Unwritable(string target, Exception failure) => new(ExitCode.Failed,
        new Refused(RefusalCode.Unavailable, $"{target} cannot be written: {failure.Message}"));

    /// <summary>Gives on each byte that is read.</summary>
    private sealed class Tee(RunSource source, Stream output, string target, CancellationToken cancellation)
        : IByteSource
    {
        public string? Defect => source.Defect;

        public int Read(Span<byte> into)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = source.Read(into);
            Give(into[..count]);
            return count;
        }

        public void Give(ReadOnlySpan<byte> bytes)
        {
            try
            {
                output.Write(bytes);
            }
            catch (IOException failure)
            {
                throw Unwritable(target, failure);
            }
        }
    }
}

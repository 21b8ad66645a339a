using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Whether a restore may delete what its image does not have, and what stays.</summary>
internal sealed class RestoreDeletion(GatewaySetup setup)
{
    private const int KeptMax = 10_000;
    private const long KeptBytesMax = 64 * 1024;
    private const int PageOfExceptions = 1000;

    /// <summary>What a job has to know.</summary>
    /// <param name="restore">The request.</param>
    /// <param name="image">The image.</param>
    /// <param name="paths">What of it.</param>
    /// <param name="deletes">Null: nothing is deleted.</param>
    /// <returns>Why it may not be; else null.</returns>
    public Refused? Read(
        RestoreFiles restore, ImageRecord image, IReadOnlyList<byte[]> paths, out DeleteExtras? deletes)
    {
        deletes = null;
        if (restore.Delete == DeleteRule.None) return null;
        if (WhyNot(restore, paths) is { } sentence) return new Refused(RefusalCode.BadRequest, sentence);
        if (new ImageReading(setup).MadeBy(image) is not var (job, made))
            return new Refused(
                RefusalCode.Conflict,
                $"The catalog does not know with which rules image {image.Opened.Image} was made, and so not what it "
                    + "left out on purpose. Restore an image of a later backup, or without --delete.");
        if (made.SelectBy != SelectBy.Manifest && (image.Opened.Base is not null || image.Opened.Job != job))
            return new Refused(
                RefusalCode.Conflict,
                $"Image {image.Opened.Image} was selected by time stamps alone: what was moved in with old times was "
                    + "there, and is not in it. Restore a full image, or without --delete.");
        if (Unread(job) is not { } keep)
            return new Refused(
                RefusalCode.Conflict,
                $"When image {image.Opened.Image} was made, more could not be read (`backup exceptions {job}`) than a "
                    + "restore can spare from deletion. Restore without --delete.");
        deletes = new DeleteExtras(made.FileSet, keep, restore.Delete == DeleteRule.All);
        return null;
    }

    private static string? WhyNot(RestoreFiles restore, IReadOnlyList<byte[]> paths)
    {
        if (restore.Replace is not (ReplaceRule.Always or ReplaceRule.Changed))
            return "Expected --replace changed or --replace always with --delete, found "
                + $"{restore.Replace.ToString().ToLowerInvariant()}: what it keeps differs from the image, and nothing "
                + "is deleted unless all is restored.";
        if (restore.Rename is { Count: > 0 } || restore.Suffix is { Length: > 0 })
            return "Expected --delete without --rename and --suffix: renamed, a directory holds other names than the "
                + "image's.";
        if (restore.Strip > 0 && (paths.Count != 1 || ComponentsOf(paths[0]) < restore.Strip))
            return $"Expected one path of {restore.Strip} components or more for --delete with --strip "
                + $"{restore.Strip}.";
        if (restore.Delete != DeleteRule.All && Path.GetFullPath(restore.Target) == "/"
            && string.IsNullOrEmpty(restore.Prefix)
            && (paths.Count == 0 || (restore.Strip > 0 && ComponentsOf(paths[0]) == restore.Strip)))
            return "Expected --delete=all, or the directories that are meant, found an image to be restored to / "
                + "itself with --delete. See with --dry-run what would go.";
        return null;
    }

    private static int ComponentsOf(byte[] path) => path.AsSpan().Count((byte)'/') + 1;

    /// <summary>What was there when an image was made, and is not in it; null: too much.</summary>
    private List<byte[]>? Unread(Messages.JobId job)
    {
        var paths = new List<byte[]>();
        var bytes = 0L;
        RecordedException? last = null;
        while (true)
        {
            if (!setup.Store.Jobs.Exceptions(job, last, PageOfExceptions).Is(out var page, out _)) return null;
            foreach (var each in page.Select(recorded => recorded.Exception).Where(IsLeftOut))
            {
                paths.Add(each.Path);
                bytes += each.Path.Length;
            }
            if (paths.Count > KeptMax || bytes > KeptBytesMax) return null;
            if (page.Count < PageOfExceptions) return paths;
            last = page[^1];
        }
    }

    private static bool IsLeftOut(FileException exception) => exception.Kind is FileExceptionKind.Unreadable
        or FileExceptionKind.DirectoryUnreadable or FileExceptionKind.Replaced or FileExceptionKind.RootMissing;
}

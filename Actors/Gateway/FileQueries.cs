using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Browses the manifests of images. A listing skips what lies below a directory; a search reads every block.
/// </summary>
internal sealed class FileQueries(CatalogStore store)
{
    private const int BlocksAtOnce = 16;

    public IReply List(ListFiles request)
    {
        if (new CatalogQueries(store, []).Find(
            request.Image, request.Client, request.FileSet, request.AsOf, out var image) is { } refused) return refused;
        var id = image!.Opened.Image;
        if (request is { Sizes: true, Recursive: true })
            return new Refused(
                RefusalCode.BadRequest, "Sizes are those of a directory's own items: not with all that lies below.");
        if (Parse(request.Path, out var directory) is { } badPath) return badPath;
        FilePath? after = null;
        if (request.After is { } text)
        {
            if (Parse(text, out var parsed) is { } badAfter) return badAfter;
            after = parsed;
        }
        var limit = Math.Clamp(request.Limit, 1, 10_000);
        var listing = new FileListing(store, id, directory, request.Recursive, request.Sizes);
        var (files, failure) = listing.Read(after, limit + 1);
        if (failure is not null) return CatalogQueries.Unavailable(failure);
        if (files.Count == 0 && after is null && !directory.IsRoot)
            return new Refused(RefusalCode.NotFound, $"Image {id} holds no /{directory}.");
        var shown = files.Take(limit).ToList();
        return new FileList(
            id,
            [.. shown.Select(item => request.Sizes && item.Entry.Kind == FileKind.Directory
                ? Shown(item.Entry) with { ItemsBelow = item.ItemsBelow, BytesBelow = item.BytesBelow }
                : Shown(item.Entry))],
            files.Count > limit ? "/" + shown[^1].Entry.Path : null);
    }

    public IReply Find(FindFiles request)
    {
        var images = new List<ImageRecord>();
        if (request is { Image: not null, Client: not null })
            return new Refused(
                RefusalCode.BadRequest, "Expected an image or a client, found both: an image is of one client.");
        if (request.Image is { } word)
        {
            if (new CatalogQueries(store, []).Find(word, out var one) is { } refused) return refused;
            images.Add(one!);
        }
        else if (store.Images.List(new ImageFilter(request.Client, State: ImageState.Sealed), 10_000)
            .Is(out var all, out var failure))
            images.AddRange(all);
        else return CatalogQueries.Unavailable(failure);
        if (request.Pattern.Length == 0)
            return new Refused(RefusalCode.BadRequest, "Expected a name or a pattern to find, found nothing.");
        var limit = Math.Clamp(request.Limit, 1, 10_000);
        var pattern = request.Pattern.Contains('/', StringComparison.Ordinal)
            || request.Pattern.AsSpan().ContainsAny('*', '?', '[')
            ? request.Pattern
            : $"*{request.Pattern}*";
        RuleMatcher matcher;
        try
        {
            matcher = new RuleMatcher([new FileRule(Include: false, pattern)]);
        }
        catch (ArgumentException bad)
        {
            return new Refused(RefusalCode.BadRequest, bad.Message);
        }
        var found = new List<FoundFile>();
        foreach (var image in images)
            foreach (var (entry, failure) in Entries(image.Opened.Image))
            {
                if (failure is not null) return CatalogQueries.Unavailable(failure);
                if (matcher.Match(entry!.Path, RuleTarget.Any).Included) continue;
                if (found.Count == limit) return new FoundFiles(found, More: true);
                found.Add(new FoundFile(image.Opened.Image, Shown(entry)));
            }
        return new FoundFiles(found, More: false);
    }

    /// <summary>An entry as lists show it.</summary>
    public static ListedFile Shown(FileEntry entry) => new(
        "/" + entry.Path,
        KindOf(entry.Kind),
        (int)entry.Mode,
        entry.UserId,
        entry.GroupId,
        entry.Size,
        Moment(entry.Modified),
        entry.LinkTarget is null
            ? null : (entry.Kind == FileKind.Symlink ? "" : "/") + PathText.Escape(entry.LinkTarget),
        entry.Digest.Bytes is { Length: > 0 } digest
            ? $"{entry.Digest.Algorithm.ToString().ToLowerInvariant()}:{Convert.ToHexStringLower(digest)}"
            : null,
        entry.Position.Fragment,
        entry.Flags == EntryFlags.None ? [] : [.. Enum.GetValues<EntryFlags>()
            .Where(flag => flag != EntryFlags.None && entry.Flags.HasFlag(flag)).Select(MarkOf)]);

    private IEnumerable<(FileEntry? Entry, CatalogFailure? Failure)> Entries(ImageId image)
    {
        for (var after = -1L; ;)
        {
            if (!store.Manifests.Read(image, after, BlocksAtOnce).Is(out var blocks, out var failure))
            {
                yield return (null, failure);
                yield break;
            }
            if (blocks.Count == 0) yield break;
            foreach (var block in blocks)
                foreach (var entry in Decode(block)) yield return (entry, null);
            after = blocks[^1].Ordinal;
        }
    }

    internal static IReadOnlyList<FileEntry> Decode(ManifestBlock block) => ManifestEntries.Of(block.Data);

    internal static Refused? Parse(string text, out FilePath path)
    {
        path = FilePath.Root;
        try
        {
            path = new FilePath(PathText.Unescape(text.Trim('/')));
            return null;
        }
        catch (FormatException bad)
        {
            return new Refused(RefusalCode.BadRequest, bad.Message);
        }
    }

    private static string KindOf(FileKind kind) => kind switch
    {
        FileKind.Regular => "regular",
        FileKind.Directory => "directory",
        FileKind.Symlink => "symlink",
        FileKind.HardLink => "hardlink",
        FileKind.Fifo => "fifo",
        FileKind.CharacterDevice => "character-device",
        _ => "block-device",
    };

    private static string MarkOf(EntryFlags flag) => flag switch
    {
        EntryFlags.ChangedWhileRead => "changed-while-read",
        EntryFlags.Truncated => "truncated",
        _ => "damaged-by-change",
    };

    private static DateTimeOffset Moment(UnixTime time) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(time.Seconds, -62_135_596_800, 253_402_300_799))
            .AddTicks(time.Nanoseconds / 100);
}

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
        if (new CatalogQueries(store, []).Find(request.Image, out var image) is { } refused) return refused;
        var id = image!.Opened.Image;
        if (Parse(request.Path, out var directory) is { } badPath) return badPath;
        FilePath? after = null;
        if (request.After is { } text)
        {
            if (Parse(text, out var parsed) is { } badAfter) return badAfter;
            after = parsed;
        }
        var limit = Math.Clamp(request.Limit, 1, 10_000);
        var listing = new Listing(store, id, directory, request.Recursive);
        var (files, failure) = listing.Read(after, limit + 1);
        if (failure is not null) return CatalogQueries.Unavailable(failure);
        if (files.Count == 0 && after is null && !directory.IsRoot)
            return new Refused(RefusalCode.NotFound, $"Image {id} holds no /{directory}.");
        var shown = files.Take(limit).ToList();
        return new FileList(id, [.. shown.Select(Shown)], files.Count > limit ? "/" + shown[^1].Path : null);
    }

    public IReply Find(FindFiles request)
    {
        var images = new List<ImageRecord>();
        if (request.Image is { } word)
        {
            if (new CatalogQueries(store, []).Find(word, out var one) is { } refused) return refused;
            images.Add(one!);
        }
        else if (store.Images.List(new ImageFilter(State: ImageState.Sealed), 10_000).Is(out var all, out var failure))
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
        [.. Enum.GetValues<EntryFlags>().Where(flag => flag != EntryFlags.None && entry.Flags.HasFlag(flag))
            .Select(MarkOf)]);

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

    internal static IReadOnlyList<FileEntry> Decode(ManifestBlock block) =>
        EntryBlockReader.Read(block.Data, out var entries) == EntryBlockDefect.None
            ? entries
            : throw new InvalidDataException(
                "A block of a manifest cannot be read although its digest is right: it was written wrong.");

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

    /// <summary>The items of one directory, by a skip scan over the blocks.</summary>
    private sealed class Listing(CatalogStore store, ImageId image, FilePath directory, bool recursive)
    {
        public (IReadOnlyList<FileEntry> Files, CatalogFailure? Failure) Read(FilePath? after, int limit)
        {
            var files = new List<FileEntry>();
            var next = after ?? directory;
            var pastTree = after is not null && !recursive;
            while (files.Count < limit)
            {
                var answer = pastTree
                    ? store.Manifests.ReadPastTree(image, next.ToCatalog(), BlocksAtOnce)
                    : store.Manifests.ReadFrom(image, next.ToCatalog(), BlocksAtOnce);
                if (!answer.Is(out var blocks, out var failure)) return ([], failure);
                var before = next;
                if (Take(blocks, files, limit, ref next, ref pastTree, after) || next == before) break;
            }
            return (files, null);
        }

        /// <returns>True at the end.</returns>
        private bool Take(
            IReadOnlyList<ManifestBlock> blocks, List<FileEntry> files, int limit, ref FilePath next, ref bool pastTree,
            FilePath? after)
        {
            var shown = files.Count > 0 ? files[^1].Path : after;
            foreach (var block in blocks)
                foreach (var entry in Decode(block))
                {
                    if (shown is { } last
                        && (entry.Path.CompareTo(last) <= 0
                            || (!recursive && entry.Path.IsWithin(last) && last != directory))) continue;
                    if (entry.Path.CompareTo(directory) < 0) continue;
                    if (!entry.Path.IsWithin(directory)) return true;
                    if (entry.Path == directory && entry.Kind == FileKind.Directory && !recursive) continue;
                    files.Add(entry);
                    shown = entry.Path;
                    if (files.Count == limit) return true;
                }
            if (blocks.Count < BlocksAtOnce) return true;
            next = shown is { } end && end != directory && !recursive
                ? end : FilePath.FromCatalog(blocks[^1].FirstPath);
            pastTree = shown is { } past && past != directory && !recursive;
            return false;
        }
    }
}

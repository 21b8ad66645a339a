using Backup.Media.Files;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>The states of one item over the images that hold it.</summary>
internal sealed class VersionQueries(CatalogStore store)
{
    public IReply List(ListVersions request)
    {
        if (FileQueries.Parse(request.Path, out var path) is { } bad) return bad;
        var filter = new ImageFilter(request.Client, FileSet: request.FileSet, State: ImageState.Sealed);
        if (!store.Images.List(filter, 10_000).Is(out var images, out var failure))
            return CatalogQueries.Unavailable(failure);
        var (versions, limit) = (new List<FileVersion>(), Math.Clamp(request.Limit, 1, 10_000));
        foreach (var chain in images.GroupBy(image => (image.Opened.Client, image.Opened.FileSet))
            .OrderBy(chain => chain.Key.Client.Value, StringComparer.Ordinal)
            .ThenBy(chain => chain.Key.FileSet.Value, StringComparer.Ordinal))
        {
            if (!VersionsOf(chain, path).Is(out var found, out failure)) return CatalogQueries.Unavailable(failure);
            // A chain that never had the item has nothing to say
            if (found.Any(version => version.File is not null)) versions.AddRange(found);
        }
        return versions.Count == 0
            ? new Refused(RefusalCode.NotFound, $"No sealed image holds /{path}.")
            : new VersionList([.. versions.Take(limit)], versions.Count > limit);
    }

    private CatalogAnswer<IReadOnlyList<FileVersion>> VersionsOf(IEnumerable<ImageRecord> images, FilePath path)
    {
        var versions = new List<FileVersion>();
        FileEntry? newer = null;
        foreach (var image in images.OrderByDescending(image => image.Opened.Since))
        {
            var opened = image.Opened;
            if (!store.Manifests.ReadFrom(opened.Image, path.ToCatalog(), 1).Is(out var blocks, out var failure))
                return failure;
            var entry = blocks.SelectMany(FileQueries.Decode).FirstOrDefault(each => each.Path == path);
            if (versions.Count > 0 && ItemState.AreAlike(entry, newer))
                versions[^1] = versions[^1] with { First = opened.Image, From = opened.Since };
            else
                versions.Add(new FileVersion(
                    opened.Client, opened.FileSet, entry is null ? null : FileQueries.Shown(entry), opened.Image,
                    opened.Since, opened.Image, opened.Since));
            newer = entry;
        }
        return CatalogAnswer<IReadOnlyList<FileVersion>>.Of(versions);
    }
}

/// <summary>Compares what two images say of one item.</summary>
internal static class ItemState
{
    /// <summary>True when both have the item alike, or neither has it.</summary>
    public static bool AreAlike(FileEntry? left, FileEntry? right) =>
        left is null || right is null ? left is null && right is null
            : HaveSameContent(left, right) && HaveSameMetadata(left, right);

    /// <summary>A further name has the digest of the first, so which name is the first does not matter.</summary>
    public static bool HaveSameContent(FileEntry left, FileEntry right)
    {
        var (one, other) = (KindOf(left), KindOf(right));
        return one == other && left.Digest == right.Digest && left.Flags == right.Flags
            && (one != FileKind.Symlink || left.LinkTarget.AsSpan().SequenceEqual(right.LinkTarget))
            && left.DeviceMajor == right.DeviceMajor && left.DeviceMinor == right.DeviceMinor;
    }

    public static bool HaveSameMetadata(FileEntry left, FileEntry right) =>
        left.Mode == right.Mode && left.UserId == right.UserId && left.GroupId == right.GroupId
        && left.Modified == right.Modified
        && left.Attributes.Count == right.Attributes.Count
        && left.Attributes.Zip(right.Attributes).All(pair =>
            pair.First.Name.AsSpan().SequenceEqual(pair.Second.Name)
            && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));

    private static FileKind KindOf(FileEntry entry) =>
        entry.Kind == FileKind.HardLink && entry.Digest.Bytes is { Length: > 0 } ? FileKind.Regular : entry.Kind;
}

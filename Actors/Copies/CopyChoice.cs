using System.Text.RegularExpressions;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Actors.Copies;

/// <summary>An image, as far as a choice of what is copied needs to know it.</summary>
/// <param name="Image">The image.</param>
/// <param name="Policy">Its policy.</param>
/// <param name="Client">Its client.</param>
/// <param name="FileSet">Its file set.</param>
/// <param name="SealedAt">When it was sealed.</param>
/// <param name="Bytes">Bytes of it on media, of one copy.</param>
/// <param name="Copies">Its whole copies.</param>
/// <param name="Numbers">The numbers of all its copies, whole or not.</param>
internal sealed record CopiedImage(
    ImageId Image, PolicyName Policy, ClientName Client, FileSetName FileSet, DateTimeOffset SealedAt, long Bytes,
    IReadOnlyList<PooledCopy> Copies, IReadOnlyList<int> Numbers);

/// <summary>A whole copy of an image.</summary>
/// <param name="Copy">Its number.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="Volumes">The volumes that hold it.</param>
internal sealed record PooledCopy(int Copy, PoolName Pool, IReadOnlyList<VolumeName> Volumes);

/// <summary>A volume of the pool that is to be freed.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Bytes">Bytes on it.</param>
/// <param name="WrittenAt">When it was written first; null: never.</param>
internal sealed record PooledVolume(VolumeName Volume, long Bytes, DateTimeOffset? WrittenAt);

/// <summary>Which images are chosen; null: any.</summary>
/// <param name="ToPool">Where they go: those that are there already are left out.</param>
/// <param name="Policy">Of this policy.</param>
/// <param name="Client">Of this client.</param>
/// <param name="Pool">In this pool.</param>
/// <param name="SealedBefore">Sealed no later.</param>
/// <param name="Uncopied">With one copy.</param>
/// <param name="Match">Matches policy, client, file set or a volume.</param>
/// <param name="Migrates">What is there already has only to be taken out of use where it was.</param>
internal sealed record CopyFilter(
    PoolName ToPool, PolicyName? Policy = null, ClientName? Client = null, PoolName? Pool = null,
    DateTimeOffset? SealedBefore = null, bool Uncopied = false, Regex? Match = null,
    bool Migrates = false);

/// <summary>What a migration takes.</summary>
/// <param name="By">The rule.</param>
/// <param name="HeldBytes">By occupancy: bytes of images that the pool holds.</param>
/// <param name="HighBytes">By occupancy: above this.</param>
/// <param name="LowBytes">By occupancy: down to this.</param>
internal sealed record MigrationLimits(
    MigrationRule By, long HeldBytes = 0, long HighBytes = 0, long LowBytes = 0);

/// <summary>Which images are copied or migrated: plain rules, over what the catalog knows.</summary>
internal static class CopyChoice
{
    /// <summary>The images that are chosen, oldest first.</summary>
    /// <param name="images">All sealed images.</param>
    /// <param name="filter">Which.</param>
    public static IReadOnlyList<CopiedImage> Of(IEnumerable<CopiedImage> images, CopyFilter filter) =>
    [
        .. images.Where(image => Chosen(image, filter))
            .OrderBy(image => image.SealedAt).ThenBy(image => image.Image.Value),
    ];

    /// <summary>What of the images that are chosen a migration takes, oldest first.</summary>
    /// <param name="chosen">As <see cref="Of"/> gives them, all with a copy in the pool.</param>
    /// <param name="pool">The pool that is to be freed.</param>
    /// <param name="volumes">Its volumes.</param>
    /// <param name="limits">The rule.</param>
    public static IReadOnlyList<CopiedImage> Migrated(
        IReadOnlyList<CopiedImage> chosen, PoolName pool, IReadOnlyList<PooledVolume> volumes, MigrationLimits limits)
    {
        switch (limits.By)
        {
            case MigrationRule.Occupancy:
                return DownTo(chosen, limits);
            case MigrationRule.SmallestVolume:
                return OnFirst(volumes.OrderBy(volume => volume.Bytes).ThenBy(volume => volume.Volume.Value));
            case MigrationRule.OldestVolume:
                return OnFirst(volumes.OrderBy(volume => volume.WrittenAt ?? DateTimeOffset.MaxValue)
                    .ThenBy(volume => volume.Volume.Value));
            default:
                return chosen;
        }

        // A volume on which nothing is that may go would be chosen again and again
        IReadOnlyList<CopiedImage> OnFirst(IEnumerable<PooledVolume> inOrder) => inOrder
            .Select(volume => chosen.Where(image => image.Copies.Any(
                copy => copy.Pool == pool && copy.Volumes.Contains(volume.Volume))).ToList())
            .FirstOrDefault(on => on.Count > 0) ?? [];
    }

    private static IReadOnlyList<CopiedImage> DownTo(IReadOnlyList<CopiedImage> chosen, MigrationLimits limits)
    {
        var held = limits.HeldBytes;
        if (held <= limits.HighBytes) return [];
        var taken = new List<CopiedImage>();
        foreach (var image in chosen)
        {
            if (held <= limits.LowBytes) break;
            held -= image.Bytes;
            taken.Add(image);
        }
        return taken;
    }

    private static bool Chosen(CopiedImage image, CopyFilter filter) =>
        image.Copies.Count > 0
        && (filter.Migrates || image.Copies.All(copy => copy.Pool != filter.ToPool))
        && (filter.Policy is null || image.Policy == filter.Policy)
        && (filter.Client is null || image.Client == filter.Client)
        && (filter.Pool is null || image.Copies.Any(copy => copy.Pool == filter.Pool))
        && (filter.SealedBefore is null || image.SealedAt <= filter.SealedBefore)
        && (!filter.Uncopied || image.Copies.Count == 1)
        && (filter.Match is null || Matches(image, filter.Match));

    private static bool Matches(CopiedImage image, Regex match) =>
        match.IsMatch(image.Policy.Value) || match.IsMatch(image.Client.Value) || match.IsMatch(image.FileSet.Value)
        || image.Copies.SelectMany(copy => copy.Volumes).Any(volume => match.IsMatch(volume.Value));
}

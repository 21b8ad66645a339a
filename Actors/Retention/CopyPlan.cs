using Backup.Messages;

namespace Backup.Actors.Retention;

/// <summary>
/// Decides how long what images have in pools lies there. Where a pool has rules of its own they decide, and keep the
/// image too; elsewhere it is for the rules of the image's policy. Whatever these say, what an image is kept by stays
/// in one place: some library in which it can be restored, with all that it builds on. For one plan alone.
/// </summary>
/// <param name="pools">The rules of pools that have some.</param>
internal sealed class CopyPlan(IReadOnlyDictionary<PoolName, RetentionRules> pools)
{
    private readonly Dictionary<(ImageId Image, PoolName Pool), List<string>> _wanted = [];

    /// <summary>Applies the rules: images that a pool keeps get its reasons.</summary>
    /// <param name="images">The sealed ones of one policy, client and file set, newest first.</param>
    /// <param name="reasons">By image what keeps it: so far the rules of its policy.</param>
    /// <param name="byRules">What rules keep of images.</param>
    public void Take(
        IReadOnlyList<RetainedImage> images, Dictionary<ImageId, List<string>> reasons,
        Func<RetentionRules, IReadOnlyList<RetainedImage>, Dictionary<ImageId, List<string>>> byRules)
    {
        if (pools.Count == 0) return;
        foreach (var image in images)
            foreach (var copy in image.Copies.Where(copy => !pools.ContainsKey(copy.Pool)))
                _wanted[(image.Image, copy.Pool)] = [.. reasons[image.Image]];
        foreach (var (pool, rules) in pools)
        {
            var there = images.Where(
                image => image.Copies.Any(copy => copy.Pool == pool && copy.Libraries.Count > 0)).ToList();
            if (there.Count == 0) continue;
            foreach (var (image, why) in byRules(rules, there))
            {
                _wanted[(image, pool)] = [.. why];
                reasons[image].AddRange(why.Select(each => $"pool {pool}: {each}"));
            }
        }
    }

    /// <summary>The verdicts of the copies of images that are kept.</summary>
    /// <param name="kept">What is kept, by whatever.</param>
    /// <param name="byId">All sealed images.</param>
    public IReadOnlyDictionary<ImageId, IReadOnlyList<CopyVerdict>> Verdicts(
        IReadOnlyList<RetainedImage> kept, IReadOnlyDictionary<ImageId, RetainedImage> byId)
    {
        var verdicts = new Dictionary<ImageId, IReadOnlyList<CopyVerdict>>();
        if (pools.Count == 0) return verdicts;
        var chains = kept.Where(image => image is { IsSealed: true, Copies.Count: > 0 })
            .Select(image => (Image: image, Below: Below(image, byId))).ToList();
        // What builds on others says first where these are needed
        foreach (var (image, below) in chains.OrderByDescending(chain => chain.Below.Count))
        {
            Stay(image, below);
            foreach (var copy in image.Copies.Where(copy => Wanted(image, copy.Pool).Count > 0))
                foreach (var library in copy.Libraries)
                    foreach (var other in below) StayBelow(other, copy.Pool, library, image);
        }
        foreach (var (image, _) in chains)
            verdicts[image.Image] = [.. image.Copies.Select(copy => Wanted(image, copy.Pool) is { Count: > 0 } why
                ? new CopyVerdict(copy, true, why)
                : new CopyVerdict(
                    copy, false,
                    [pools.ContainsKey(copy.Pool) ? $"no rule of pool {copy.Pool} keeps it" : "no rule keeps it"]))];
        return verdicts;
    }

    /// <summary>What rules do not decide: all that there is of it stays, or what can be restored.</summary>
    private void Stay(RetainedImage image, IReadOnlyList<RetainedImage> below)
    {
        foreach (var copy in image.Copies)
        {
            if (image.UsedBy is { } job) Because(image, copy.Pool, $"used by {job}");
            if (image.Hold is { } hold) Because(image, copy.Pool, hold);
            // To be healed, or to go with the image; it counts for nothing
            if (copy.Libraries.Count == 0) Because(image, copy.Pool, "not whole there");
        }
        var has = image.Copies.Where(copy => Wanted(image, copy.Pool).Count > 0).SelectMany(copy => copy.Libraries)
            .Any(library => below.All(other => other.Copies.Any(copy => copy.Libraries.Contains(library))));
        if (has) return;
        foreach (var copy in image.Copies)
            Because(image, copy.Pool, "the image is kept, and lies in no place that stays");
    }

    /// <summary>
    /// What a copy builds on stays in the same pool, which may be taken out as a whole; where it never was there, in
    /// the same library.
    /// </summary>
    private void StayBelow(RetainedImage below, PoolName pool, LibraryName library, RetainedImage image)
    {
        var there = below.Copies.Where(copy => copy.Libraries.Contains(library)).ToList();
        var needed = there.Find(copy => copy.Pool == pool)
            ?? there.Find(copy => Wanted(below, copy.Pool).Count > 0) ?? there.FirstOrDefault();
        if (needed is not null)
            Because(below, needed.Pool, $"base of {image.Image.ToString()[..12]}", "base of ");
    }

    private List<string> Wanted(RetainedImage image, PoolName pool)
    {
        if (_wanted.TryGetValue((image.Image, pool), out var why)) return why;
        return _wanted[(image.Image, pool)] = [];
    }

    private void Because(RetainedImage image, PoolName pool, string why, string? once = null)
    {
        var known = Wanted(image, pool);
        if (once is null || !known.Exists(each => each.StartsWith(once, StringComparison.Ordinal))) known.Add(why);
    }

    private static List<RetainedImage> Below(RetainedImage image, IReadOnlyDictionary<ImageId, RetainedImage> byId)
    {
        var below = new List<RetainedImage>();
        for (var at = image; at.Base is { } id && byId.TryGetValue(id, out var found) && below.Count < byId.Count;
            at = found) below.Add(found);
        return below;
    }
}

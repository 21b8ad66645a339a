using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Retention;

/// <summary>What one run of retention does. A pure function of the verdicts.</summary>
/// <param name="Condemn">What nothing keeps from now on.</param>
/// <param name="Reprieve">What was condemned, and is kept again.</param>
/// <param name="Purge">What is removed: condemned for the whole grace time. Those that build on others come
/// first.</param>
/// <param name="Stopped">Where too much would go at once: nothing more is condemned there.</param>
public sealed record RetentionTurn(
    IReadOnlyList<RetainedImage> Condemn,
    IReadOnlyList<RetainedImage> Reprieve,
    IReadOnlyList<RetainedImage> Purge,
    IReadOnlyList<StoppedSet> Stopped)
{
    /// <summary>What of images that stay nothing keeps in a pool from now on.</summary>
    public IReadOnlyList<CopyInPool> CondemnCopies { get; init; } = [];

    /// <summary>What was condemned in a pool, and is kept there again.</summary>
    public IReadOnlyList<CopyInPool> ReprieveCopies { get; init; } = [];

    /// <summary>What is taken out of use in a pool: condemned for the whole grace time.</summary>
    public IReadOnlyList<CopyInPool> Expire { get; init; } = [];

    /// <summary>Decides.</summary>
    /// <param name="verdicts">Of all images.</param>
    /// <param name="now">The moment.</param>
    /// <param name="terms">Grace time and guards.</param>
    /// <param name="confirmed">How many an operator agreed to condemn although it is much; null: none did.</param>
    /// <param name="policy">Only images of this policy are condemned; null: of all.</param>
    public static RetentionTurn Of(
        IReadOnlyList<RetentionVerdict> verdicts, DateTimeOffset now, RetentionTerms terms, int? confirmed = null,
        PolicyName? policy = null)
    {
        var newly = verdicts.Where(verdict => !verdict.IsKept && verdict.Image.CondemnedAt is null
            && (policy is null || verdict.Image.Policy == policy)).Select(verdict => verdict.Image).ToList();
        var copies = verdicts.SelectMany(
            verdict => verdict.Copies, (verdict, copy) => new Pooled(verdict.Image, copy)).ToList();
        var newlyThere = copies.FindAll(copy => !copy.Verdict.IsKept && copy.Since is null
            && (policy is null || copy.Image.Policy == policy));
        var inAll = newly.Count + newlyThere.Count;
        var stopped = inAll == confirmed ? []
            : Stops(verdicts, newly, terms, inAll).Concat(Stops(copies, newlyThere, terms, inAll)).ToList();
        var condemn = newly.Where(
            image => !stopped.Exists(stop => stop.Pool is null && stop.Set == image.Set)).ToList();
        var condemnThere = newlyThere.FindAll(copy => !stopped.Exists(copy.IsOf));
        var condemnedNow = condemn.Select(image => image.Image).ToHashSet();
        var due = verdicts.Where(verdict => !verdict.IsKept
                && (verdict.Image.CondemnedAt is { } since ? now - since >= terms.Grace
                    : terms.Grace == TimeSpan.Zero && condemnedNow.Contains(verdict.Image.Image)))
            .Select(verdict => verdict.Image).ToList();
        return new RetentionTurn(
            condemn,
            [.. verdicts.Where(verdict => verdict.IsKept && verdict.Image.CondemnedAt is not null)
                .Select(verdict => verdict.Image)],
            UpperFirst(Alone(due, verdicts), verdicts),
            stopped)
        {
            CondemnCopies = condemnThere.ConvertAll(copy => copy.Key),
            ReprieveCopies = copies.FindAll(copy => copy is { Verdict.IsKept: true, Since: not null })
                .ConvertAll(copy => copy.Key),
            Expire = copies.FindAll(copy => !copy.Verdict.IsKept
                    && (copy.Since is { } since ? now - since >= terms.Grace
                        : terms.Grace == TimeSpan.Zero && condemnThere.Contains(copy)))
                .ConvertAll(copy => copy.Key),
        };
    }

    /// <summary>What lies in a pool of a client and file set, of images that stay.</summary>
    private static IEnumerable<StoppedSet> Stops(
        List<Pooled> copies, List<Pooled> newly, RetentionTerms terms, int inAll)
    {
        var standing = copies.Where(copy => copy.Since is null).ToLookup(copy => (copy.Image.Set, copy.Key.Pool));
        foreach (var there in newly.GroupBy(copy => (copy.Image.Set, copy.Key.Pool)))
        {
            var (count, bytes) = (there.Count(), there.Sum(copy => copy.Image.Bytes));
            var (all, allBytes) = (standing[there.Key].Count(), standing[there.Key].Sum(copy => copy.Image.Bytes));
            if (IsMuch(terms, count, bytes, all, allBytes))
                yield return new StoppedSet(there.Key.Set, count, all, inAll, there.Key.Pool);
        }
    }

    private static bool IsMuch(RetentionTerms terms, int count, long bytes, int all, long allBytes) =>
        count > terms.FewImages
        && (100.0 * count > terms.ShareMax * (double)all || 100.0 * bytes > terms.ShareMax * (double)allBytes);

    private static IEnumerable<StoppedSet> Stops(
        IReadOnlyList<RetentionVerdict> verdicts, List<RetainedImage> newly, RetentionTerms terms, int inAll)
    {
        var standing = verdicts.Where(verdict => verdict.Image.CondemnedAt is null)
            .ToLookup(verdict => verdict.Image.Set, verdict => verdict.Image);
        foreach (var set in newly.GroupBy(image => image.Set))
        {
            var (count, bytes) = (set.Count(), set.Sum(image => image.Bytes));
            var (all, allBytes) = (standing[set.Key].Count(), standing[set.Key].Sum(image => image.Bytes));
            if (IsMuch(terms, count, bytes, all, allBytes))
                yield return new StoppedSet(set.Key, count, all, inAll);
        }
    }

    /// <summary>What an image builds on that stays for now, stays too.</summary>
    private static List<RetainedImage> Alone(List<RetainedImage> due, IReadOnlyList<RetentionVerdict> verdicts)
    {
        var byId = verdicts.ToDictionary(verdict => verdict.Image.Image, verdict => verdict.Image);
        var goes = due.Select(image => image.Image).ToHashSet();
        foreach (var image in byId.Values.Where(image => !goes.Contains(image.Image)).ToList())
            for (var below = image.Base; below is { } id && goes.Remove(id);) below = byId[id].Base;
        return due.FindAll(image => goes.Contains(image.Image));
    }

    /// <summary>An image goes before those that it builds on.</summary>
    private static List<RetainedImage> UpperFirst(
        List<RetainedImage> due, IReadOnlyList<RetentionVerdict> verdicts)
    {
        var bases = verdicts.ToDictionary(verdict => verdict.Image.Image, verdict => verdict.Image.Base);
        var depths = new Dictionary<ImageId, int>();
        int DepthOf(ImageId image)
        {
            var steps = new List<ImageId>();
            ImageId? at = image;
            while (at is { } each && !depths.ContainsKey(each) && steps.Count <= bases.Count)
            {
                steps.Add(each);
                at = bases.GetValueOrDefault(each);
            }
            var depth = at is { } known ? depths.GetValueOrDefault(known) : 0;
            for (var i = steps.Count - 1; i >= 0; i--) depths[steps[i]] = ++depth;
            return depths[image];
        }
        return [.. due.OrderByDescending(image => DepthOf(image.Image)).ThenBy(image => image.SealedAt)];
    }

    private sealed record Pooled(RetainedImage Image, CopyVerdict Verdict)
    {
        public CopyInPool Key => new(Image.Image, Verdict.Copy.Pool);

        public DateTimeOffset? Since => Verdict.Copy.CondemnedAt;

        /// <summary>What was stopped, where that is what this one is of.</summary>
        public bool IsOf(StoppedSet stop) => stop.Pool == Key.Pool && stop.Set == Image.Set;
    }
}

/// <summary>A client and file set of which more would go at once than may.</summary>
/// <param name="Set">Which.</param>
/// <param name="Images">How many would go.</param>
/// <param name="Of">How many there are.</param>
/// <param name="InAll">How many would go in all, images and copies: the number that an operator says to agree.</param>
/// <param name="Pool">The pool in which they would go, while the images stay; null: the images go.</param>
public sealed record StoppedSet(ImageSet Set, int Images, int Of, int InAll, PoolName? Pool = null)
{
    /// <summary>For the operator.</summary>
    public string Sentence =>
        $"Of the {Of} images of client {Set.Client}, file set {Set.FileSet}"
        + $"{(Pool is { } pool ? $", in pool {pool}" : "")}, {Images} would go at once"
        + $"{(Pool is null ? "" : " from there")}. "
        + $"Look at `backup retention --simulate`; if that is meant: `backup retention --run --agree {InAll}`.";
}

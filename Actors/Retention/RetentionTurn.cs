using Backup.Messages;

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
        var stopped = newly.Count == confirmed ? [] : Stops(verdicts, newly, terms).ToList();
        var condemn = newly.Where(image => !stopped.Exists(stop => stop.Set == image.Set)).ToList();
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
            stopped);
    }

    private static IEnumerable<StoppedSet> Stops(
        IReadOnlyList<RetentionVerdict> verdicts, List<RetainedImage> newly, RetentionTerms terms)
    {
        var standing = verdicts.Where(verdict => verdict.Image.CondemnedAt is null)
            .ToLookup(verdict => verdict.Image.Set, verdict => verdict.Image);
        foreach (var set in newly.GroupBy(image => image.Set))
        {
            var (count, bytes) = (set.Count(), set.Sum(image => image.Bytes));
            var (all, allBytes) = (standing[set.Key].Count(), standing[set.Key].Sum(image => image.Bytes));
            if (count > terms.FewImages
                && (100.0 * count > terms.ShareMax * (double)all || 100.0 * bytes > terms.ShareMax * (double)allBytes))
                yield return new StoppedSet(set.Key, count, all, newly.Count);
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
}

/// <summary>A client and file set of which more would go at once than may.</summary>
/// <param name="Set">Which.</param>
/// <param name="Images">How many would go.</param>
/// <param name="Of">How many there are.</param>
/// <param name="InAll">How many would go in all: the number that an operator says to agree.</param>
public sealed record StoppedSet(ImageSet Set, int Images, int Of, int InAll)
{
    /// <summary>For the operator.</summary>
    public string Sentence =>
        $"Of the {Of} images of client {Set.Client}, file set {Set.FileSet}, {Images} would go at once. "
        + $"Look at `backup retention --simulate`; if that is meant: `backup retention --run --agree {InAll}`.";
}

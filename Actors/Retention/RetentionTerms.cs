namespace Backup.Actors.Retention;

/// <summary>How retention is enforced, for all policies.</summary>
/// <param name="Every">Between two runs; zero: only by hand.</param>
/// <param name="Grace">Between condemnation and removal.</param>
/// <param name="ShareMax">Percent of the images, or of their bytes, of a client and file set that are condemned at once
/// without a word.</param>
/// <param name="FewImages">So many are condemned at once whatever share they are.</param>
/// <param name="ClockAheadMax">How far the clock may be ahead of all that is known.</param>
public sealed record RetentionTerms(
    TimeSpan Every, TimeSpan Grace, int ShareMax, int FewImages, TimeSpan ClockAheadMax)
{
    /// <summary>As in hocon/reference.conf.</summary>
    public static readonly RetentionTerms Usual =
        new(TimeSpan.FromHours(1), TimeSpan.FromDays(3), 50, 10, TimeSpan.FromDays(31));

    /// <summary>What the clocks of nodes may differ by.</summary>
    public static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(10);

    /// <summary>Why the clock is not believed; null: it is.</summary>
    /// <param name="now">What it says.</param>
    /// <param name="newest">The newest moment in the catalog; null: it has none.</param>
    /// <param name="seen">When it was believed last; null: never.</param>
    public string? DoubtOf(DateTimeOffset now, DateTimeOffset? newest, DateTimeOffset? seen)
    {
        var last = newest > seen || seen is null ? newest : seen;
        if (last is not { } known) return null;
        if (now < known - ClockSlack)
            return $"The clock says {now:u}, and the catalog has something of {known:u}. Nothing is removed while it "
                + "is behind.";
        // What was made since the clock jumped has the wrong moment too: how long ago it was believed counts
        var ahead = now - (seen ?? known);
        return ahead > ClockAheadMax
            ? $"The clock says {now:u}, {ahead.TotalDays:0} days after retention saw it last. If it is right, say so: "
                + "`backup retention --run --accept-clock`."
            : null;
    }
}

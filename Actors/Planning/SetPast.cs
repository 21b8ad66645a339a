using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Planning;

/// <summary>A size with its source.</summary>
/// <param name="Bytes">Bytes of the archive, before compression.</param>
/// <param name="From">`walk`, `history` or `guess`.</param>
/// <param name="MeasuredAt">When a walk measured it.</param>
public sealed record KnownSize(long Bytes, string From, DateTimeOffset? MeasuredAt = null);

/// <summary>
/// What the catalog knows of a file set of a client, as a planner needs it: the recorded backups, and the last walk
/// since the newest of them.
/// </summary>
/// <param name="History">Levels and their days.</param>
/// <param name="FullBytes">A full, before compression; null: there was none.</param>
/// <param name="BytesPerDay">What changes in a day; null: there was no incremental yet.</param>
/// <param name="Walked">Sizes by level, where somebody measured them; each with its moment.</param>
public sealed record SetPast(
    PlanHistory History, long? FullBytes, double? BytesPerDay, IReadOnlyDictionary<int, KnownSize> Walked)
{
    /// <summary>The newest full; null: there is none, or it is a forecast's.</summary>
    public ImageId? LastFull { get; init; }

    /// <summary>How fast earlier backups were, before compression; null: there is none.</summary>
    public double? BytesPerSecond { get; init; }

    /// <summary>The same, of what came to the media; null: there is none.</summary>
    public double? StoredBytesPerSecond { get; init; }

    /// <summary>Why nobody measured it since its newest backup, though somebody was asked to; a clause, or null: it was
    /// measured, or nobody was asked.</summary>
    public string? Unmeasured { get; init; }

    /// <summary>The day of the newest backup; null: there is none.</summary>
    public DateOnly? NewestOn => History.LastRuns.Count > 0 ? History.LastRuns.Values.Max() : null;

    private const int WalksMax = 20;

    /// <summary>Of a moment that has passed: what was measured since is read over.</summary>
    private const int PastWalksMax = 1000;

    /// <summary>Sizes are the mean of so many backups.</summary>
    private const int MeanOf = 3;

    private const double GuessPerDay = 0.02;

    /// <summary>A walk says nothing about tonight when it is older.</summary>
    private static readonly TimeSpan WalkAgeMax = TimeSpan.FromDays(2);

    /// <summary>Reads it.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="policy">The policy, whose walks count.</param>
    /// <param name="client">The client.</param>
    /// <param name="fileSet">The file set.</param>
    /// <param name="clock">The moment of the question, in the zone whose days are meant.</param>
    public static CatalogAnswer<SetPasts> Read(
        CatalogStore store, PolicyName policy, ClientName client, FileSetName fileSet, PlanClock clock)
    {
        var measured = new JobFilter(JobKind.Estimate, Client: client, Policy: policy);
        if (!store.Images.Past(client, fileSet, clock.BeginningOf(clock.Today), clock.Known)
                .Is(out var images, out var failure)
            || !store.Jobs.List(measured, clock.Known is null ? WalksMax : PastWalksMax).Is(out var jobs, out failure))
            return failure;
        if (clock.Known is { } until) jobs = [.. jobs.Where(job => job.EndedAt <= until)];
        var weighty = Weighty(images.Before).Concat(Weighty([.. images.Before, .. images.Since]))
            .DistinctBy(image => image.Opened.Image).ToList();
        var known = new Known([], []);
        foreach (var image in images.Before.Concat(images.Since))
            known.Begun[image.Opened.Image] = image.Opened.Since;
        foreach (var image in weighty)
        {
            if (!store.Images.ArchiveBytes(image.Opened.Image).Is(out var bytes, out failure)) return failure;
            known.Archives[image.Opened.Image] = bytes;
            if (image.Opened.Base is not { } built || known.Begun.ContainsKey(built)) continue;
            if (store.Images.Get(built).Is(out var found, out failure)) known.Begun[built] = found.Opened.Since;
            else if (failure is not CatalogFailure.Unknown) return failure;
        }
        var before = Of(images, known, jobs, clock, withToday: false);
        var now = Of(images, known, jobs, clock, withToday: true);
        return WithLevelOne(before, images.Before, store, clock).Is(out before, out failure)
            && WithLevelOne(now, [.. images.Before, .. images.Since], store, clock).Is(out now, out failure)
            ? new SetPasts(before, now) : failure;
    }

    /// <summary>
    /// With why the newest level 1 is no base any more: what builds on it would be made at a level that nobody planned.
    /// How volumes were at a moment that has passed is not known.
    /// </summary>
    private static CatalogAnswer<SetPast> WithLevelOne(
        SetPast past, IReadOnlyList<ImageRecord> made, CatalogStore store, PlanClock clock)
    {
        if (clock.Known is not null || !past.History.LastRuns.ContainsKey(1)) return past;
        var chain = new BaseChain(store);
        var lost = chain.WhyUnreadable(made.Last(image => image.Opened.Level == 1).Opened.Image);
        if (chain.Unread is { } unread) return unread;
        return past with { History = past.History with { LevelOneLost = lost } };
    }

    /// <summary>What a backup of a level would hold.</summary>
    /// <param name="level">0 to 9.</param>
    /// <param name="day">The day of the backup.</param>
    /// <returns>Null when nothing is known.</returns>
    public KnownSize? SizeOf(int level, DateOnly day) =>
        Walked.TryGetValue(level, out var walked) ? walked : HistoryOf(level, day);

    /// <summary>The same, as earlier backups were.</summary>
    /// <param name="level">0 to 9.</param>
    /// <param name="day">The day of the backup.</param>
    /// <returns>Null when nothing is known.</returns>
    public KnownSize? HistoryOf(int level, DateOnly day)
    {
        if (FullBytes is not { } full) return null;
        if (level == 0) return new KnownSize(full, "history");
        if (History.BaseOf(level) is not { } built) return null;
        var days = Math.Max(1, day.DayNumber - built.DayNumber);
        return BytesPerDay is { } rate
            ? new KnownSize((long)Math.Min(full, rate * days), "history")
            : new KnownSize((long)Math.Min(full, full * GuessPerDay * days), "guess");
    }

    /// <summary>After one more backup, as a forecast; what was measured was on another base.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="day">Its day.</param>
    public SetPast After(int level, DateOnly day) => this with
    {
        History = History.After(level, day),
        LastFull = level == 0 ? null : LastFull,
        FullBytes = Walked.GetValueOrDefault(0)?.Bytes ?? FullBytes ?? 0,
        Walked = new Dictionary<int, KnownSize>(),
        Unmeasured = null,
    };

    /// <summary>After a day without a backup: what was measured holds no more.</summary>
    public SetPast DayLater() => this with
    {
        FullBytes = Walked.GetValueOrDefault(0)?.Bytes ?? FullBytes,
        Walked = new Dictionary<int, KnownSize>(),
        Unmeasured = null,
    };

    /// <summary>The same, of what was read.</summary>
    /// <param name="images">Of the client's file set, divided by the beginning of the day.</param>
    /// <param name="known">What is known of them.</param>
    /// <param name="walks">Estimates of the policy and client, in any order.</param>
    /// <param name="clock">The moment of the question.</param>
    /// <param name="withToday">False: what was made today is left out. A plan does not change by what it does.</param>
    internal static SetPast Of(
        ImagePast images, Known known, IReadOnlyList<JobRecord> walks, PlanClock clock, bool withToday)
    {
        IReadOnlyList<ImageRecord> made = withToday ? [.. images.Before, .. images.Since] : images.Before;
        // A walk since then measured what builds on a backup that is left out
        var until = withToday || images.Since.Count == 0 ? (DateTimeOffset?)null : images.Since[0].Opened.Since;
        var history = After(
            After(PlanHistory.None, images.Before, clock) with { RunsAtLevel = images.InARow },
            withToday ? images.Since : [], clock);
        var weighty = Weighty(made).ToLookup(image => image.Opened.Level == 0);
        var (fulls, others) = (weighty[true].ToList(), weighty[false].ToList());
        var days = others.Sum(image => image.Opened.Base is { } built && known.Begun.TryGetValue(built, out var since)
            ? Math.Max(1, clock.DayOf(image.Opened.Since).DayNumber - clock.DayOf(since).DayNumber) : 1);
        var newest = made.Count == 0 ? (DateTimeOffset?)null : made[^1].Opened.Since;
        var asked = walks.Where(walk => until is null || walk.CreatedAt < until).ToList();
        return new SetPast(
            history with
            {
                FullRatio = RatioOf(fulls, known.Archives),
                IncrementalRatio = RatioOf(others, known.Archives),
            },
            fulls.Count == 0 ? null : (long)fulls.Average(image => known.Archives[image.Opened.Image]),
            others.Count == 0 ? null : others.Sum(image => (double)known.Archives[image.Opened.Image]) / days,
            WalkedSince(newest, asked.Where(walk => until is null || walk.StartedAt < until), clock.Now))
        {
            LastFull = made.LastOrDefault(image => image.Opened.Level == 0)?.Opened.Image,
            BytesPerSecond = SpeedOf(
                [.. weighty[true], .. weighty[false]], image => known.Archives[image.Opened.Image]),
            StoredBytesPerSecond = SpeedOf([.. weighty[true], .. weighty[false]], image => image.Counts.BytesStored),
            Unmeasured = WhyUnmeasured(newest, asked, clock.Now),
        };
    }

    private static PlanHistory After(PlanHistory past, IEnumerable<ImageRecord> images, PlanClock clock) =>
        images.Aggregate(past, (all, image) => all.After(image.Opened.Level, clock.DayOf(image.Opened.Since)));

    /// <summary>Those of whose sizes the mean is.</summary>
    private static IEnumerable<ImageRecord> Weighty(IReadOnlyList<ImageRecord> made) =>
        made.Where(image => image.Opened.Level == 0).TakeLast(MeanOf)
            .Concat(made.Where(image => image.Opened.Level > 0).TakeLast(MeanOf));

    private static double? RatioOf(List<ImageRecord> images, Dictionary<ImageId, long> archives)
    {
        var raw = images.Sum(image => (double)archives[image.Opened.Image]);
        return raw > 0 ? images.Sum(image => (double)image.Counts.BytesStored) / raw : null;
    }

    private static double? SpeedOf(List<ImageRecord> images, Func<ImageRecord, long> bytesOf)
    {
        var seconds = images.Sum(image => image.Seal is { } seal && seal.At > image.Opened.Since
            ? (seal.At - image.Opened.Since).TotalSeconds : 0);
        var bytes = images.Sum(image => image.Seal is not null ? (double)bytesOf(image) : 0);
        return seconds > 0 && bytes > 0 ? bytes / seconds : null;
    }

    /// <summary>What became of the newest estimate, where it has no sizes.</summary>
    private static string? WhyUnmeasured(
        DateTimeOffset? newest, IEnumerable<JobRecord> walks, DateTimeOffset now)
    {
        if (walks.Where(walk => newest is null || walk.CreatedAt > newest).MaxBy(walk => walk.Job.Value) is not { } last
            || now - last.CreatedAt > WalkAgeMax) return null;
        return last switch
        {
            { Phase: not JobPhase.Ended } => $"its estimate (job {last.Job}) has not ended",
            { Outcome: JobOutcome.Cancelled } =>
                $"its estimate (job {last.Job}) did not come in time, or was cancelled",
            { Outcome: JobOutcome.Failed or JobOutcome.Incomplete } =>
                $"its estimate (job {last.Job}) failed ({last.ErrorText?.TrimEnd('.') ?? "nobody knows why"})",
            _ => null,
        };
    }

    /// <summary>The newest measure of each level since the newest backup, on which a level would build.</summary>
    private static Dictionary<int, KnownSize> WalkedSince(
        DateTimeOffset? newest, IEnumerable<JobRecord> walks, DateTimeOffset now)
    {
        var known = new Dictionary<int, KnownSize>();
        foreach (var walk in walks.OrderByDescending(walk => walk.EndedAt))
        {
            if (walk.StartedAt is not { } at || at <= newest || now - at > WalkAgeMax) continue;
            foreach (var size in JobSpecs.ReadReport(walk.Report)?.Sizes ?? [])
                known.TryAdd(size.Level, new KnownSize(size.Bytes, "walk", at));
        }
        return known;
    }
}

/// <summary>What a day has before it, and what it has by now.</summary>
/// <param name="Before">Without what was made today.</param>
/// <param name="Now">With it.</param>
public sealed record SetPasts(SetPast Before, SetPast Now);

/// <summary>What is known of images besides their records.</summary>
/// <param name="Archives">Bytes of the archives of those that have weight.</param>
/// <param name="Begun">When those began, and what they build on.</param>
internal sealed record Known(Dictionary<ImageId, long> Archives, Dictionary<ImageId, DateTimeOffset> Begun);

/// <summary>The moment of a question, and whose days are meant.</summary>
/// <param name="Now">The moment.</param>
/// <param name="Zone">The zone.</param>
public sealed record PlanClock(DateTimeOffset Now, TimeZoneInfo Zone)
{
    /// <summary>The moment has passed: what was recorded later was not known. Null: all that is recorded is.</summary>
    public DateTimeOffset? Known { get; init; }

    /// <summary>The day of the question.</summary>
    public DateOnly Today => DayOf(Now);

    /// <summary>The day of a moment.</summary>
    /// <param name="moment">Any moment.</param>
    public DateOnly DayOf(DateTimeOffset moment) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(moment, Zone).DateTime);

    /// <summary>The beginning of a day, or as soon as the clock shows one.</summary>
    /// <param name="day">Any day.</param>
    public DateTimeOffset BeginningOf(DateOnly day)
    {
        var midnight = day.ToDateTime(default);
        while (Zone.IsInvalidTime(midnight)) midnight = midnight.AddMinutes(15);
        // Of a midnight that comes twice the first begins the day
        return new DateTimeOffset(midnight, Zone.IsAmbiguousTime(midnight)
            ? Zone.GetAmbiguousTimeOffsets(midnight).Max() : Zone.GetUtcOffset(midnight));
    }
}

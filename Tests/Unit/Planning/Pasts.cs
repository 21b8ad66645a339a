using System.Globalization;
using Backup.Actors.Jobs;
using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Tests.Unit.Planning;

/// <summary>Backups and walks that were never made, as the catalog would have them.</summary>
internal static class Pasts
{
    public static readonly PlanClock Clock = new(At("2026-11-22T18:00Z"), TimeZoneInfo.Utc);

    public static PlanTerms Terms { get; } = new("office", 7, 7, 0, 10 << 20, 0, 1.5, 2, 9, 3650,
        PlanStrategy.Standard);

    public static DateTimeOffset At(string moment) =>
        DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static PlanMember Member(string policy, params string[] clients) => new(
        new PolicyName(policy), new FileSetName("sys"), [.. clients.Select(name => new ClientName(name))], 1, Terms);

    /// <summary>Images as "21 0 1000", each a day of November, a level and its bytes; on media half as many.</summary>
    public static IReadOnlyList<ImageRecord> Images(params string[] images)
    {
        var made = new List<ImageRecord>();
        foreach (var parts in images.Select(image => image.Split(' ')))
        {
            var (level, bytes) = (Number(parts[1]), Number(parts[2]));
            var built = made.FindLast(image => image.Opened.Level < level)?.Opened.Image;
            made.Add(new ImageRecord(
                new NewImage(
                    new ImageId((UInt128)(made.Count + 1)), new JobId(made.Count + 1), new ClientName("web"),
                    new PolicyName("p"), new FileSetName("sys"), level, At($"2026-11-{parts[0]}T20:00Z"), built,
                    Recorded: parts.Length < 4),
                ImageState.Sealed, ImageOrigin.Recorded, 1, 1, 1, new JobCounts(1, bytes, bytes / 2, 0), null));
        }
        return made;
    }

    /// <summary>A walk that found "0 1000" and so on.</summary>
    public static JobRecord Walk(string at, params string[] sizes) => new()
    {
        Job = new JobId(99),
        Request = new RequestId("walk"),
        Kind = JobKind.Estimate,
        Client = new ClientName("web"),
        Phase = JobPhase.Ended,
        Outcome = JobOutcome.Complete,
        CreatedAt = At(at),
        StartedAt = At(at),
        EndedAt = At(at),
        Report = JobSpecs.Write(new JobReport(
            JobOutcome.Complete, null, null, new Dictionary<string, long>(), 0, 0, 0, [], 0,
            new Dictionary<string, long>(), [], new Dictionary<string, long>(), new Dictionary<string, double>(), 1,
            null, null,
            Sizes: [.. sizes.Select(size => size.Split(' '))
                .Select(parts => new LevelSize(Number(parts[0]), null, 1, Number(parts[1])))])),
    };

    public static SetPast Of(IReadOnlyList<ImageRecord> images, params JobRecord[] walks) =>
        Of(images, Clock.Today, Clock, walks);

    public static SetPast Of(
        IReadOnlyList<ImageRecord> images, DateOnly today, PlanClock clock, params JobRecord[] walks)
    {
        var recorded = images.Where(image => image.Opened.Recorded).OrderBy(image => image.Opened.Since)
            .ToLookup(image => image.Opened.Since < clock.BeginningOf(clock.Today));
        var before = recorded[true].ToList();
        var inARow = before.AsEnumerable().Reverse()
            .TakeWhile(image => image.Opened.Level == before[^1].Opened.Level).Count();
        return SetPast.Of(
            new ImagePast(before, inARow, [.. recorded[false]]),
            new Known(
                images.ToDictionary(image => image.Opened.Image, image => image.Counts.BytesRead),
                images.ToDictionary(image => image.Opened.Image, image => image.Opened.Since)),
            walks, clock, withToday: today > clock.Today);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

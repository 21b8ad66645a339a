using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Messages.Jobs;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.policies.NAME</c>.</summary>
/// <param name="own">This node.</param>
/// <param name="isAlone">Whether there are no others.</param>
internal sealed class PolicyReader(
    NodeSettings own,
    bool isAlone,
    IReadOnlyCollection<string> clients,
    IReadOnlyCollection<string> fileSets,
    IReadOnlyCollection<string> pools,
    IReadOnlyDictionary<string, ScheduleSettings> schedules,
    IReadOnlyDictionary<string, PlanSettings> plans,
    ScriptReader scripts)
{
    private static readonly string[] Levels =
        ["full", "differential", "incremental", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    private static readonly (string Word, ComparedAttributes Attribute)[] Attributes =
    [
        ("mtime", ComparedAttributes.ModifiedTime), ("ctime", ComparedAttributes.ChangedTime),
        ("size", ComparedAttributes.Size), ("inode", ComparedAttributes.Inode), ("mode", ComparedAttributes.Mode),
        ("owner", ComparedAttributes.Owner), ("links", ComparedAttributes.Links),
    ];

    public PolicySettings Read(string name, SettingsSection section)
    {
        var named = section.References("clients", "client", "clients", clients) ?? [];
        if (isAlone) RefuseClientsElsewhere(section);
        else if (named.Count == 0 && !section.IsTemplate)
            section.Refuse("clients", "found none", "the clients to save: this node is not the only one");
        var scriptsOnly = section.Switch("scripts-only");
        var policy = new PolicySettings(
            new PolicyName(name),
            named.Count == 0 ? [own.Client] : [.. named.Select(client => new ClientName(client))],
            new FileSetName(Saved("file-set", "file set", "file sets", fileSets)),
            new PoolName(Saved("pool", "pool", "pools", pools)),
            section.Number("reread-limit", 0, 100),
            section.Number("attempts", 1, 1000),
            section.Duration("restart-delay", TimeSpan.Zero, TimeSpan.FromDays(1)),
            section.Number("node-stops", 1, 1000),
            section.Choice<LevelWord>("level", [.. Levels.Select(word => (word, new LevelWord(word)))]),
            section.Duration("full-age-max", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            section.Choice("on-file-set-change", ("full", FileSetChange.Full), ("ignore", FileSetChange.Ignore)),
            section.Choice("select-by", ("manifest", SelectBy.Manifest), ("time-stamps", SelectBy.TimeStamps),
                ("modification-times", SelectBy.ModificationTimes)),
            section.OptionalReference("schedule", "schedule", "schedules", [.. schedules.Keys]),
            section.OptionalReference("plan", "plan", "plans", [.. plans.Keys]),
            section.Number("priority", 0, JobClaim.PriorityMax),
            section.Number("merge-after", 0, 1000),
            section.Duration("merge-age", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            section.Number("jobs-max", 0, 10_000),
            section.Switch("mixed-priority"),
            section.Duration("start-delay-max", TimeSpan.Zero, TimeSpan.FromDays(365)),
            section.Duration("wait-max", TimeSpan.Zero, TimeSpan.FromDays(365)),
            section.Duplicates("duplicates"),
            Scripts: scripts.ReadScripts(section),
            RunTimeMax: section.Duration("run-time-max", TimeSpan.Zero, TimeSpan.FromDays(365)),
            Retries: section.Number("retries", 0, 100),
            RetryAfter: section.Duration("retry-after", TimeSpan.Zero, TimeSpan.FromDays(7)),
            RerunFailedLevel: section.Switch("rerun-failed-level"),
            Strategy: PlanReader.OwnStrategy(section),
            ScriptsOnly: scriptsOnly,
            SkipUnchanged: section.Switch("skip-unchanged"),
            DifferentialAgeMax: section.Duration("differential-age-max", TimeSpan.Zero, TimeSpan.FromDays(36_500)))
        {
            Uncompared = UncomparedOf(section),
            Records = section.Switch("record"),
            Retention = RetentionOf(section.Section("retention")),
        };
        if (scriptsOnly && policy is { Scripts: null })
            section.Refuse("scripts-only", "found no scripts", "scripts that it runs");
        foreach (var key in (string[])["file-set", "pool", "plan", "merge-after", "merge-age"])
            if (scriptsOnly && section.IsWritten(key))
                section.Refuse(key, "found a key of what is saved", "none: scripts-only saves nothing");
        foreach (var key in (string[])["plan", "merge-after", "merge-age"])
            if (!policy.Records && section.IsWritten(key))
                section.Refuse(
                    key, "found a key of what others build on", "none: with record = off nothing builds on it");
        section.RefuseOtherKeys();
        if (policy is { Plan: { } planName, Schedule: { } scheduleName })
            WarnOfRuns(section, name, plans[planName], schedules[scheduleName]);
        return policy with
        {
            Calendar = policy.Schedule is { } schedule ? schedules[schedule].CalendarOf(name) : null,
            Member = policy.Plan is { } plan
                ? new PlanMember(policy.Name, policy.FileSet, policy.Clients, policy.Priority,
                    plans[plan].Terms with { Strategy = policy.Strategy ?? plans[plan].Strategy },
                    policy.Schedule is { } runs ? schedules[runs].Texts : null)
                : null,
        };

        string Saved(string key, string noun, string nouns, IReadOnlyCollection<string> known) => scriptsOnly
            ? section.OptionalReference(key, noun, nouns, known) ?? "" : section.Reference(key, noun, nouns, known);
    }

    private static ComparedAttributes UncomparedOf(SettingsSection section)
    {
        var uncompared = Attributes.Aggregate(ComparedAttributes.None, (all, each) => all | each.Attribute);
        var allowed = $"a list of {string.Join(", ", Attributes.Select(each => each.Word))}, with mtime or ctime";
        foreach (var (word, place) in section.Texts("compare", allowed))
        {
            var found = Attributes.FirstOrDefault(each => each.Word == word);
            if (found.Word is null) section.Refuse(place, "compare", $"found \"{word}\"", allowed);
            uncompared &= ~found.Attribute;
        }
        const ComparedAttributes times = ComparedAttributes.ModifiedTime | ComparedAttributes.ChangedTime;
        if ((uncompared & times) == times) section.Refuse("compare", "found neither mtime nor ctime", allowed);
        return uncompared;
    }

    /// <summary>A plan that counts on more runs than there are spreads its fulls over runs that never come.</summary>
    private static void WarnOfRuns(
        SettingsSection section, string policy, PlanSettings plan, ScheduleSettings schedule)
    {
        var from = TimeProvider.System.GetUtcNow();
        var days = schedule.CalendarOf(policy).Between(from, from.AddDays(plan.CycleDays))
            .Select(run => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(run.At, schedule.Zone).DateTime))
            .Distinct().Count();
        if (days > 0 && plan.RunsPerCycle > 2 * days)
            section.Warn("plan",
                $"plan \"{plan.Name}\" counts on {plan.RunsPerCycle} runs in {plan.CycleDays} days, and schedule "
                    + $"\"{schedule.Name}\" has them on {days}",
                "runs-per-cycle of about as many; its fulls are spread over runs that never come");
    }

    private static RetentionRules RetentionOf(SettingsSection section)
    {
        const int countMax = 100_000;
        var rules = new RetentionRules
        {
            Last = section.Number("last", 0, countMax),
            Hourly = section.Number("hourly", 0, countMax),
            Daily = section.Number("daily", 0, countMax),
            Weekly = section.Number("weekly", 0, countMax),
            Monthly = section.Number("monthly", 0, countMax),
            Yearly = section.Number("yearly", 0, countMax),
            Verified = section.Number("verified", 0, countMax),
            Within = section.Duration("within", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            For = section.Duration("for", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
        };
        section.RefuseOtherKeys();
        return rules;
    }

    /// <summary>Nobody would ever take such a job.</summary>
    private void RefuseClientsElsewhere(SettingsSection section)
    {
        foreach (var (client, place) in section.Texts("clients", "a list of clients such as [a, b]"))
        {
            if (client == own.Name.Value || !clients.Contains(client)) continue;
            section.Refuse(place, "clients", $"client \"{client}\" is not on this node",
                NearestName.Suggest(client, "clients on this node", [own.Name.Value]));
        }
    }
}

using Backup.Actors.Retention;
using Backup.Actors.Scheduling;
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
    IReadOnlyDictionary<string, PoolSettings> pools,
    IReadOnlyDictionary<string, ScheduleSettings> schedules,
    IReadOnlyDictionary<string, PlanSettings> plans,
    ScriptReader scripts,
    CloneReader clones,
    IReadOnlyCollection<string> policies,
    IReadOnlyDictionary<string, MessagesSettings> messages)
{
    private readonly List<(SettingsSection Section, PolicySettings Policy)> _based = [];

    private static readonly string[] Levels =
        ["full", "differential", "incremental", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    private static readonly (string Word, ComparedAttributes Attribute)[] Attributes =
    [
        ("mtime", ComparedAttributes.ModifiedTime), ("ctime", ComparedAttributes.ChangedTime),
        ("size", ComparedAttributes.Size), ("inode", ComparedAttributes.Inode), ("mode", ComparedAttributes.Mode),
        ("uid", ComparedAttributes.User), ("gid", ComparedAttributes.Group), ("links", ComparedAttributes.Links),
    ];

    private static readonly (string Word, ExtraComparison Extra)[] Extras =
    [
        ("digest", ExtraComparison.Content), ("atime", ExtraComparison.AccessTime),
        ("always", ExtraComparison.Everything),
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
            new PoolName(Saved("pool", "pool", "pools", [.. pools.Keys])),
            section.Number("reread-limit", 0, 100),
            section.Number("attempts", 1, 1000),
            section.Duration("restart-delay", TimeSpan.Zero, TimeSpan.FromDays(1)),
            section.Number("node-stops", 1, 1000),
            section.Choice<LevelWord>("level", [.. Levels.Select(word => (word, new LevelWord(word)))]),
            section.Duration("full-age-max", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            section.Choice("on-file-set-change", ("full", FileSetChange.Full), ("ignore", FileSetChange.Ignore)),
            section.Choice<SelectBy>("select-by", [.. RuleWords.Selections.Select(each => (each.Key, each.Value))]),
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
            Compared = ComparedOf(section),
            Records = section.Switch("record"),
            RunTimes = new LevelRunTimes(
                RunTime("full-run-time-max"), RunTime("differential-run-time-max"),
                RunTime("incremental-run-time-max")),
            RunTimeFromScheduleMax = RunTime("run-time-from-schedule-max"),
            StartNotBefore = section.OptionalTime("start-not-before"),
            Retention = RetentionReader.Read(section.Section("retention")),
            Clones = clones.ReadClones(name, section),
            BasePolicy = section.OptionalReference("base-policy", "policy", "policies", policies) is { } reference
                ? new PolicyName(reference) : null,
            Messages = section.OptionalReference("messages", "messages", "messages", [.. messages.Keys]) is { } told
                ? messages.GetValueOrDefault(told) : null,
        };
        policy = policy with { PoolsByLevel = ByLevel(section.Section("pools-by-level"), policy.Pool) };
        policy = policy with
        {
            CopyTo = CopiesOf(section, policy),
            CopiesDuring = section.Switch("copies-during"),
        };
        if (policy.BasePolicy is not null && !section.IsTemplate) _based.Add((section, policy));
        if (scriptsOnly && policy is { Scripts: null })
            section.Refuse("scripts-only", "found no scripts", "scripts that it runs");
        foreach (var key in (string[])[
            "file-set", "pool", "copy-to", "plan", "merge-after", "merge-age", "clones", "base-policy"])
            if (scriptsOnly && section.IsWritten(key))
                section.Refuse(key, "found a key of what is saved", "none: scripts-only saves nothing");
        foreach (var key in (string[])["plan", "merge-after", "merge-age"])
            if (!policy.Records && section.IsWritten(key))
                section.Refuse(
                    key, "found a key of what others build on", "none: with record = off nothing builds on it");
        var estimate = PlanReader.OwnEstimate(section);
        section.RefuseOtherKeys();
        if (policy is { Plan: { } planName, Schedule: { } scheduleName })
            WarnOfRuns(section, name, plans[planName], schedules[scheduleName]);
        if (policy.Plan is { } chosen) WarnOfRetention(section, plans[chosen], policy.Retention);
        return policy with
        {
            Calendar = policy.Schedule is { } schedule ? schedules[schedule].CalendarOf(name) : null,
            Member = policy.Plan is { } plan
                ? new PlanMember(policy.Name, policy.FileSet, policy.Clients, policy.Priority,
                    plans[plan].Terms with
                    {
                        Strategy = policy.Strategy ?? plans[plan].Strategy,
                        Estimate = estimate ?? plans[plan].Estimate,
                    },
                    policy.Schedule is { } runs ? schedules[runs].Texts : null)
                : null,
        };

        TimeSpan? RunTime(string key) =>
            section.Duration(key, TimeSpan.Zero, TimeSpan.FromDays(365)) is { Ticks: > 0 } max ? max : null;

        string Saved(string key, string noun, string nouns, IReadOnlyCollection<string> known) => scriptsOnly
            ? section.OptionalReference(key, noun, nouns, known) ?? "" : section.Reference(key, noun, nouns, known);
    }

    /// <summary>What can be said only when all policies are read.</summary>
    public void Check(IReadOnlyDictionary<string, PolicySettings> all)
    {
        clones.Check(all);
        foreach (var (section, policy) in _based)
        {
            if (!all.TryGetValue(policy.BasePolicy!.Value.Value, out var other)) continue;
            if (other.FileSet == policy.FileSet || other.ScriptsOnly)
                section.Refuse(
                    "base-policy",
                    $"policy \"{other.Name}\" saves {(other.ScriptsOnly ? "nothing" : "the same file set")}",
                    "a policy of another file set");
            else if (other.BasePolicy is not null)
                section.Refuse(
                    "base-policy", $"policy \"{other.Name}\" has a base-policy itself", "a policy without");
        }
    }

    private static (ComparedAttributes Not, ExtraComparison Also) ComparedOf(SettingsSection section)
    {
        const ComparedAttributes owner = ComparedAttributes.User | ComparedAttributes.Group;
        var not = Attributes.Aggregate(ComparedAttributes.None, (all, each) => all | each.Attribute);
        var (also, shrinks) = (ExtraComparison.None, false);
        var allowed = $"a list of {string.Join(", ", Attributes.Select(each => each.Word))}, owner (uid and gid), "
            + $"shrink (size, when it is less), {string.Join(", ", Extras.Select(each => each.Word))}; with mtime, "
            + "ctime or always";
        foreach (var (word, place) in section.Texts("compare", allowed))
        {
            var (known, extra) = (Attributes.FirstOrDefault(each => each.Word == word),
                Extras.FirstOrDefault(each => each.Word == word));
            also |= extra.Extra;
            not &= ~known.Attribute;
            if (word == "owner") not &= ~owner;
            else if (word == "shrink") shrinks = true;
            else if (known.Word is null && extra.Word is null)
                section.Refuse(place, "compare", $"found \"{word}\"", allowed);
        }
        if (shrinks && (not & ComparedAttributes.Size) != 0)
            not = (not & ~ComparedAttributes.Size) | ComparedAttributes.Growth;
        const ComparedAttributes times = ComparedAttributes.ModifiedTime | ComparedAttributes.ChangedTime;
        if ((not & times) == times && (also & ExtraComparison.Everything) == 0)
            section.Refuse("compare", "found neither mtime nor ctime", allowed);
        // One word for both, which earlier versions know
        return ((not & owner) == owner ? (not & ~owner) | ComparedAttributes.Owner : not, also);
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

    /// <summary>One restore reads one library, and a chain lies in several of these pools.</summary>
    private LevelPools? ByLevel(SettingsSection section, PoolName own)
    {
        PoolName? Pool(string key)
        {
            if (section.OptionalReference(key, "pool", "pools", [.. pools.Keys]) is not { Length: > 0 } name)
                return null;
            if (pools.TryGetValue(name, out var known) && pools.TryGetValue(own.Value, out var usual)
                && !known.Libraries.SequenceEqual(usual.Libraries))
                section.Refuse(key, $"pool \"{name}\" has other libraries than pool \"{own}\"",
                    "pools of the same libraries: one restore reads one");
            return new PoolName(name);
        }
        var made = new LevelPools(Pool("full"), Pool("differential"), Pool("incremental"));
        section.RefuseOtherKeys();
        return made == new LevelPools() ? null : made;
    }

    /// <summary>A copy in the pool of the image itself would be lost with it.</summary>
    private IReadOnlyList<PoolName> CopiesOf(SettingsSection section, PolicySettings policy)
    {
        var named = section.References("copy-to", "pool", "pools", [.. pools.Keys]) ?? [];
        if (named.Count == 0) return [];
        PoolName?[] own = [
            policy.Pool, policy.PoolsByLevel?.Full, policy.PoolsByLevel?.Differential,
            policy.PoolsByLevel?.Incremental];
        foreach (var pool in named.Where(pool => own.Contains(new PoolName(pool))))
            section.Refuse(
                "copy-to", $"pool \"{pool}\" takes the policy's images themselves", "other pools than these");
        return [.. named.Select(pool => new PoolName(pool))];
    }

    /// <summary>What is kept for less than a cycle has one full at a time.</summary>
    private static void WarnOfRetention(SettingsSection section, PlanSettings plan, RetentionRules rules)
    {
        var byAge = rules.For > rules.Within ? rules.For : rules.Within;
        if (rules.IsEverything || rules != new RetentionRules { For = rules.For, Within = rules.Within }
            || byAge >= TimeSpan.FromDays(plan.CycleDays)) return;
        section.Warn("retention",
            $"images are kept for {byAge.TotalDays:0.##} days, and plan \"{plan.Name}\" makes a full each "
                + $"{plan.CycleDays}",
            "at least a cycle: a full goes as soon as the next is made, and nothing before that can be restored");
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

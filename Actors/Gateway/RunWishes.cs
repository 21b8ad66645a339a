using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What a request to run a policy asks for besides what the policy says.</summary>
internal static class RunWishes
{
    /// <summary>How the reason of a level begins that a plan chose.</summary>
    public const string Planned = "the plan says so";

    /// <summary>The definition of the job.</summary>
    /// <param name="policy">Its policy.</param>
    /// <param name="client">Whose data.</param>
    /// <param name="run">What is asked for; a pool in it is one that there is.</param>
    /// <param name="planned">What the plan chose; null: none did.</param>
    /// <param name="again">The backup that is done again as it was asked for; null: none is.</param>
    public static BackupSpec Of(
        PolicyDefinition policy, ClientName client, RunPolicy run, PlannedSet? planned = null, BackupSpec? again = null)
    {
        var spec = policy.SpecFor(client);
        if (run.ToPool is { } pool) spec = policy.InPool(spec, pool)!;
        spec = spec with
        {
            Frame = Framed(spec.Frame, policy, run),
            CopyTo = run.CopyTo ?? spec.CopyTo,
            Spool = run.Spool is { } spool && policy.HasSpool(spec.Pool) ? spool : spec.Spool,
        };
        if (run.Only is { } paths) return ChosenFiles.Of(spec, run, paths);
        var words = new RunWords(
            run.ToPool, run.Priority, run.Scheduled, planned?.Warning ?? again?.Run?.Warning, run.DueAt, run.SelectBy,
            run.Messages, run.Spool, run.CopyTo);
        var queue = spec.Queue ?? new QueueRule();
        var rule = spec.Rule ?? new LevelRule(LevelWord.Full);
        if (run.Level is { } word) rule = rule with { Level = new LevelWord(word) };
        if (planned?.Level is { } level) rule = rule with { Level = new LevelWord($"{level}") };
        return spec with
        {
            LevelReason = planned is not null ? $"{Planned}: {planned.Why}"
                : again is not null ? again.LevelReason
                : run.Level is null ? spec.LevelReason : "as asked for",
            Rule = rule,
            Instead = planned?.Instead ?? again?.Instead,
            Level = rule.Level.Number ?? spec.Level,
            NoRecord = run.NoRecord || spec.NoRecord,
            SelectBy = run.SelectBy ?? spec.SelectBy,
            AllowEmpty = run.AllowEmpty,
            Clones = spec.Clones is { } clones ? [.. clones.Select(clone => AtLevel(clone, rule.Level))] : null,
            Queue = run.Priority is null && planned is not { Place: > 0 } ? spec.Queue : queue with
            {
                Priority = run.Priority ?? queue.Priority,
                Run = planned is { Place: > 0 } ? $"{policy.Plan!.Terms.Name}/{Firing.MomentOf(run.Request)}" : null,
                Place = planned?.Place ?? 0,
                RunVolumes = planned is { Place: > 0 } ? policy.Plan!.Terms.RunVolumes : 0,
            },
            Run = words == new RunWords() ? null : words,
        };
    }

    /// <summary>With the messages that a run asks for in place of its policy's.</summary>
    private static JobFrame? Framed(JobFrame? frame, PolicyDefinition policy, RunPolicy run)
    {
        if (run.Messages is not { } name) return frame;
        var messages = name == RuleWords.NoMessages ? null : policy.MessagesNamed(name);
        return frame is null && messages is null ? null : (frame ?? new JobFrame([])) with { Messages = messages };
    }

    private static CloneSpec AtLevel(CloneSpec clone, LevelWord level) => clone.SameLevel
        ? clone with
        {
            Backup = clone.Backup with
            {
                Rule = (clone.Backup.Rule ?? new LevelRule(level)) with { Level = level },
                Level = level.Number ?? clone.Backup.Level,
            },
        }
        : clone;

    /// <summary>The job of a policy that runs scripts alone.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="client">On whose node.</param>
    /// <param name="run">What is asked for; a level and a pool mean nothing.</param>
    /// <param name="clock">The system's clock.</param>
    public static NewJob Of(PolicyDefinition policy, ClientName client, RunPolicy run, ITimeProvider clock)
    {
        var queue = run.Priority is { } priority ? policy.Queue with { Priority = priority } : policy.Queue;
        return new NewJob(
            new RequestId($"{run.Request}/{client}"), JobKind.Admin, client, clock.Now, policy.Name,
            Parameters: JobSpecs.Write(new AdminSpec(
                policy.Name, client, Framed(policy.ScriptsOnly, policy, run)!, queue)));
    }

    /// <summary>The same clone once more: its policy as it is configured now knows nothing of it.</summary>
    /// <param name="rerun">What is asked for; a level in it is one that there is.</param>
    /// <param name="job">The job.</param>
    /// <param name="clock">The system's clock.</param>
    /// <returns>Null: it is no clone.</returns>
    public static NewJob? CloneAgain(RerunJob rerun, JobRecord job, ITimeProvider clock)
    {
        if (!JobClones.Is(job) || JobSpecs.Read(job.Parameters) is not BackupSpec clone) return null;
        var again = clone with { Image = ImageId.New() };
        if (rerun.Level is { } word)
        {
            var level = new LevelWord(word);
            again = again with { Rule = (clone.Rule ?? new LevelRule(level)) with { Level = level }, Base = null };
        }
        return new NewJob(
            rerun.Request, JobKind.Backup, again.Client, clock.Now, again.Policy, again.FileSet.Name, again.Level,
            Parameters: JobSpecs.Write(again));
    }

    /// <summary>
    /// The request that asks for what a job was asked for: its level, and what its run said besides the policy.
    /// </summary>
    /// <param name="rerun">What is asked for.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="job">The job, a backup.</param>
    /// <param name="again">The backup, where it is done again just so; null: another level is asked for.</param>
    public static RunPolicy Again(RerunJob rerun, PolicyName policy, JobRecord job, out BackupSpec? again)
    {
        var spec = job.Parameters.Length > 2 ? JobSpecs.Read(job.Parameters) as BackupSpec : null;
        var chosen = spec is null ? null : ChosenFiles.In(spec);
        again = rerun.Level is null && spec?.Rule is not null && chosen is null ? spec : null;
        return spec is null
            ? new RunPolicy(rerun.Request, policy, job.Client, rerun.Level)
            : new RunPolicy(
                rerun.Request, policy, job.Client,
                rerun.Level ?? (chosen is null ? spec.Rule?.Level.Word : null), spec.NoRecord,
                spec.AllowEmpty, spec.Run?.Priority, spec.Run?.Scheduled ?? false, spec.Run?.Pool, chosen,
                spec.Run?.SelectBy, Messages: spec.Run?.Messages, Spool: spec.Run?.Spool,
                CopyTo: spec.Run?.CopyTo);
    }
}

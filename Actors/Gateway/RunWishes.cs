using Akka.Actor;
using Backup.Actors.Jobs;
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
    /// <param name="spec">As the policy says.</param>
    /// <param name="run">What is asked for.</param>
    /// <param name="planned">What the plan chose; null: none did.</param>
    public static BackupSpec Of(BackupSpec spec, RunPolicy run, PlannedSet? planned = null)
    {
        var rule = spec.Rule ?? new LevelRule(LevelWord.Full);
        if (run.Level is { } word) rule = rule with { Level = new LevelWord(word) };
        if (planned?.Level is { } level) rule = rule with { Level = new LevelWord($"{level}") };
        return spec with
        {
            LevelReason = planned is not null ? $"{Planned}: {planned.Why}"
                : run.Level is null ? spec.LevelReason : "as asked for",
            Rule = rule,
            Instead = planned?.Instead,
            Level = rule.Level.Number ?? spec.Level,
            NoRecord = run.NoRecord || spec.NoRecord,
            AllowEmpty = run.AllowEmpty,
            Queue = run.Priority is { } priority
                ? (spec.Queue ?? new QueueRule()) with { Priority = priority } : spec.Queue,
        };
    }

    /// <summary>The job of a policy that runs scripts alone.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="client">On whose node.</param>
    /// <param name="frame">Its scripts.</param>
    /// <param name="run">What is asked for; a level means nothing.</param>
    /// <param name="clock">The system's clock.</param>
    public static NewJob Of(
        PolicyName policy, ClientName client, JobFrame frame, RunPolicy run, ITimeProvider clock) => new(
        new RequestId($"{run.Request}/{client}"), JobKind.Admin, client, clock.Now, policy,
        Parameters: JobSpecs.Write(new AdminSpec(policy, client, frame)));

    /// <summary>The request that asks for what a job was asked for.</summary>
    /// <param name="rerun">What is asked for.</param>
    /// <param name="policy">Its policy.</param>
    /// <param name="job">The job, a backup.</param>
    public static RunPolicy Again(RerunJob rerun, PolicyName policy, JobRecord job) =>
        job.Parameters.Length > 2 && JobSpecs.Read(job.Parameters) is BackupSpec spec
            ? new RunPolicy(
                rerun.Request, policy, job.Client, rerun.Level ?? spec.Rule?.Level.Word, spec.NoRecord,
                spec.AllowEmpty)
            : new RunPolicy(rerun.Request, policy, job.Client, rerun.Level);
}

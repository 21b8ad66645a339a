using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;

namespace Backup.Tests.Unit.Actors;

/// <summary>Runs the catalog's work at once, in order, on a real catalog.</summary>
internal sealed class CatalogStandIn : ReceiveActor
{
    private CatalogStandIn(CatalogStore store) => Receive<CatalogWork>(work => work.Run(store));

    public static Props Props(CatalogStore store) => Akka.Actor.Props.Create(() => new CatalogStandIn(store));

    /// <summary>Records jobs up to <see cref="JobSamples.Job"/>, all but that one ended.</summary>
    public static void RecordJob(CatalogStore store, JobSpec spec)
    {
        for (var number = 1; number <= JobSamples.Job.Value; number++)
        {
            var job = store.Jobs.Create(
                CatalogSamples.Job($"request-{number}") with { Parameters = JobSpecs.Write(spec) }).Value.Job;
            if (job != JobSamples.Job)
                store.Jobs.Update(job, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Cancelled });
        }
    }
}

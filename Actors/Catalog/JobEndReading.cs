using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Which of some jobs are over, for storage nodes that keep something of them.</summary>
internal static class JobEndReading
{
    public static CatalogAnswer<CatalogProtocol.JobEnds> Of(CatalogStore store, CatalogProtocol.ReadJobEnds request)
    {
        var (ended, unknown) = (new List<JobId>(), new List<JobId>());
        foreach (var job in request.Jobs.Take(CatalogProtocol.JobsMax))
        {
            if (store.Jobs.Get(job).Is(out var row, out var failure))
            {
                if (row.Phase == JobPhase.Ended) ended.Add(job);
            }
            else if (failure is CatalogFailure.Unknown) unknown.Add(job);
            else return failure;
        }
        return new CatalogProtocol.JobEnds(ended, unknown);
    }
}

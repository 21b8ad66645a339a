namespace Backup.Messages.Jobs;

/// <summary>What a job has done so far, over all its attempts, as far as it is closed.</summary>
/// <param name="Files">Items (files, directories, links, devices), each once.</param>
/// <param name="BytesRead">Bytes of archive that were made or taken out.</param>
/// <param name="BytesStored">Bytes of data files on the medium, headers and indexes not counted.</param>
/// <param name="Exceptions">Items with an exception.</param>
public readonly record struct JobCounts(long Files, long BytesRead, long BytesStored, long Exceptions)
{
    /// <summary>Both together.</summary>
    /// <param name="more">Non-negative counts.</param>
    public JobCounts Plus(JobCounts more) =>
        new(Files + more.Files, BytesRead + more.BytesRead, BytesStored + more.BytesStored, Exceptions + more.Exceptions);
}

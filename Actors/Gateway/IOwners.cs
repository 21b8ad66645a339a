using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Gateway;

/// <summary>Whose jobs, images and policies are.</summary>
public interface IOwners
{
    /// <summary>The client of a job; null where there is no such job.</summary>
    /// <param name="job">The job.</param>
    ClientName? OfJob(JobId job);

    /// <summary>What kind of job it is; null where there is no such job.</summary>
    /// <param name="job">The job.</param>
    JobKind? KindOf(JobId job);

    /// <summary>The client of the image that a word means; null where it means none.</summary>
    /// <param name="word">As in <see cref="Messages.Operations.ListFiles"/>.</param>
    ClientName? OfImage(string word);

    /// <summary>The newest sealed image of a client; null where it has none.</summary>
    /// <param name="client">The client.</param>
    string? NewestOf(ClientName client);

    /// <summary>Whether a policy names a client.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="client">The client.</param>
    bool Names(PolicyName policy, ClientName client);
}

using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Gateway;

/// <summary>Whose jobs, images and policies are.</summary>
public interface IOwners
{
    /// <summary>A job; null where there is no such job.</summary>
    /// <param name="job">The job.</param>
    OwnedJob? JobOf(JobId job);

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

/// <summary>What decides who may ask for a job, or for the same once more.</summary>
/// <param name="Client">Whose data it saves, or to whom it restores.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Policy">The policy that asked for it; null: none did.</param>
/// <param name="Source">The client of the image that it makes or reads; null where it has none that is known.</param>
public sealed record OwnedJob(ClientName Client, JobKind Kind, PolicyName? Policy = null, ClientName? Source = null);

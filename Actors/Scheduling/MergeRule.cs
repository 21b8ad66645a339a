using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>
/// When a chain is merged by itself, so that incrementals may go on for ever and no full has to be made by the client.
/// </summary>
/// <param name="Incrementals">As soon as the newest image builds on so many images; 0: never for that.</param>
/// <param name="AgeMax">When the full at the beginning of the chain is older; zero: never for that.</param>
public sealed record MergeRule(int Incrementals, TimeSpan AgeMax)
{
    /// <summary>The image whose chain is to be merged; null: none is.</summary>
    /// <param name="images">Sealed images of one client and file set, in any order.</param>
    /// <param name="policy">Whose rule it is: another policy's images are its own.</param>
    /// <param name="now">The moment that ages are measured from.</param>
    public ImageRecord? Due(IReadOnlyList<ImageRecord> images, PolicyName policy, DateTimeOffset now)
    {
        var newest = images
            .Where(image => image.State == ImageState.Sealed && image.Opened.Recorded)
            .OrderByDescending(image => image.Opened.Since).ThenByDescending(image => image.Opened.Job.Value)
            .FirstOrDefault();
        if (newest is null || newest.Opened.Level == 0 || newest.Opened.Policy != policy) return null;
        var (built, oldest) = (0, newest);
        // Below a full is at most an image of another policy that it refers to
        for (; oldest.Opened is { Level: > 0, Base: { } below }; built++)
        {
            var found = images.FirstOrDefault(image => image.Opened.Image == below);
            if (found is null || built > images.Count) return null;
            oldest = found;
        }
        var isLong = Incrementals > 0 && built >= Incrementals;
        return isLong || (AgeMax > TimeSpan.Zero && now - oldest.Opened.Since > AgeMax) ? newest : null;
    }
}

/// <summary>A policy whose chains are merged by themselves.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="FileSet">Its file set.</param>
/// <param name="Clients">Its clients.</param>
/// <param name="Rule">When.</param>
public sealed record MergedPolicy(
    PolicyName Policy, FileSetName FileSet, IReadOnlyList<ClientName> Clients, MergeRule Rule);

using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>
/// By whose right something about an image is recorded. Not the epoch of the writing: a fragment that an earlier
/// attempt sealed is closed by the right of the attempt that delivers it now, from the same outbox.
/// </summary>
public readonly record struct Authority
{
    private Authority(Epoch epoch, bool isMedium) => (Epoch, IsMedium) = (epoch, isMedium);

    /// <summary>The epoch of the attempt; 0 for the medium's.</summary>
    public Epoch Epoch { get; }

    /// <summary>
    /// True when a scan records what the medium says: the seal on the medium decides, whoever wrote it.
    /// </summary>
    public bool IsMedium { get; }

    /// <summary>The right of an attempt of the image's job; refused when a newer one has taken over.</summary>
    /// <param name="epoch">The epoch of the attempt.</param>
    public static Authority OfAttempt(Epoch epoch) => new(epoch, false);

    /// <summary>The right of a scan.</summary>
    public static Authority OfMedium => new(default, true);
}

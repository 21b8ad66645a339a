using Backup.Media.Tape;

namespace Backup.Media.Fragments;

/// <summary>What became of data given to a fragment writer.</summary>
public abstract record WriteResult
{
    /// <summary>Taken. It is durable only when the fragment is sealed.</summary>
    public sealed record Written : WriteResult;

    /// <summary>
    /// The volume is full, and what lies on it is durable. Mount another in a drive and call ContinueOn; nothing is
    /// lost meanwhile.
    /// </summary>
    public sealed record NeedVolume : WriteResult;

    /// <summary>
    /// The volume or drive failed: mark the volume, abandon this writer and write the fragment's data anew elsewhere.
    /// </summary>
    /// <param name="Failure">What failed.</param>
    public sealed record Failed(TapeFailure Failure) : WriteResult;

    internal static WriteResult Taken { get; } = new Written();

    internal static WriteResult Full { get; } = new NeedVolume();

    private WriteResult() { }
}

/// <summary>What became of sealing a fragment.</summary>
public abstract record SealResult
{
    /// <summary>Data and index are durable: the client may be told.</summary>
    /// <param name="Fragment">What goes to the outbox.</param>
    /// <param name="VolumeIsNearlyFull">True when the drive gave an early warning: begin the next fragment on another
    /// volume.</param>
    public sealed record Sealed(SealedFragment Fragment, bool VolumeIsNearlyFull) : SealResult;

    /// <summary>As <see cref="WriteResult.NeedVolume"/>; after ContinueOn call Seal again.</summary>
    public sealed record NeedVolume : SealResult;

    /// <summary>As <see cref="WriteResult.Failed"/>.</summary>
    /// <param name="Failure">What failed.</param>
    public sealed record Failed(TapeFailure Failure) : SealResult;

    private SealResult() { }
}

/// <summary>A drive's answer with which a fragment cannot go on.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="File">The tape file that was being written, from 1.</param>
/// <param name="Result">The drive's answer.</param>
public sealed record TapeFailure(VolumeIdentity Volume, int File, TapeResult Result);

using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>What a pool says of its volumes in a library. Zero is no limit.</summary>
public sealed record PoolRules
{
    /// <summary>No limits; what is let go is used again.</summary>
    public static readonly PoolRules None = new();

    /// <summary>Volumes that it has at most: no more are labelled for it.</summary>
    public int VolumesMax { get; init; }

    /// <summary>Volumes of the pool in one turn: one is labelled anew only when all others of so many were written
    /// since.</summary>
    public int VolumeCycle { get; init; }

    /// <summary>Bytes on a volume at which it is full.</summary>
    public long VolumeBytesMax { get; init; }

    /// <summary>Images on a volume after which it takes no more.</summary>
    public int VolumeImagesMax { get; init; }

    /// <summary>How long after its first image a volume takes more.</summary>
    public TimeSpan VolumeUseMax { get; init; }

    /// <summary>Whether volumes that hold nothing which is kept are labelled anew when one is needed.</summary>
    public bool Recycles { get; init; } = true;

    /// <summary>The pool to which such a volume goes; null: it stays.</summary>
    public PoolName? RecyclePool { get; init; }

    /// <summary>The pool from which it takes volumes when it has none; null: from none.</summary>
    public PoolName? ScratchPool { get; init; }

    /// <summary>
    /// How its new volumes are named (<see cref="LabelTemplate"/>); null: by the library's prefix for the pool.
    /// </summary>
    public string? Label { get; init; }

    /// <summary>Whether new volumes are labelled for it without a word.</summary>
    public bool AutoLabels { get; init; } = true;
}

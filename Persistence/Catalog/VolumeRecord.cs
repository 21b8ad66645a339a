using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>A volume as it is recorded.</summary>
public sealed record VolumeRecord
{
    /// <summary>Its name, unique in the catalog.</summary>
    public required VolumeName Name { get; init; }

    /// <summary>The identity on its label.</summary>
    public required VolumeUuid Uuid { get; init; }

    /// <summary>The library in which it was seen last.</summary>
    public required LibraryName Library { get; init; }

    /// <summary>Its pool.</summary>
    public required PoolName Pool { get; init; }

    /// <summary>What it may be used for.</summary>
    public required VolumeState State { get; init; }

    /// <summary>When it was labelled.</summary>
    public required DateTimeOffset LabelledAt { get; init; }

    /// <summary>Bytes on it, label and headers too.</summary>
    public long BytesWritten { get; init; }

    /// <summary>Tape files on it, the label too.</summary>
    public int TapeFiles { get; init; }

    /// <summary>Bytes that it can hold; null where nobody knows.</summary>
    public long? CapacityBytes { get; init; }

    /// <summary>When data was first written to it.</summary>
    public DateTimeOffset? FirstWrittenAt { get; init; }

    /// <summary>When data was last written to it.</summary>
    public DateTimeOffset? LastWrittenAt { get; init; }

    /// <summary>What went wrong with it; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>The newest epoch of a session that writes it.</summary>
    public Epoch Epoch { get; init; }
}

/// <summary>A change of a volume's record. What is null stays as it is.</summary>
/// <param name="State">What it may be used for now.</param>
public sealed record VolumeUpdate(VolumeState State)
{
    /// <summary>The library in which it was seen.</summary>
    public LibraryName? Library { get; init; }

    /// <summary>Bytes on it.</summary>
    public long? BytesWritten { get; init; }

    /// <summary>Tape files on it.</summary>
    public int? TapeFiles { get; init; }

    /// <summary>When data was written to it.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    /// <summary>What went wrong with it.</summary>
    public string? Error { get; init; }
}

/// <summary>Which volumes a list holds; null means any.</summary>
/// <param name="Library">Seen in this library.</param>
/// <param name="Pool">Of this pool.</param>
/// <param name="State">In this state.</param>
public sealed record VolumeFilter(LibraryName? Library = null, PoolName? Pool = null, VolumeState? State = null);

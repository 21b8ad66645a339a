using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>What happens to a volume.</summary>
public enum VolumeEvent
{
    /// <summary>Data is written to it.</summary>
    Written,

    /// <summary>Its end, or the bytes that its pool allows, are reached.</summary>
    EndReached,

    /// <summary>Another limit of its pool is reached: images, time, use once.</summary>
    LimitReached,

    /// <summary>The medium, or its label, cannot be read or written.</summary>
    Failed,

    /// <summary>Nothing that it holds is kept any more.</summary>
    Emptied,

    /// <summary>It is labelled anew, with another identity.</summary>
    Relabelled,

    /// <summary>Somebody reads it.</summary>
    Read,

    /// <summary>An operator wants it to take data.</summary>
    ToAppend,

    /// <summary>An operator calls it full.</summary>
    ToFull,

    /// <summary>An operator calls it used.</summary>
    ToUsed,

    /// <summary>An operator wants nothing more written to it.</summary>
    ToReadOnly,

    /// <summary>An operator wants it left alone.</summary>
    ToDisabled,

    /// <summary>An operator wants it kept for ever.</summary>
    ToArchive,

    /// <summary>It cleans drives.</summary>
    ToCleaning,
}

/// <summary>What becomes of a volume.</summary>
/// <param name="State">Its state afterwards; without meaning when refused.</param>
/// <param name="Refusal">Why not, the end of a sentence that begins with the volume; null: it may.</param>
public readonly record struct VolumeTurn(VolumeState State, string? Refusal);

/// <summary>The states of a volume: docs/media.md has the same as a table.</summary>
public static class VolumeLife
{
    /// <summary>What an event makes of a state.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="happened">What happens.</param>
    public static VolumeTurn After(VolumeState state, VolumeEvent happened) => (state, happened) switch
    {
        (VolumeState.Cleaning, VolumeEvent.Failed or VolumeEvent.Read or VolumeEvent.ToCleaning) => To(state),
        (VolumeState.Cleaning, VolumeEvent.ToDisabled) => To(VolumeState.Disabled),
        (VolumeState.Vaulted, VolumeEvent.Failed or VolumeEvent.Read) => To(state),
        (VolumeState.Vaulted, _) => No("is at another place; say first that it is back: backup vault in"),
        (VolumeState.Cleaning, _) => No("cleans drives and takes no data"),
        (VolumeState.Blank, VolumeEvent.ToCleaning) => To(VolumeState.Cleaning),
        (_, VolumeEvent.ToCleaning) => No("holds data, or did; only a blank volume can be said to clean drives"),
        (VolumeState.Blank or VolumeState.Append, VolumeEvent.Written) => To(VolumeState.Append),
        (_, VolumeEvent.Written) => No($"takes no data: it is {Word(state)}"),
        (VolumeState.Blank or VolumeState.Append, VolumeEvent.EndReached) => To(VolumeState.Full),
        (VolumeState.Blank or VolumeState.Append, VolumeEvent.LimitReached) => To(VolumeState.Used),
        (_, VolumeEvent.EndReached or VolumeEvent.LimitReached) => To(state),
        (VolumeState.Disabled or VolumeState.Archive, VolumeEvent.Failed) => To(state),
        (_, VolumeEvent.Failed) => To(VolumeState.Error),
        (VolumeState.Append or VolumeState.Full or VolumeState.Used or VolumeState.Recycle, VolumeEvent.Emptied) =>
            To(VolumeState.Recycle),
        (VolumeState.Blank, VolumeEvent.Emptied) => No("is blank already"),
        (_, VolumeEvent.Emptied) => No($"is {Word(state)}: an operator decides what becomes of it"),
        (VolumeState.Blank or VolumeState.Recycle, VolumeEvent.Relabelled) => To(VolumeState.Blank),
        (_, VolumeEvent.Relabelled) => No($"is {Word(state)}, and not let go"),
        (VolumeState.Recycle, VolumeEvent.Read) => To(VolumeState.Full),
        (_, VolumeEvent.Read) => To(state),
        (VolumeState.Blank, VolumeEvent.ToAppend) => To(VolumeState.Blank),
        (_, VolumeEvent.ToAppend) => To(VolumeState.Append),
        (_, VolumeEvent.ToFull) => To(VolumeState.Full),
        (_, VolumeEvent.ToUsed) => To(VolumeState.Used),
        (_, VolumeEvent.ToReadOnly) => To(VolumeState.ReadOnly),
        (_, VolumeEvent.ToDisabled) => To(VolumeState.Disabled),
        (_, VolumeEvent.ToArchive) => To(VolumeState.Archive),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "No such event."),
    };

    /// <summary>What an operator wants who names a state; null: no operator decides that.</summary>
    /// <param name="wanted">The state.</param>
    public static VolumeEvent? WishFor(VolumeState wanted) => wanted switch
    {
        VolumeState.Append => VolumeEvent.ToAppend,
        VolumeState.Full => VolumeEvent.ToFull,
        VolumeState.Used => VolumeEvent.ToUsed,
        VolumeState.ReadOnly => VolumeEvent.ToReadOnly,
        VolumeState.Disabled => VolumeEvent.ToDisabled,
        VolumeState.Archive => VolumeEvent.ToArchive,
        VolumeState.Cleaning => VolumeEvent.ToCleaning,
        _ => null,
    };

    /// <summary>The state of a volume that is back from another place.</summary>
    /// <param name="before">The one that it had there before; null: it is not known.</param>
    public static VolumeState BackAs(VolumeState? before) =>
        before is VolumeState.ReadOnly or VolumeState.Archive ? before.Value : VolumeState.Full;

    /// <summary>A state as lists and sentences have it.</summary>
    /// <param name="state">The state.</param>
    public static string Word(VolumeState state) => state switch
    {
        VolumeState.ReadOnly => "read-only",
        VolumeState.Recycle => "let go",
        VolumeState.Error => "in error",
        _ => state.ToString().ToLowerInvariant(),
    };

    private static VolumeTurn To(VolumeState state) => new(state, null);

    private static VolumeTurn No(string why) => new(default, why);
}

using Backup.Messages.Volumes;

namespace Backup.Messages.Storage;

/// <summary>What retention asks of the node that owns a library, and its answers.</summary>
public static class VolumeProtocol
{
    /// <summary>
    /// Work on a volume. Repeated, it does nothing more. Refused by <see cref="NotDone"/> while a job uses the volume,
    /// when it is not there, and when its label is another.
    /// </summary>
    public interface IWork : IWireMessage
    {
        /// <summary>The volume.</summary>
        VolumeName Volume { get; }

        /// <summary>The identity that its label must have.</summary>
        VolumeUuid Uuid { get; }
    }

    /// <summary>An answer.</summary>
    public interface IAnswer : IWireMessage;

    /// <summary>Says which fragments a medium holds, by the headers of its tape files.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Uuid">Its identity.</param>
    public sealed record Inspect(VolumeName Volume, VolumeUuid Uuid) : IWork;

    /// <summary>What it holds.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="TapeFiles">Its tape files, the label too.</param>
    /// <param name="Found">Those whose header is whole, by number. What was given back is left out.</param>
    /// <param name="Unknown">Those that cannot be read or say nothing.</param>
    public sealed record Inspected(
        VolumeName Volume, int TapeFiles, IReadOnlyList<TapeFileFound> Found, IReadOnlyList<int> Unknown) : IAnswer;

    /// <summary>Nothing on the volume is kept: it may be labelled anew when a volume is needed.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Uuid">Its identity.</param>
    /// <param name="TapeFiles">As <see cref="Inspected"/> said; refused when there are others now.</param>
    public sealed record LetGo(VolumeName Volume, VolumeUuid Uuid, int TapeFiles) : IWork;

    /// <summary>Gives the space of tape files back to the disk. Their places stay.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Uuid">Its identity.</param>
    /// <param name="Files">What is expected in them; a file with another header is left alone.</param>
    public sealed record GiveBack(VolumeName Volume, VolumeUuid Uuid, IReadOnlyList<TapeFileFound> Files) : IWork;

    /// <summary>It is done.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Files">Tape files whose space was given back, now or before.</param>
    /// <param name="Bytes">Bytes that were given back now.</param>
    public sealed record Done(VolumeName Volume, IReadOnlyList<int> Files, long Bytes) : IAnswer;

    /// <summary>Nothing was done.</summary>
    /// <param name="Volume">The volume.</param>
    /// <param name="Why">One sentence.</param>
    public sealed record NotDone(VolumeName Volume, string Why) : IAnswer;
}

/// <summary>A tape file that is of a fragment.</summary>
/// <param name="File">Its number, from 1.</param>
/// <param name="Image">The image.</param>
/// <param name="Fragment">The fragment, from 0.</param>
/// <param name="Epoch">Its epoch.</param>
public readonly record struct TapeFileFound(int File, ImageId Image, int Fragment, Epoch Epoch);

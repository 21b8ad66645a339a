namespace Backup.Media.Tape;

/// <summary>What was found where a volume's label stands.</summary>
public abstract record LabelReading
{
    /// <summary>Nothing is written on the medium: it may be labelled.</summary>
    public sealed record Blank : LabelReading;

    /// <summary>
    /// A whole label of ours. Whether it is the volume, library and pool that were asked for is for the caller to
    /// compare.
    /// </summary>
    /// <param name="Label">The label.</param>
    public sealed record Labelled(VolumeLabel Label) : LabelReading;

    /// <summary>Something that this program did not write. Never overwritten.</summary>
    /// <param name="Found">What was found, for people.</param>
    public sealed record Foreign(string Found) : LabelReading
    {
        /// <summary>True where this program wrote it all the same: a label is missing, and data may be there.</summary>
        public bool IsOurs { get; init; }
    }

    /// <summary>A label of ours that is damaged, torn or of a newer version. Never overwritten.</summary>
    /// <param name="Defect">What is wrong.</param>
    public sealed record Damaged(HeaderDefect Defect) : LabelReading;

    /// <summary>The drive could not read it.</summary>
    /// <param name="Result">Its answer.</param>
    public sealed record Failed(TapeResult Result) : LabelReading;

    private LabelReading() { }
}

/// <summary>What became of writing a label.</summary>
public abstract record Labelling
{
    /// <summary>The label is durable. Only now may the volume be known to anybody.</summary>
    /// <param name="Label">The label.</param>
    public sealed record Done(VolumeLabel Label) : Labelling;

    /// <summary>The medium is not blank; nothing was written.</summary>
    /// <param name="Found">What is on it.</param>
    public sealed record Refused(LabelReading Found) : Labelling;

    /// <summary>Writing failed; there is no such volume, and the medium may hold a torn label.</summary>
    /// <param name="Result">The drive's answer.</param>
    public sealed record Failed(TapeResult Result) : Labelling;

    private Labelling() { }
}

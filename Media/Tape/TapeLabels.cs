namespace Backup.Media.Tape;

/// <summary>Reads labels before every use of a volume, and writes them on blank media only (ST-01, ST-04).</summary>
public static class TapeLabels
{
    /// <summary>
    /// Loads the volume that is in the drive and reads its label. Leaves the drive behind the label's tape file.
    /// </summary>
    /// <param name="drive">A drive with a volume put into it.</param>
    public static LabelReading LoadAndRead(ITapeDrive drive)
    {
        var loaded = drive.Load();
        if (loaded.Status == TapeStatus.ForeignMedium) return new LabelReading.Foreign(loaded.Operation);
        return loaded.IsGood ? Read(drive) : new LabelReading.Failed(loaded);
    }

    /// <summary>Rewinds and reads the label. Leaves the drive behind the label's tape file.</summary>
    /// <param name="drive">A loaded drive.</param>
    public static LabelReading Read(ITapeDrive drive)
    {
        var rewound = drive.Rewind();
        if (!rewound.IsGood) return new LabelReading.Failed(rewound);
        var block = new byte[TapeFormat.HeaderBytes];
        var read = drive.Read(block);
        if (read.Status == TapeStatus.EndOfData) return new LabelReading.Blank();
        if (read.Status == TapeStatus.FileMark) return new LabelReading.Damaged(HeaderDefect.Short);
        if (!read.IsGood) return new LabelReading.Failed(read);
        var defect = VolumeLabel.Read(block.AsSpan(0, read.Length), out var label);
        drive.SpaceFiles(1);
        return defect switch
        {
            HeaderDefect.None => new LabelReading.Labelled(label!),
            HeaderDefect.Foreign or HeaderDefect.Short
                when ForeignMedium.Describe(block.AsSpan(0, read.Length)) is { } theirs =>
                new LabelReading.Foreign(theirs),
            HeaderDefect.Foreign => new LabelReading.Foreign("a first block that is no label of ours"),
            HeaderDefect.OtherKind => new LabelReading.Foreign("a data or index file where the label should be")
            {
                IsOurs = true,
            },
            _ => new LabelReading.Damaged(defect),
        };
    }

    /// <summary>Writes a label on a blank medium and makes it durable.</summary>
    /// <param name="drive">A drive with a volume put into it.</param>
    /// <param name="label">The label.</param>
    public static Labelling Write(ITapeDrive drive, VolumeLabel label)
    {
        var found = LoadAndRead(drive);
        if (found is LabelReading.Failed failed) return new Labelling.Failed(failed.Result);
        if (found is not LabelReading.Blank) return new Labelling.Refused(found);
        var written = drive.Write(label.Format(), TapeFileKind.Label);
        if (!written.IsGood) return new Labelling.Failed(written);
        var marked = drive.WriteFileMark();
        if (!marked.IsGood) return new Labelling.Failed(marked);
        var flushed = drive.Flush();
        return flushed.IsGood ? new Labelling.Done(label) : new Labelling.Failed(flushed);
    }
}

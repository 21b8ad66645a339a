namespace Backup.Media.Files;

/// <summary>How a tree is walked.</summary>
public sealed record WalkOptions
{
    /// <summary>
    /// Leave out everything up to and including this path in walk order: nothing of it is opened but the directories on
    /// the way. Null walks all. The path need not exist any more.
    /// </summary>
    public FilePath? ResumeAfter { get; init; }

    /// <summary>
    /// Hand out only what differs from this base; directories that are handed out say which names they hold
    /// (<see cref="WalkedItem.Dumpdir"/>). Null hands out all. Belongs to the walk, and is disposed with it.
    /// </summary>
    public BaseComparison? Base { get; init; }

    /// <summary>
    /// Roots that had items, whatever the base says: when the walk meets none below one of them, it is one of
    /// <see cref="TreeWalker.EmptyRoots"/>.
    /// </summary>
    public IReadOnlyCollection<FilePath> HadItems { get; init; } = [];

    /// <summary>
    /// What changed so shortly before it is looked at may change once more with the same time stamp, since the kernel's
    /// clock for them ticks every 1 to 10 ms (before Linux 6.13): it is archived with a status change time of 0, so
    /// that the next incremental takes it again.
    /// </summary>
    public TimeSpan TickMax { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The clock that is compared with time stamps.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// How long the walk waits for a writer of a FIFO whose content is to be saved
    /// (<see cref="Messages.Files.SaveOperation.ReadFifos"/>), and for what it writes next. Null: no FIFO is read, as a
    /// walk that saves nothing must not take what was written; they are handed out as what they are.
    /// </summary>
    public TimeSpan? FifoWait { get; init; }

    /// <summary>Ends that wait, with OperationCanceledException.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Names of one directory that are sorted in memory; more are sorted through a temporary file.</summary>
    public int NamesInMemoryMax { get; init; } = 200_000;

    /// <summary>
    /// Where that temporary file is made (without a name, gone with the process), and those for what FIFOs give.
    /// </summary>
    public string TemporaryDirectory { get; init; } = Path.GetTempPath();

    /// <summary>
    /// Directories on the current path that are kept open; those further up are closed and opened again on the way
    /// back. At least 2.
    /// </summary>
    public int OpenDirectoriesMax { get; init; } = 128;

    /// <summary>
    /// Bytes of the longest list of a directory's names that is handed out (<see cref="WalkedItem.Dumpdir"/>): half of
    /// what a reader of archives takes as one extended header.
    /// </summary>
    public int DumpdirBytesMax { get; init; } = 16 << 20;

    /// <summary>Hand out the time of each item's last access with it, as an attribute (`linux.atime`).</summary>
    public bool KeepsAccessTimes { get; init; }

    /// <summary>
    /// Most data extents that are told of a sparse file; what lies behind the last of them is told as one extent.
    /// </summary>
    public int ExtentsMax { get; init; } = 65_536;
}

namespace Backup.Media.Tape;

/// <summary>A library of real tapes.</summary>
/// <param name="Changer">Its changer; null: one drive into which a person puts cartridges.</param>
/// <param name="Drives">Its drives, in the order in which they are numbered here; without a changer one.</param>
/// <param name="Elements">For each drive its number at the changer; empty: the same order.</param>
/// <param name="StateFile">Where is kept what no changer knows: how full volumes are, uses of cleaning
/// cartridges.</param>
/// <param name="CleaningPrefix">What the bar codes of cleaning cartridges begin with.</param>
/// <param name="CleaningUsesMax">How often one may be used.</param>
/// <param name="CleansBySelf">Clean a drive that asks for it, when its volume was put back.</param>
public sealed record TapeLibraryOptions(
    MtxOptions? Changer, IReadOnlyList<StDriveOptions> Drives, IReadOnlyList<int> Elements, string StateFile,
    string CleaningPrefix = "CLN", int CleaningUsesMax = 50, bool CleansBySelf = true)
{
    /// <summary>
    /// Whether an operator took a drive out of use: what a process left in it is put back where that can be done, and
    /// keeps nobody from the other drives where not. From any thread.
    /// </summary>
    public Func<int, bool> IsDisabled { get; init; } = _ => false;

    /// <summary>Asks drives for their TapeAlert flags; null: nobody does.</summary>
    public TapeAlertReader? Alerts { get; init; }

    /// <summary>The folder in which the kernel tells of drives.</summary>
    public string Devices { get; init; } = "/sys/class/scsi_tape";

    /// <summary>A drive's number at the changer.</summary>
    /// <param name="drive">From 0.</param>
    internal int ElementOf(int drive) => drive < Elements.Count ? Elements[drive] : drive;
}

namespace Backup.Media.Tape;

/// <summary>
/// A person: one drive without a changer. Its one slot is the drive itself; who is in it, only its label tells.
/// </summary>
internal sealed class HandChanger(StTapeDrive drive) : IChanger
{
    public ChangerStatus? Status(out string trouble)
    {
        trouble = "";
        var name = drive.IsLoaded ? null : Look();
        return new ChangerStatus(
            [new ChangerDrive(0, false, null, "")], [new ChangerSlot(1, name is not null, true, name ?? "")]);
    }

    public string? Load(int slot, int drive) => null;

    public string? Unload(int slot, int drive) => null;

    public string? Transfer(int from, int to) => "A drive without a changer has one place.";

    public IDisposable Lock(out string trouble)
    {
        trouble = "";
        return new MemoryStream();
    }

    /// <summary>The name on its label; empty: there is a cartridge without one; null: none.</summary>
    private string? Look()
    {
        var reading = TapeLabels.LoadAndRead(drive);
        drive.Unload();
        return reading switch
        {
            LabelReading.Labelled labelled => labelled.Label.Volume.Name.Value,
            LabelReading.Failed { Result.Status: TapeStatus.NotLoaded } => null,
            _ => "",
        };
    }
}

using Backup.Media.Tape;

namespace Backup.Tests.Media.Tape;

/// <summary>Drives of the st driver on a model of it.</summary>
internal static class StDrives
{
    public static StTapeDrive On(StModel model, int blockBytes = 0, bool readOnly = false, TimeSpan ready = default) =>
        new(
            model, new StDriveOptions("/dev/nst0", blockBytes, null, ready, readOnly), pause: _ => { },
            TimeProvider.System);

    public static StTapeDrive Loaded(StModel model, int blockBytes = 0)
    {
        model.Cartridge ??= new StCartridgeModel();
        var drive = On(model, blockBytes);
        var loaded = drive.Load();
        if (!loaded.IsGood) throw new InvalidOperationException(loaded.ToString());
        return drive;
    }
}

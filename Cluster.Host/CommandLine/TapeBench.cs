using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>One drive with the tape in it, or a virtual one in a folder that is removed afterwards.</summary>
internal sealed class TapeBench : IDisposable
{
    private const long VirtualBytes = 256L << 20;
    private const long BlocksMax = 1_000_000;

    private readonly StTapeDrive? _st;
    private readonly BenchFolder? _folder;

    private TapeBench(string device, ITapeDrive drive, BenchFolder? folder)
    {
        (Device, Drive, _st, _folder) = (device, drive, drive as StTapeDrive, folder);
        Facts = _st is null ? [new("kind", "virtual")] : FactsOf(_st.Cartridge!, device);
    }

    public string Device { get; }

    public ITapeDrive Drive { get; }

    /// <summary>What was found out before anything is written.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; }

    /// <exception cref="CommandFailure">It cannot be used.</exception>
    public static TapeBench Open(string device, int blockBytes, bool forTest)
    {
        if (Directory.Exists(device)) return OpenVirtual(device, forTest);
        var drive = new StTapeDrive(new StDriveOptions(
            device, blockBytes, ReadyWithin: TimeSpan.FromMinutes(2), ReadOnly: !forTest));
        var loaded = drive.Load();
        if (loaded.IsGood) return new TapeBench(device, drive, null);
        drive.Dispose();
        throw Failed(RefusalCode.Unavailable, loaded.Status switch
        {
            TapeStatus.NotLoaded => $"There is no tape in {device}.",
            TapeStatus.ForeignMedium => $"The tape in {device} begins with {loaded.Operation}: not a volume of ours.",
            _ => $"The drive {device} cannot be used: {Errno.Describe(loaded.Errno)} in {loaded.Operation}.",
        });
    }

    /// <summary>Erases what may be erased; refuses whatever was not named.</summary>
    /// <param name="erase">The name that was said; null: none.</param>
    public void MakeBlank(string? erase)
    {
        if (_st?.Cartridge!.IsWriteProtected == true)
            throw Failed(RefusalCode.Conflict, $"The tape in {Device} is write-protected.");
        var reading = TapeLabels.Read(Drive);
        var (name, what) = reading switch
        {
            LabelReading.Blank => (null, ""),
            LabelReading.Labelled { Label: var label } => (label.Volume.Name.Value,
                $"volume {label.Volume.Name} of pool {label.Pool}{Held()}"),
            LabelReading.Foreign foreign => ("foreign", foreign.Found),
            LabelReading.Damaged damaged => ("foreign", $"a damaged label ({damaged.Defect})"),
            _ => throw Failed(RefusalCode.Unavailable, $"The tape in {Device} cannot be read: {reading}."),
        };
        if (name is null) return;
        if (erase != name)
            throw Failed(
                RefusalCode.Conflict,
                $"The tape in {Device} is {what}. It is not touched; to lose all that is on it, say `--erase {name}`.");
        var erased = _st!.Erase();
        if (!erased.IsGood)
            throw Failed(RefusalCode.Unavailable, $"The tape in {Device} could not be erased: {erased.Status} "
                + $"{erased.Operation}.");
    }

    /// <summary>Null where the drive cannot count them.</summary>
    public long? CountBlocks(int file)
    {
        if (!Drive.Locate(new TapePosition(file, 0)).IsGood) return null;
        Drive.SpaceBlocks(BlocksMax);
        return Drive.Position.File == file ? Drive.Position.Block : null;
    }

    public void Dispose()
    {
        // Only a test opened it for writing, and only what the test wrote is on it then.
        if (_st is { IsLoaded: true, Written.Bytes: > 0 }) _st.Erase();
        if (Drive.IsLoaded) Drive.Unload();
        Drive.Dispose();
        _folder?.Dispose();
    }

    private string Held()
    {
        var holds = VolumeScanner.Scan(Drive).Any(file => file is not ScannedFile.Label);
        return holds ? ", and holds data" : ", without data";
    }

    private static TapeBench OpenVirtual(string directory, bool forTest)
    {
        var bench = forTest ? BenchFolder.Make(directory) : null;
        var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(VirtualBytes));
        drive.Insert(bench?.Volume ?? directory, readOnly: !forTest);
        var loaded = drive.Load();
        if (loaded.IsGood) return new TapeBench(directory, drive, bench);
        drive.Dispose();
        bench?.Dispose();
        throw Failed(
            RefusalCode.NotFound, $"{directory} is not the folder of a virtual volume: found {loaded.Operation}.");
    }

    private static List<KeyValuePair<string, string>> FactsOf(StCartridge cartridge, string device) =>
    [
        .. StInformation.Read(device),
        new("blocks", cartridge.BlockBytes == 0 ? "variable" : $"fixed, {cartridge.BlockBytes} bytes"),
        new("density code", $"0x{cartridge.Density:x2}"),
        new("blank", cartridge.IsBlank ? "yes" : "no"),
        new("encryption by the drive", "unknown: it is not asked here (stenc tells)"),
        .. cartridge.Notes.Select(note => new KeyValuePair<string, string>("note", note)),
    ];

    private static CommandFailure Failed(RefusalCode code, string sentence) => new(new Refused(code, sentence));
}

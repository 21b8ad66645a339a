using Backup.Hocon;
using Backup.Media.Tape;

namespace Backup.Host.Configuration;

/// <summary>Reads what a library of real tapes says of its drives and its changer.</summary>
internal static class TapeLibraryReader
{
    private const string DriveForms = "a list of drives such as [{ device = /dev/nst0 }]";
    private static readonly TimeSpan LimitMax = TimeSpan.FromHours(1);

    /// <summary>What it says; of a virtual one nothing may be said.</summary>
    public static TapeKeys Read(SettingsSection section, LibraryType type, HoconObject driveDefaults)
    {
        var keys = new TapeKeys(
            [.. section.Sections("tape-drives", DriveForms, driveDefaults).Select(ReadDrive)],
            section.OptionalText("changer", "the changer's device, as /dev/sg3"),
            section.Text("mtx", "a program, as mtx or /usr/sbin/mtx"),
            section.Duration("changer-timeout", TimeSpan.FromSeconds(1), LimitMax),
            section.OptionalFilePath("changer-lock"),
            section.Text("cleaning-prefix", "what bar codes of cleaning cartridges begin with, as CLN"),
            section.Number("cleaning-uses", 1, 1000),
            section.Switch("autoclean"),
            AlertProgramOf(section));
        if (section.IsTemplate) return keys;
        if (type == LibraryType.Virtual && (keys.Drives.Count > 0 || keys.Changer is not null))
            section.Refuse(
                keys.Drives.Count > 0 ? "tape-drives" : "changer", "found it in a virtual library", "type = tape");
        if (type == LibraryType.Tape && keys.Drives.Count == 0)
            section.Refuse("tape-drives", "must be given", DriveForms);
        if (type == LibraryType.Tape && keys.Drives.Count > 1 && keys.Changer is null)
            section.RefuseMissing(
                "changer", "the changer's device, or a library for each drive: without a changer it has one");
        var elements = keys.Drives.Select((drive, number) => drive.Element ?? number).ToList();
        if (elements.Distinct().Count() < elements.Count)
            section.Refuse(
                "tape-drives", "two drives have one number at the changer", "an `element` of its own for each");
        return keys;
    }

    /// <summary>It is run as the node's user: no other program is.</summary>
    private static string? AlertProgramOf(SettingsSection section)
    {
        var allowed = $"{string.Join(" or ", TapeAlertReader.Programs)}, or a path to one of them";
        if (section.OptionalText("alert-program", allowed) is not { } program) return null;
        if (TapeAlertReader.IsKnown(program)) return program;
        section.Refuse("alert-program", $"found \"{program}\"", allowed);
        return null;
    }

    public static TapeDriveSettings ReadDrive(SettingsSection section)
    {
        var bytes = (int)section.Bytes("block-size", 0, 16 << 10);
        if (!StDriveOptions.IsBlockSize(bytes))
            section.Refuse("block-size", $"found {bytes}", "0, or a power of two from 512 to 16384");
        var drive = new TapeDriveSettings(
            section.IsTemplate ? section.OptionalText("device", "a device") ?? ""
                : section.Text("device", "the drive's no-rewind device, as /dev/nst0"),
            section.OptionalNumber("element", 0, 999),
            bytes,
            section.Choice<bool?>("compression", ("unchanged", null), ("on", true), ("off", false)),
            section.Duration("ready-within", TimeSpan.FromSeconds(1), LimitMax));
        if (drive.Device.StartsWith("/dev/st", StringComparison.Ordinal))
            section.Refuse(
                "device", $"found \"{drive.Device}\", which rewinds when it is closed",
                $"the no-rewind device, as /dev/n{drive.Device["/dev/".Length..]}");
        section.RefuseOtherKeys();
        return drive;
    }
}

/// <summary>What a library says of drives and changer.</summary>
internal sealed record TapeKeys(
    IReadOnlyList<TapeDriveSettings> Drives, string? Changer, string Mtx, TimeSpan Timeout, string? Lock,
    string CleaningPrefix, int CleaningUses, bool Autoclean, string? AlertProgram);

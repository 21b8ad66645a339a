using System.Globalization;
using System.Text.RegularExpressions;

namespace Backup.Media.Tape;

/// <summary>How bad a flag of TapeAlert is.</summary>
public enum TapeAlertLevel
{
    /// <summary>Nothing is wrong yet.</summary>
    Information,

    /// <summary>What is done now is done; it may go wrong later.</summary>
    Warning,

    /// <summary>Data or the drive are in danger.</summary>
    Critical,
}

/// <summary>A flag that a drive has raised.</summary>
/// <param name="Number">1 to 64, as the parameter codes of log page 2Eh (SSC-4).</param>
/// <param name="Name">Its name there.</param>
/// <param name="Level">How bad it is.</param>
public sealed record TapeAlert(int Number, string Name, TapeAlertLevel Level)
{
    private static readonly HashSet<int> OfMedium = [4, 13, 14, 52, 53, 54];

    /// <summary>The drive asks to be cleaned, now or soon.</summary>
    public bool AsksForCleaning => Number is 20 or 21;

    /// <summary>The cartridge itself is bad, and not what writes it.</summary>
    public bool IsOfMedium => OfMedium.Contains(Number);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"TapeAlert {Number} ({Name.ToLowerInvariant()})");
}

/// <summary>
/// Reads what sg_logs(8) and tapeinfo(1) print of the flags: the one a line for each flag with 0 or 1, the other a line
/// for each that is raised. A pure function; names and levels are those of SSC-4.
/// </summary>
public static partial class TapeAlerts
{
    private const TapeAlertLevel I = TapeAlertLevel.Information;
    private const TapeAlertLevel W = TapeAlertLevel.Warning;
    private const TapeAlertLevel C = TapeAlertLevel.Critical;

    private static readonly (int Number, string Name, TapeAlertLevel Level)[] Table =
    [
        (1, "Read warning", W), (2, "Write warning", W), (3, "Hard error", W), (4, "Media", C),
        (5, "Read failure", C), (6, "Write failure", C), (7, "Media life", W), (8, "Not data grade", W),
        (9, "Write protect", C), (10, "No removal", I), (11, "Cleaning media", I), (12, "Unsupported format", I),
        (13, "Recoverable mechanical cartridge failure", C), (14, "Unrecoverable mechanical cartridge failure", C),
        (15, "Memory chip in cartridge failure", W), (16, "Forced eject", C), (17, "Read only format", W),
        (18, "Tape directory corrupted on load", W), (19, "Nearing media life", I), (20, "Cleaning required", C),
        (21, "Cleaning requested", W), (22, "Expired cleaning media", C), (23, "Invalid cleaning tape", C),
        (24, "Retension requested", W), (25, "Dual port interface error", W), (26, "Cooling fan failing", W),
        (27, "Power supply failure", W), (28, "Power consumption", W), (29, "Drive maintenance", W),
        (30, "Hardware A", C), (31, "Hardware B", C), (32, "Interface", W), (33, "Eject media", C),
        (34, "Microcode update fail", W), (35, "Drive humidity", W), (36, "Drive temperature", W),
        (37, "Drive voltage", W), (38, "Predictive failure", C), (39, "Diagnostics required", W),
        (50, "Lost statistics", W), (51, "Tape directory invalid at unload", W),
        (52, "Tape system area write failure", C), (53, "Tape system area read failure", C),
        (54, "No start of data", C), (55, "Loading failure", C), (56, "Unrecoverable unload failure", C),
        (57, "Automation interface failure", C), (58, "Firmware failure", W),
        (59, "WORM medium - integrity check failed", W), (60, "WORM medium - overwrite attempted", W),
    ];

    private static readonly Dictionary<int, TapeAlert> Known = Table
        .ToDictionary(each => each.Number, each => new TapeAlert(each.Number, each.Name, each.Level));

    /// <summary>Earlier versions of the programs have other words for some.</summary>
    private static readonly Dictionary<string, int> Numbers = new(
        Table.ToDictionary(each => each.Name, each => each.Number), StringComparer.OrdinalIgnoreCase)
    {
        ["Clean now"] = 20,
        ["Clean periodic"] = 21,
        ["Dual-port interface error"] = 25,
    };

    /// <summary>The flag of a number; one that the standard does not name is a warning.</summary>
    /// <param name="number">1 to 64.</param>
    public static TapeAlert Of(int number) => Known.GetValueOrDefault(number)
        ?? new TapeAlert(number, "not named by the standard", TapeAlertLevel.Warning);

    /// <summary>The flags that are raised, by number.</summary>
    /// <param name="text">What the program printed.</param>
    /// <returns>Null where it says nothing of flags at all: the drive has none, or it is something else.</returns>
    public static IReadOnlyList<TapeAlert>? Parse(string text)
    {
        var (raised, isSaid, isPage) = (new SortedSet<int>(), false, false);
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (Printed().Match(line) is { Success: true } told
                && int.TryParse(told.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                if (number is >= 1 and <= 64) raised.Add(number);
                isSaid = true;
                continue;
            }
            // Any other page of the same output ends this one
            if (line.Contains(" page", StringComparison.OrdinalIgnoreCase))
            {
                isPage = IsHeading(line);
                isSaid |= isPage;
                continue;
            }
            if (isPage && Flag().Match(line) is { Success: true } flag && flag.Groups[2].Value == "1"
                && NumberOf(flag.Groups[1].Value) is { } set)
                raised.Add(set);
        }
        return isSaid || text.Contains("Product Type: Tape", StringComparison.OrdinalIgnoreCase)
            ? [.. raised.Select(Of)] : null;
    }

    private static bool IsHeading(string line) =>
        line.StartsWith("Tape alert page", StringComparison.OrdinalIgnoreCase)
        || line.StartsWith("TapeAlert page", StringComparison.OrdinalIgnoreCase);

    /// <summary>Null for a line of another page.</summary>
    private static int? NumberOf(string name)
    {
        if (Numbers.TryGetValue(name, out var number)) return number;
        return Code().Match(name) is { Success: true } code
            && int.TryParse(code.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex)
            && hex is >= 1 and <= 64 ? hex : null;
    }

    [GeneratedRegex(@"^TapeAlert\[(\d{1,2})\]:")]
    private static partial Regex Printed();

    [GeneratedRegex(@"^(.+): ([01])$")]
    private static partial Regex Flag();

    [GeneratedRegex(@"^(?:Obsolete|Reserved)(?: parameter code)? \(?(?:0x)?([0-9A-Fa-f]{2})h?\)?(?:, flag)?$")]
    private static partial Regex Code();
}

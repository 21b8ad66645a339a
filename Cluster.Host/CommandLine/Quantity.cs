using System.Globalization;

namespace Backup.Host.CommandLine;

/// <summary>Sizes, rates, counts and times for people.</summary>
internal static class Quantity
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Three digits and a unit, as "1.50 GiB".</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 999.5 && unit < Units.Length - 1; unit++) bytes /= 1024;
        var format = unit == 0 || bytes >= 99.95 ? "0" : bytes >= 9.995 ? "0.0" : "0.00";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>"3 files", "1 file".</summary>
    public static string Count(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>"3 policies", "1 policy".</summary>
    public static string Count(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";

    /// <summary>As "1:02:03" or "0:07".</summary>
    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? $"{(int)time.TotalHours}:{time:mm\\:ss}"
        : $"{(int)time.TotalMinutes}:{time:ss}";

    /// <summary>A time that may be short: "0.42 s", "7.5 s", then as <see cref="Time"/>.</summary>
    public static string Seconds(double seconds) => seconds >= 60
        ? Time(TimeSpan.FromSeconds(seconds))
        : $"{seconds.ToString(seconds < 1 ? "0.00" : "0.0", CultureInfo.InvariantCulture)} s";

    /// <summary>Local time, as "2026-11-21 22:47".</summary>
    public static string Moment(DateTimeOffset? moment) =>
        moment?.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Local time with seconds.</summary>
    public static string Instant(DateTimeOffset moment) =>
        moment.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}

using Backup.Messages;
using Backup.Messages.Operations;
using Spectre.Console;

namespace Backup.Host.CommandLine;

/// <summary>Progress as lines: one where nobody looks, two that are drawn anew on a terminal.</summary>
internal static class ProgressText
{
    /// <summary>One line, as "job 12  transferring  1,204 files  310 MiB  85.1 MiB/s  tapes/0 DISK-0001".</summary>
    public static string Line(JobId job, JobProgress progress, TimeSpan running)
    {
        var parts = new List<string>
        {
            $"job {job}", progress.Phase, Quantity.Count(progress.Files, "file"), Amount(progress),
            $"{Quantity.Bytes(progress.BytesPerSecond)}/s",
        };
        if (running > TimeSpan.Zero) parts.Add(Quantity.Time(running));
        if (Left(progress) is { } left) parts.Add(left);
        if (progress.Exceptions > 0) parts.Add(Quantity.Count(progress.Exceptions, "exception"));
        if (progress.Drive is { } drive) parts.Add($"{drive}{(progress.Volume is { } volume ? $" {volume}" : "")}");
        return string.Join("  ", parts);
    }

    /// <summary>The text, cut in its middle to this many columns.</summary>
    public static string Fit(string text, int columns)
    {
        if (text.GetCellWidth() <= columns) return text;
        var runes = text.EnumerateRunes().Select(rune => rune.ToString()).ToList();
        // Wide letters take two columns: half of the columns is safe for the end, and the beginning takes what then is
        // left.
        var tail = string.Concat(runes.TakeLast(Math.Max(0, (columns / 2) - 1)));
        while (tail.GetCellWidth() > (columns / 2) - 1 && tail.Length > 0)
            tail = string.Concat(tail.EnumerateRunes().Skip(1).Select(rune => rune.ToString()));
        var head = "";
        foreach (var rune in runes)
        {
            if ((head + rune).GetCellWidth() > columns - 1 - tail.GetCellWidth()) break;
            head += rune;
        }
        return $"{head}…{tail}";
    }

    private static string Amount(JobProgress progress) => progress.TotalBytes is > 0 and var total
        ? $"{Quantity.Bytes(progress.Bytes)} of {Quantity.Bytes(total)} "
            + $"({Math.Min(100, 100 * progress.Bytes / total)} %)"
        : Quantity.Bytes(progress.Bytes);

    private static string? Left(JobProgress progress)
    {
        if (progress.TotalBytes is not { } total || progress.BytesPerSecond < 1) return null;
        var left = Math.Max(0, total - progress.Bytes) / progress.BytesPerSecond;
        // Before a twentieth is done, and for what would take years, a guess says nothing.
        return progress.Bytes * 20 < total || left > 86_400 * 1000.0
            ? null : $"about {Quantity.Time(TimeSpan.FromSeconds(left))} left";
    }
}

/// <summary>Lines at the bottom of a terminal that are drawn over; what is printed goes above them.</summary>
internal sealed class LiveLines(Screen screen)
{
    private int _drawn;

    public void Draw(params IEnumerable<string> lines)
    {
        Clear();
        foreach (var line in lines)
        {
            screen.Line(ProgressText.Fit(line, screen.Width - 1));
            _drawn++;
        }
    }

    /// <summary>Takes the lines away, so that others can be printed.</summary>
    public void Clear()
    {
        // Cursor up and erase to the end of the screen (ECMA-48).
        if (_drawn > 0) screen.Output.Write($"\x1b[{_drawn}A\r\x1b[J");
        _drawn = 0;
    }
}

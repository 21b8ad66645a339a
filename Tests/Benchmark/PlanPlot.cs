using System.Globalization;
using System.Text;
using Backup.Actors.Planning;

namespace Backup.Benchmark;

/// <summary>
/// Draws what the planner makes of thirty days, beside a calendar with all fulls on one day of the week. Nothing is
/// measured: the site is made up.
/// </summary>
internal static class PlanPlot
{
    public const string Mode = "plan-plot";

    private const int Cycle = 7;
    private const int WarmUp = 2 * Cycle;
    private const int Days = 30;
    private const int Left = 60;
    private const int Bar = 20;
    private const int Height = 160;

    private static readonly DateOnly First = new(2026, 11, 1);

    /// <summary>Writes the plot.</summary>
    public static async Task<int> Run(string file)
    {
        var simulation = new PlanSimulation(
            PlanSimulation.Site(20, 10, 1), new PlanRules(Cycle, Cycle, long.MaxValue), First);
        await File.WriteAllTextAsync(file, Svg(
            [.. simulation.Planned(WarmUp + Days)], [.. simulation.ByWeekday(WarmUp + Days, DayOfWeek.Sunday)]));
        Console.WriteLine($"Written: {file}");
        return 0;
    }

    private static string Svg(IReadOnlyList<SimulatedDay> planned, IReadOnlyList<SimulatedDay> weekday)
    {
        // The very first day is all fulls in both, and would hide the rest.
        var top = weekday.Skip(1).Max(day => day.TotalBytes);
        var width = Left + (Bar * (WarmUp + Days)) + 20;
        var svg = new StringBuilder(FormattableString.Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{(2 * Height) + 150}\" "));
        svg.Append("font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        Chart(svg, "Planned: fulls spread over the cycle of 7 days", planned, top, 30);
        Chart(svg, "Fixed: all fulls on Sunday", weekday, top, Height + 90);
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"{(2 * Height) + 140}\">dark: fulls, light: other levels; 200 file sets of ")
            .Append("20 clients, made up; the first 14 days are the warm-up</text>\n");
        return svg.Append("</svg>\n").ToString();
    }

    private static void Chart(
        StringBuilder svg, string title, IReadOnlyList<SimulatedDay> days, double top, int y)
    {
        var measured = days.Skip(WarmUp).ToList();
        var mean = measured.Average(day => day.TotalBytes);
        var spread = measured.Max(day => Math.Abs(day.TotalBytes - mean)) / mean;
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"{y - 8}\">{title}: mean {Gib(mean)} GiB a day, "
            + $"furthest from it {spread * 100:0} %</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"4\" y=\"{y + 12}\">{Gib(top)} GiB</text>\n");
        for (var at = 0; at < days.Count; at++)
        {
            var x = Left + (at * Bar);
            var full = Part(days[at].FullBytes, top);
            var total = Part(days[at].TotalBytes, top);
            Rectangle(svg, x, y + Height - total, total - full, "#9ecae1");
            Rectangle(svg, x, y + Height - full, full, "#08519c");
            if (at % Cycle == 0)
                svg.Append(CultureInfo.InvariantCulture,
                    $"<text x=\"{x}\" y=\"{y + Height + 15}\">{days[at].Day:MM-dd}</text>\n");
        }
        var line = y + Height - Part(mean, top);
        svg.Append(CultureInfo.InvariantCulture,
            $"<line x1=\"{Left}\" x2=\"{Left + (Bar * days.Count)}\" y1=\"{line:0.#}\" "
            + $"y2=\"{line:0.#}\" stroke=\"#d62728\" stroke-dasharray=\"4\"/>\n");
    }

    private static double Part(double bytes, double top) => Math.Min(Height, bytes / top * Height);

    private static string Gib(double bytes) => (bytes / (1L << 30)).ToString("0", CultureInfo.InvariantCulture);

    private static void Rectangle(StringBuilder svg, int x, double y, double height, string colour) =>
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x + 1}\" y=\"{y:0.#}\" width=\"{Bar - 2}\" "
            + $"height=\"{height:0.#}\" fill=\"{colour}\"/>\n");
}

namespace Backup.Benchmark;

/// <summary>The middle one of some measurements, and the lowest and highest.</summary>
internal readonly record struct Spread(double Median, double Low, double High)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(
            sorted.Length % 2 == 1
                ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2] + sorted[(sorted.Length / 2) - 1]) / 2,
            sorted[0],
            sorted[^1]);
    }

    public override string ToString() => FormattableString.Invariant($"{Median:F2} ({Low:F2}–{High:F2})");
}

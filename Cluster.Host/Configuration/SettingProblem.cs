using System.Text;
using Backup.Hocon;

namespace Backup.Host.Configuration;

/// <summary>One thing that is wrong in the configuration, and what would be right.</summary>
/// <param name="Place">Line 0 where it is a file as a whole.</param>
/// <param name="Key">The full dotted key; empty where the text could not even be read.</param>
/// <param name="Found">What was found.</param>
/// <param name="Allowed">What is allowed there, with the nearest name where one is near.</param>
/// <param name="IsWarning">Whether the configuration can be used as it is.</param>
internal sealed record SettingProblem(
    HoconPlace Place, string Key, string Found, string Allowed, bool IsWarning = false)
{
    public override string ToString()
    {
        var (weight, key) = (IsWarning ? "warning" : "error", Key.Length == 0 ? "" : $"{Key}: ");
        return $"{Printable($"{Place}  {weight}  {key}{Found}")}\n{Place.Excerpt(Printable(Allowed))}";
    }

    // What was found comes from a file, and must not drive the terminal that shows it.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}

/// <summary>Gathers problems, so that one run names all of them.</summary>
internal sealed class SettingProblems
{
    private readonly List<SettingProblem> _all = [];

    public bool Any => _all.Exists(each => !each.IsWarning);

    /// <summary>By file, line and column.</summary>
    public IReadOnlyList<SettingProblem> InOrder => Sorted(warnings: false);

    /// <summary>What does not keep the configuration from being used, in the same order.</summary>
    public IReadOnlyList<SettingProblem> Warnings => Sorted(warnings: true);

    /// <summary>A value in <c>backup.defaults</c> is read once for each that inherits it, but is one problem.</summary>
    public void Add(HoconPlace place, string key, string found, string allowed, bool isWarning = false)
    {
        if (!_all.Exists(each => each.Place == place && each.Found == found && each.Allowed == allowed))
            _all.Add(new SettingProblem(place, key, found, allowed, isWarning));
    }

    /// <summary>The text for an operator.</summary>
    public static string Render(IReadOnlyList<SettingProblem> problems)
    {
        var text = new StringBuilder();
        foreach (var problem in problems) text.Append(problem).Append('\n');
        var count = problems.Count == 1 ? "1 problem" : $"{problems.Count} problems";
        return text.Append($"{count}. Nothing was changed.\n").ToString();
    }

    private IReadOnlyList<SettingProblem> Sorted(bool warnings) =>
    [
        .. _all.Where(each => each.IsWarning == warnings)
            .OrderBy(each => each.Place.File, StringComparer.Ordinal)
            .ThenBy(each => each.Place.Line).ThenBy(each => each.Place.Column),
    ];
}

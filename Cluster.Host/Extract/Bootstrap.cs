using System.Globalization;
using Backup.Host.CommandLine;
using Backup.Media.Fragments;

namespace Backup.Host.Extract;

/// <summary>
/// Which tape files are meant: records of `Kind=value` lines with an empty line between them. A tape file is meant by a
/// record when all kinds that the record has fit, each with one of its values; and by the whole when any record means
/// it. Layout: docs/formats/bootstrap.md.
/// </summary>
internal sealed class Bootstrap
{
    private static readonly Dictionary<string, Func<FragmentHeader, string, bool>> Kinds =
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["Image"] = (header, value) =>
                header.Image.Image.ToString().StartsWith(value, StringComparison.OrdinalIgnoreCase),
            ["Job"] = (header, value) => IsWithin(value, header.Image.Job.Value),
            ["Client"] = (header, value) => header.Image.Client.Value == value,
            ["Policy"] = (header, value) => header.Image.Policy.Value == value,
            ["FileSet"] = (header, value) => header.Image.FileSet.Value == value,
            ["Level"] = (header, value) => IsWithin(value, header.Image.Level),
            ["Volume"] = (header, value) => header.Location.Volume.Name.Value == value,
            ["VolumeId"] = (header, value) =>
                string.Equals(header.Location.Volume.Id.ToString(), value, StringComparison.OrdinalIgnoreCase),
            ["Fragment"] = (header, value) => IsWithin(value, header.Start.Fragment),
            ["TapeFile"] = (header, value) => IsWithin(value, header.Location.File),
        };

    private static readonly HashSet<string> Numbers =
        new(["Job", "Level", "Fragment", "TapeFile"], StringComparer.OrdinalIgnoreCase);

    private readonly List<Dictionary<string, List<string>>> _records = [];

    private Bootstrap()
    {
    }

    /// <summary>The volumes that it names, in its order.</summary>
    public IReadOnlyList<string> Volumes =>
    [
        .. _records.SelectMany(record => record.GetValueOrDefault("Volume") ?? []).Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Reads a file; null where none is named.</summary>
    /// <exception cref="CommandFailure">It cannot be read, or a line of it is none of these.</exception>
    public static Bootstrap? Read(string? file)
    {
        if (file is null) return null;
        try
        {
            return Parse(File.ReadAllLines(file), file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.Usage($"{file} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Reads lines.</summary>
    /// <exception cref="CommandFailure">A line is none of these.</exception>
    public static Bootstrap Parse(IReadOnlyList<string> lines, string name)
    {
        var read = new Bootstrap();
        Dictionary<string, List<string>>? record = null;
        foreach (var (number, raw) in lines.Index())
        {
            var line = raw.Trim();
            if (line.Length == 0) record = null;
            if (line.Length == 0 || line[0] == '#') continue;
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || !Kinds.ContainsKey(parts[0]) || !AreValues(parts[0], parts[1]))
                throw CommandFailure.Usage(
                    $"{name}, line {number + 1}: expected KIND=VALUE[,VALUE…] with a kind of "
                        + $"{string.Join(", ", Kinds.Keys)}, found \"{line}\".");
            if (record is null) read._records.Add(record = new(StringComparer.OrdinalIgnoreCase));
            if (!record.TryGetValue(parts[0], out var values)) record[parts[0]] = values = [];
            values.AddRange(parts[1].Split(',', StringSplitOptions.TrimEntries));
        }
        return read._records.Count > 0 ? read : throw CommandFailure.Usage($"{name} names nothing.");
    }

    /// <summary>True when a record means the tape file.</summary>
    public bool Means(FragmentHeader header) => _records.Exists(record => record.All(
        kind => kind.Value.Exists(value => Kinds[kind.Key](header, value))));

    private static bool AreValues(string kind, string values) =>
        values.Split(',', StringSplitOptions.TrimEntries).All(value => value.Length > 0
            && (!Numbers.Contains(kind) || RangeOf(value) is not null));

    private static bool IsWithin(string range, long number) =>
        RangeOf(range) is var (first, last) && number >= first && number <= last;

    /// <summary>As 7 or 1-4.</summary>
    private static (long First, long Last)? RangeOf(string value)
    {
        var ends = value.Split('-');
        return ends.Length <= 2
            && long.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? (first, last) : null;
    }
}

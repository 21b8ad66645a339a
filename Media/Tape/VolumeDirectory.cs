using System.Globalization;

namespace Backup.Media.Tape;

/// <summary>The names in a virtual volume's directory: `00001.data` is tape file 1, and it holds data.</summary>
internal static class VolumeDirectory
{
    private const int Digits = 5;
    private static readonly (TapeFileKind Kind, string Suffix)[] Suffixes =
        [(TapeFileKind.Label, ".label"), (TapeFileKind.Data, ".data"), (TapeFileKind.Index, ".index")];

    public static string FileName(int file, TapeFileKind kind) =>
        file.ToString("00000", CultureInfo.InvariantCulture) + Suffixes.First(suffix => suffix.Kind == kind).Suffix;

    /// <summary>True where there are tape files of ours, and no label among them.</summary>
    public static bool LacksLabel(IEnumerable<string> names)
    {
        var kinds = new HashSet<TapeFileKind>();
        foreach (var name in names)
            if (TryParse(name, out _, out var kind)) kinds.Add(kind);
        return kinds.Count > 0 && !kinds.Contains(TapeFileKind.Label);
    }

    /// <summary>True for a name that <see cref="FileName"/> makes.</summary>
    public static bool TryParse(string name, out int file, out TapeFileKind kind)
    {
        (file, kind) = (0, default);
        foreach (var (candidate, suffix) in Suffixes)
        {
            if (!name.EndsWith(suffix, StringComparison.Ordinal)) continue;
            kind = candidate;
            var stem = name.AsSpan(0, name.Length - suffix.Length);
            return stem.Length >= Digits
                && int.TryParse(stem, NumberStyles.None, CultureInfo.InvariantCulture, out file)
                && FileName(file, kind) == name;
        }
        return false;
    }
}

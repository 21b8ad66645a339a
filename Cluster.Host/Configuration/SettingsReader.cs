using Backup.Hocon;

namespace Backup.Host.Configuration;

/// <summary>
/// Reads the configuration of a node, strictly: an unknown key, a wrong type, a value out of range, a name of nothing
/// or a key set twice is a problem, and all problems are found in one run.
/// </summary>
internal static class SettingsReader
{
    private static readonly string[] TopKeys = ["akka", "backup"];

    /// <summary>Reads a file and what it includes.</summary>
    /// <param name="path">The file; its name appears in the problems as given here.</param>
    /// <returns>Settings and no problem, or problems and no settings.</returns>
    public static (BackupSettings? Settings, IReadOnlyList<SettingProblem> Problems) Read(string path)
    {
        var problems = new SettingProblems();
        return Read(new SettingsFiles(problems).Load(path), problems, HostName, path);
    }

    /// <summary>Reads a text as if it were a file of this name, in whose folder other files are found.</summary>
    /// <param name="hostName">Names the node where the text does not.</param>
    public static (BackupSettings? Settings, IReadOnlyList<SettingProblem> Problems) ReadText(
        string text, string name, string hostName)
    {
        var problems = new SettingProblems();
        return Read(new SettingsFiles(problems).LoadText(text, name), problems, hostName, file: null);
    }

    /// <summary>The machine's name up to its first dot.</summary>
    public static string HostName => Environment.MachineName.Split('.')[0];

    private static (BackupSettings?, IReadOnlyList<SettingProblem>) Read(
        HoconObject root, SettingProblems problems, string hostName, string? file)
    {
        // Behind a text that could not be read, all names in it would seem to be missing.
        if (problems.Any) return (null, problems.InOrder);
        var written = Backup(root, problems);
        var section = new SettingsSection(
            "backup", root.Place, CatalogPolicy.AddTo(written, hostName), ReferenceSettings.Backup, problems);
        var settings = new BackupReader(section, hostName).Read(AkkaHocon(root)) with
        {
            Source = new SettingsSource(file, written.WithFallback(ReferenceSettings.Backup), root),
        };
        return problems.Any ? (null, problems.InOrder) : (settings with { Warnings = problems.Warnings }, []);
    }

    /// <summary>What the operator wrote under <c>backup</c>.</summary>
    private static HoconObject Backup(HoconObject root, SettingProblems problems)
    {
        foreach (var member in root.Members.Where(member => !TopKeys.Contains(member.Key)))
        {
            problems.Add(member.KeyPlace, HoconWriter.Key(member.Key), "unknown key",
                NearestName.Suggest(member.Key, "keys", TopKeys));
        }
        if (!root.TryGet("backup", out var backup)) return HoconObject.Empty;
        RefuseSetTwice(backup, "", problems);
        if (backup.Value is HoconObject written) return written;
        problems.Add(backup.Value.Place, "backup", $"found {backup.Value.Kind}", "an object: { … }");
        return HoconObject.Empty;
    }

    /// <summary>In HOCON the last value wins; here a second value for one key is taken for a mistake.</summary>
    private static void RefuseSetTwice(HoconMember member, string parent, SettingProblems problems)
    {
        var key = parent.Length == 0 ? HoconWriter.Key(member.Key) : $"{parent}.{HoconWriter.Key(member.Key)}";
        foreach (var first in member.Overwritten)
            problems.Add(member.Value.Place, key, "set twice", $"one value; the other is at {first}");
        RefuseSetTwice(member.Value, key, problems);
    }

    private static void RefuseSetTwice(HoconNode node, string key, SettingProblems problems)
    {
        foreach (var item in node is HoconArray list ? list.Items : []) RefuseSetTwice(item, key, problems);
        foreach (var inner in node is HoconObject owner ? owner.Members : []) RefuseSetTwice(inner, key, problems);
    }

    private static string AkkaHocon(HoconObject root) =>
        HoconWriter.Write(Only(root, "akka").WithFallback(Only(ReferenceSettings.Root, "akka")));

    private static HoconObject Only(HoconObject root, string key) =>
        root.TryGet(key, out var member) ? new HoconObject([member], HoconPlace.None) : HoconObject.Empty;
}

using System.Text;
using System.Text.RegularExpressions;
using Backup.Hocon;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.file-sets.NAME</c>.</summary>
/// <param name="operationDefaults">Defaults of a save operation.</param>
/// <param name="ruleDefaults">Defaults of a rule.</param>
internal sealed class FileSetReader(HoconObject operationDefaults, HoconObject ruleDefaults)
{
    private const string RootForms = "absolute paths such as [/etc, /home] (\\\\ is a backslash, \\xNN a byte)";
    private const string RuleForms = "rules such as [{ exclude = \"*.tmp\" }, { include = \"/srv/**\" }]";
    private const string RegexForms = "a .NET regular expression without back-references and look-around";
    private const string OperationForms = "a list of save operations such as [{ roots = [/etc] }]";
    private const string TypeForms = "types of file systems such as [ext4, xfs], as in /proc/self/mountinfo";
    private const string RulePattern = "one pattern: exclude = \"…\" or include = \"…\"";

    public FileSet Read(string name, SettingsSection section)
    {
        var roots = new List<Root>();
        var operations = new List<SaveOperation>();
        foreach (var operation in section.Sections("operations", OperationForms, operationDefaults))
            operations.Add(ReadOperation(operation, roots));
        section.RefuseOtherKeys();
        return new FileSet(new FileSetName(name), operations);
    }

    public SaveOperation ReadOperation(SettingsSection section) => ReadOperation(section, []);

    public FileRule? ReadRule(SettingsSection section)
    {
        var exclude = section.OptionalText("exclude", "a pattern");
        var include = section.OptionalText("include", "a pattern");
        var kind = section.Choice("kind", ("wild", PatternKind.Wild), ("regex", PatternKind.Regex));
        var type = section.Choice("type", ("any", RuleTarget.Any), ("file", RuleTarget.File),
            ("dir", RuleTarget.Directory), ("symlink", RuleTarget.Symlink), ("other", RuleTarget.Special));
        section.RefuseOtherKeys();
        if (exclude is not null && include is not null)
        {
            section.Refuse("include", "include beside exclude in one rule", RulePattern);
            return null;
        }
        if ((include ?? exclude) is not { } pattern)
        {
            if (!section.IsWritten("exclude") && !section.IsWritten("include"))
                section.RefuseMissing("exclude", RulePattern);
            return null;
        }
        if (kind == PatternKind.Regex && Defect(pattern) is { } defect)
            section.Refuse(include is null ? "exclude" : "include", defect, RegexForms);
        return new FileRule(include is not null, pattern, kind, type);
    }

    private SaveOperation ReadOperation(SettingsSection section, List<Root> roots)
    {
        var compression = section.Section("compression");
        var operation = new SaveOperation(
            ReadRoots(section, roots),
            ReadRules(section),
            compression.Number("level", 0, 19),
            section.Choice("digest", ("sha256", DigestAlgorithm.Sha256), ("sha512", DigestAlgorithm.Sha512)),
            section.Switch("one-file-system"),
            section.Switch("exclude-caches"),
            ReadMarker(section),
            ReadTypes(section),
            section.Switch("recurse"),
            section.Switch("read-fifos"));
        compression.RefuseOtherKeys();
        section.RefuseOtherKeys();
        return operation;
    }

    /// <summary>The roots of one operation, added to the <paramref name="others"/> of its file set.</summary>
    private static List<string> ReadRoots(SettingsSection section, List<Root> others)
    {
        var texts = new List<string>();
        foreach (var (text, place) in section.Texts("roots", RootForms))
        {
            if (Parse(text) is not { } path)
            {
                section.Refuse(place, "roots", $"found \"{text}\"", $"{RootForms}, without . and .. components");
                continue;
            }
            if (others.Find(each => each.Path.IsWithin(path) || path.IsWithin(each.Path)) is { } other)
            {
                section.Refuse(place, "roots", $"{text} overlaps {other.Text} ({other.Place})",
                    "roots that do not lie within each other");
            }
            others.Add(new Root(text, path, place));
            texts.Add(text);
        }
        return texts;
    }

    private static FilePath? Parse(string root)
    {
        try
        {
            var bytes = PathText.Unescape(root);
            if (bytes is not [(byte)'/', ..] || bytes.Contains((byte)0)) return null;
            var path = new FilePath(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Trim('/')));
            var components = path.IsRoot ? [] : Encoding.Latin1.GetString(path.Bytes).Split('/');
            return components.Any(each => each is "" or "." or "..") ? null : path;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private List<FileRule> ReadRules(SettingsSection section)
    {
        var rules = new List<FileRule>();
        foreach (var each in section.Sections("rules", RuleForms, ruleDefaults))
        {
            if (ReadRule(each) is { } rule) rules.Add(rule);
        }
        return rules;
    }

    private static List<string> ReadTypes(SettingsSection section)
    {
        var types = new List<string>();
        foreach (var (text, place) in section.Texts("file-system-types", TypeForms))
            if (text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')) types.Add(text);
            else section.Refuse(place, "file-system-types", $"found \"{text}\"", TypeForms);
        return types;
    }

    private static string? ReadMarker(SettingsSection section)
    {
        const string allowed = "the name of a file, without /";
        var marker = section.OptionalText("exclude-marker", allowed);
        if (marker is null || !(marker.Contains('/') || marker is "." or "..")) return marker;
        section.Refuse("exclude-marker", $"found \"{marker}\"", allowed);
        return null;
    }

    private static string? Defect(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"not a regular expression: {e.Message}";
        }
    }

    private sealed record Root(string Text, FilePath Path, HoconPlace Place);
}

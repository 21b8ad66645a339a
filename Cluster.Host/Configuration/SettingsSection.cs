using System.Globalization;
using System.Text.RegularExpressions;
using Backup.Hocon;

namespace Backup.Host.Configuration;

/// <summary>
/// An object of the configuration while it is read: what the operator wrote over the defaults. It remembers which keys
/// were asked for, so that the others are unknown, and gathers problems instead of stopping at the first.
/// </summary>
/// <param name="path">The dotted path of the object, for messages.</param>
/// <param name="place">Where it begins, for what is missing in it.</param>
/// <param name="written">What the operator wrote.</param>
/// <param name="defaults">Every key that there is; null where it must be given or may be absent.</param>
/// <param name="isTemplate">True for a part of <c>backup.defaults</c>: what must be given may be missing there.</param>
internal sealed partial class SettingsSection(
    string path, HoconPlace place, HoconObject written, HoconObject defaults, SettingProblems problems,
    bool isTemplate = false)
{
    public const string NameForms =
        "a name of at most 64 letters, digits, '.', '_' or '-' that starts with a letter or digit";

    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    private delegate bool TryReading<T>(string text, out T value);

    public string Path { get; } = path;
    public HoconPlace Place { get; } = place;
    public bool IsTemplate { get; } = isTemplate;

    /// <summary>What there is to say against the value of a key, at its place.</summary>
    public void Refuse(string key, string found, string allowed) => Refuse(Node(key).Place, key, found, allowed);

    public void Refuse(HoconPlace at, string key, string found, string allowed) =>
        problems.Add(ReferenceSettings.IsOf(at) ? Place : at, Child(key), found, allowed);

    /// <summary>What an operator should know of a value that is taken as it is.</summary>
    public void Warn(string key, string found, string better) => Warn(Node(key).Place, key, found, better);

    public void Warn(HoconPlace at, string key, string found, string better) =>
        problems.Add(ReferenceSettings.IsOf(at) ? Place : at, Child(key), found, better, isWarning: true);

    /// <summary>Refuses the absence of what has no default, except in a template. Gives an empty text.</summary>
    public string RefuseMissing(string key, string allowed)
    {
        if (!IsTemplate && Node(key) is HoconScalar { Text: null }) Refuse(Place, key, "must be given", allowed);
        return "";
    }

    /// <summary>The keys that the operator wrote.</summary>
    public IEnumerable<string> Names => written.Members.Select(member => member.Key);

    public bool IsWritten(string key) => written.TryGet(key, out _);

    /// <summary>Names the keys that nobody asked for. The last call on a section.</summary>
    public void RefuseOtherKeys()
    {
        foreach (var member in written.Members.Where(member => !_asked.Contains(member.Key)))
            Refuse(member.KeyPlace, member.Key, "unknown key", NearestName.Suggest(member.Key, "keys", _asked));
    }

    public int Number(string key, int from, int to) =>
        Read(key, $"a whole number from {from} to {to}", 0, (string text, out int value) =>
            HoconValues.TryInt(text, out value) && value >= from && value <= to);

    /// <summary>A number that may be absent: null.</summary>
    public int? OptionalNumber(string key, int from, int to) =>
        Node(key) is HoconScalar { Text: null } ? null : Number(key, from, to);

    public double Decimal(string key, double from, double to) =>
        Read(key, string.Create(CultureInfo.InvariantCulture, $"a number from {from} to {to}"), from,
            (string text, out double value) =>
                HoconValues.TryDouble(text, out value) && value >= from && value <= to);

    public long Bytes(string key, long from, long to) =>
        Read(key, Forms(HoconValues.ByteSizeForms, HoconValues.WriteByteSize, from, to), 0,
            (string text, out long value) => HoconValues.TryByteSize(text, out value) && value >= from && value <= to);

    public TimeSpan Duration(string key, TimeSpan from, TimeSpan to) =>
        Read(key, Forms(HoconValues.DurationForms, HoconValues.WriteDuration, from, to), default,
            (string text, out TimeSpan value) =>
                HoconValues.TryDuration(text, allowInfinite: false, out value) && value >= from && value <= to);

    /// <summary>A time of the day that may be absent: null.</summary>
    public TimeOnly? OptionalTime(string key) => Node(key) is HoconScalar { Text: null } ? null
        : Read(key, "a time of the day, 00:00 to 23:59", default, (string text, out TimeOnly value) =>
            TimeOnly.TryParseExact(
                text, ["H:mm", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out value));

    public bool Switch(string key) => Read(key, HoconValues.BooleanForms, false, HoconValues.TryBoolean);

    /// <summary>One of a few words.</summary>
    public T Choice<T>(string key, params (string Word, T Value)[] choices)
    {
        var words = choices.Select(each => each.Word).ToArray();
        return Read(key, $"one of {string.Join(", ", words)}", choices[0].Value, (string text, out T value) =>
        {
            var index = Array.IndexOf(words, text);
            value = choices[Math.Max(0, index)].Value;
            return index >= 0;
        });
    }

    /// <summary>Text that must be given, exactly as written; empty, and a problem more, where it is missing.</summary>
    public string Text(string key, string allowed) => OptionalText(key, allowed) ?? RefuseMissing(key, allowed);

    /// <summary>Text that may be absent: null.</summary>
    public string? OptionalText(string key, string allowed)
    {
        var node = Node(key);
        if (node is HoconScalar { Text: not "" } scalar) return scalar.Text;
        Refuse(node.Place, key, Found(node), allowed);
        return null;
    }

    /// <summary>A name that may be absent; null where it is, or is none.</summary>
    public string? OptionalName(string key)
    {
        var text = OptionalText(key, NameForms);
        if (text is null || IsName(text)) return text;
        Refuse(key, $"found \"{text}\"", NameForms);
        return null;
    }

    /// <summary>A path, made absolute: a relative one is relative to the folder of the file that says it.</summary>
    public string FilePath(string key)
    {
        var text = Text(key, "a path; a relative one is relative to this file's folder");
        if (text.Length == 0) return "";
        if (text.Contains('\0'))
        {
            Refuse(key, "found a path with a NUL character", "a path");
            return "";
        }
        var folder = System.IO.Path.GetDirectoryName(Node(key).Place.File) ?? "";
        var full = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, text));
        return full.Length > 1 ? full.TrimEnd('/') : full;
    }

    /// <summary>A path that may be absent: null.</summary>
    public string? OptionalFilePath(string key) => Node(key) is HoconScalar { Text: null } ? null : FilePath(key);

    /// <summary>The name of something that stands elsewhere; empty, and a problem more, where it does not.</summary>
    public string Reference(string key, string noun, string nouns, IReadOnlyCollection<string> known)
    {
        var name = Text(key, $"the name of a {noun}");
        return name.Length > 0 && CheckReference(name, Node(key).Place, key, noun, nouns, known) ? name : "";
    }

    /// <summary>As <see cref="Reference"/>; null where it is absent or names nothing.</summary>
    public string? OptionalReference(string key, string noun, string nouns, IReadOnlyCollection<string> known) =>
        Node(key) is not HoconScalar { Text: null } && Reference(key, noun, nouns, known) is { Length: > 0 } name
            ? name : null;

    /// <summary>A list of such names; null where one of them names nothing.</summary>
    public IReadOnlyList<string>? References(string key, string noun, string nouns, IReadOnlyCollection<string> known)
    {
        var names = new List<string>();
        var texts = Texts(key, $"a list of {nouns} such as [a, b]");
        var isRefused = Node(key) is HoconArray list
            ? list.Items.Count > texts.Count
            : Node(key) is not HoconScalar { Text: null };
        foreach (var (name, at) in texts)
        {
            if (!CheckReference(name, at, key, noun, nouns, known)) isRefused = true;
            else if (names.Contains(name)) Refuse(at, key, $"\"{name}\" twice", $"each {noun} once");
            else names.Add(name);
        }
        return isRefused ? null : names;
    }

    /// <summary>A list of texts, each with its place.</summary>
    public IReadOnlyList<(string Text, HoconPlace Place)> Texts(string key, string allowed)
    {
        var texts = new List<(string, HoconPlace)>();
        foreach (var item in Items(key, allowed))
        {
            if (item is HoconScalar { Text: { Length: > 0 } text }) texts.Add((text, item.Place));
            else Refuse(item.Place, key, Found(item), allowed);
        }
        return texts;
    }

    /// <summary>A list of objects, each a section of its own with the same defaults.</summary>
    public IEnumerable<SettingsSection> Sections(string key, string allowed, HoconObject itemDefaults)
    {
        foreach (var (item, index) in Items(key, allowed).Select((item, index) => (item, index)))
        {
            if (item is HoconObject inner)
            {
                var full = $"{Path}.{key}[{index}]";
                yield return new SettingsSection(full, item.Place, inner, itemDefaults, problems, IsTemplate);
            }
            else Refuse(item.Place, key, Found(item), allowed);
        }
    }

    /// <summary>An object within this one.</summary>
    public SettingsSection Section(string key) => Section(key, (HoconObject)Default(key), IsTemplate);

    /// <summary>The objects of <paramref name="key"/> by their names.</summary>
    public IEnumerable<(string Name, SettingsSection Section)> Named(string key, HoconObject itemDefaults)
    {
        var (section, named) = (Section(key), new List<(string, SettingsSection)>());
        foreach (var name in section.Members)
        {
            if (IsName(name.Key)) named.Add((name.Key, section.Section(name.Key, itemDefaults, template: false)));
            else section.Refuse(name.KeyPlace, name.Key, "not a name", NameForms);
        }
        return named;
    }

    /// <summary>The part of <c>backup.defaults</c> for one kind of object, and the section to check it.</summary>
    public (HoconObject Defaults, SettingsSection Section) Template(string key)
    {
        var section = Section(key, (HoconObject)Default(key), template: true);
        return (Overlay(section.Written, (HoconObject)Default(key)), section);
    }

    private HoconObject Written => written;

    private IEnumerable<HoconMember> Members => written.Members;

    /// <summary>The defaults with what was written for them, where that has at least the right shape.</summary>
    private static HoconObject Overlay(HoconObject over, HoconObject under) =>
        new([.. under.Members.Select(theirs => over.TryGet(theirs.Key, out var mine) ? Overlay(mine, theirs) : theirs)],
            under.Place);

    private static HoconMember Overlay(HoconMember over, HoconMember under) => (over.Value, under.Value) switch
    {
        (HoconObject mine, HoconObject theirs) => under with { Value = Overlay(mine, theirs) },
        (HoconObject, _) or (_, HoconObject) => under,
        _ => over,
    };

    private SettingsSection Section(string key, HoconObject sectionDefaults, bool template)
    {
        _asked.Add(key);
        var full = Child(key);
        if (!written.TryGet(key, out var member))
            return new SettingsSection(full, Place, HoconObject.Empty, sectionDefaults, problems, template);
        if (member.Value is not HoconObject inner)
        {
            Refuse(member.Value.Place, key, Found(member.Value), "an object: { … }");
            // As a template, so that nothing is said to be missing in it as well.
            template = true;
            inner = HoconObject.Empty;
        }
        return new SettingsSection(full, member.KeyPlace, inner, sectionDefaults, problems, template);
    }

    private IReadOnlyList<HoconNode> Items(string key, string allowed)
    {
        var node = Node(key);
        var mustBeGiven = Default(key) is HoconScalar { Text: null };
        if (node is HoconArray { Items.Count: 0 } && mustBeGiven)
            Refuse(node.Place, key, "found an empty list", allowed);
        if (node is HoconArray list) return list.Items;
        if (node is not HoconScalar { Text: null }) Refuse(node.Place, key, Found(node), allowed);
        else if (mustBeGiven) RefuseMissing(key, allowed);
        return [];
    }

    private bool CheckReference(
        string name, HoconPlace at, string key, string noun, string nouns, IReadOnlyCollection<string> known)
    {
        if (known.Contains(name)) return true;
        // What the program adds by itself nobody means
        string[] meant = [.. known.Where(each => each != CatalogPolicy.Policy.Value)];
        Refuse(at, key, $"unknown {noun} \"{name}\"", NearestName.Suggest(name, nouns, meant));
        return false;
    }

    private T Read<T>(string key, string allowed, T otherwise, TryReading<T> tryRead)
    {
        var node = Node(key);
        if (node is HoconScalar { Text: { } text } && tryRead(text.Trim(), out var value)) return value;
        Refuse(node.Place, key, Found(node), allowed);
        return otherwise;
    }

    private HoconNode Node(string key)
    {
        _asked.Add(key);
        return written.TryGet(key, out var member) ? member.Value : Default(key);
    }

    // A key without a default is a mistake of the program, not of the operator.
    private HoconNode Default(string key) =>
        defaults.TryGet(key, out var member)
            ? member.Value
            : throw new InvalidOperationException($"reference.conf lacks {Path}.{key}.");

    // The writer quotes the word include only because of what it means in front of a file's name.
    private string Child(string key) => $"{Path}.{(key == "include" ? key : HoconWriter.Key(key))}";

    private static string Forms<T>(string forms, Func<T, string> write, T from, T to) =>
        $"{forms}; {write(from)} to {write(to)}";

    private static string Found(HoconNode node) =>
        node is HoconScalar { Text: { } text } ? $"found \"{text}\"" : $"found {node.Kind}";

    public static bool IsName(string text) => NamePattern().IsMatch(text);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}

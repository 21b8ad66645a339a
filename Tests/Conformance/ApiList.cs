using System.Text.RegularExpressions;

namespace Conformance;

/// <summary>
/// A list of the public surface of a real assembly: a line a type (T) or member (C constructor, M method, P property,
/// F field, E event). Also finds the members that a type inherits, with the type arguments put in.
/// </summary>
internal sealed partial class ApiList
{
    // How a member may be overridden says nothing about whether a call of it means the same.
    private static readonly string[] Unimportant = ["virtual", "override", "sealed", "abstract", "[obsolete]",
        "readonly"];

    private readonly Dictionary<string, TypeLine> _types = [];
    private readonly Dictionary<string, List<MemberLine>> _members = [];

    internal sealed record TypeLine(string Name, string Kind, IReadOnlyList<string> Bases);

    internal sealed record MemberLine(string Owner, string Signature, string Accessors, bool IsAbstract);

    internal ApiList(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (line.StartsWith("T ", StringComparison.Ordinal)) Add(ParseType(line));
            else if (line.Length > 2) Add(ParseMember(line));
        }
    }

    private void Add(TypeLine type) => _types[Key(type.Name)] = type;

    private void Add(MemberLine member)
    {
        if (!_members.TryGetValue(member.Owner, out var members)) _members[member.Owner] = members = [];
        members.Add(member);
    }

    /// <summary>Name and kind, without bases and constraints.</summary>
    internal static TypeLine ParseType(string line)
    {
        // Whether a type parameter is in or out is left aside: what is written with our type works with theirs.
        var parts = Variance().Replace(line[2..].Replace(" [obsolete]", ""), "").Split(" : ", 2);
        var head = parts[0].Split(" where ")[0];
        var space = head.IndexOf(' ');
        var bases = parts.Length == 1 ? [] : SplitTopLevel(parts[1].Split(" where ")[0]);
        var words = head[(space + 1)..].Split(' ').Order(StringComparer.Ordinal);
        return new TypeLine(head[..space], string.Join(' ', words), bases);
    }

    /// <summary>What two lines must have in common, and apart from it what may differ.</summary>
    internal static MemberLine ParseMember(string line)
    {
        var accessors = AccessorList().Match(line).Value;
        var words = AccessorList().Replace(line, "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var signature = string.Join(' ', words.Where(word => !Unimportant.Contains(word)));
        var parameters = signature.IndexOf('(');
        var end = parameters < 0 ? signature.IndexOf(':') : parameters;
        var owner = OwnerOf(signature[2..end]);
        return new MemberLine(owner, signature[..2] + signature[(2 + owner.Length)..], accessors,
            words.Contains("abstract"));
    }

    /// <summary>Everything before the last dot outside of type arguments (a generic method's own included).</summary>
    private static string OwnerOf(string name)
    {
        var depth = 0;
        for (var i = name.Length - 1; i >= 0; i--)
        {
            if (name[i] == '>') depth++;
            else if (name[i] == '<') depth--;
            else if (name[i] == '.' && depth == 0) return name[..i];
        }
        return name;
    }

    internal TypeLine? Find(string typeName) => _types.GetValueOrDefault(Key(typeName));

    /// <summary>The members of the type and of all it inherits from.</summary>
    internal IEnumerable<MemberLine> MembersOf(string typeName)
    {
        var declared = Find(typeName);
        if (declared is null) yield break;
        var names = Arguments(declared.Name);
        var given = Arguments(typeName);
        foreach (var member in _members.GetValueOrDefault(declared.Name, []))
            yield return member with { Signature = Put(member.Signature, names, given) };
        foreach (var inherited in declared.Bases)
            foreach (var member in MembersOf(Put(inherited, names, given))) yield return member;
    }

    internal IEnumerable<string> AncestorsOf(string typeName)
    {
        var declared = Find(typeName);
        if (declared is null) return [];
        var names = Arguments(declared.Name);
        var given = Arguments(typeName);
        var bases = declared.Bases.Select(each => Put(each, names, given)).ToList();
        return bases.Concat(bases.SelectMany(AncestorsOf));
    }

    private static string Put(string text, IReadOnlyList<string> names, IReadOnlyList<string> given)
    {
        for (var i = 0; i < names.Count && i < given.Count; i++)
            if (names[i] != given[i]) text = Regex.Replace(text, $@"(?<![\w.+]){names[i]}(?![\w])", given[i]);
        return text;
    }

    private static IReadOnlyList<string> Arguments(string typeName)
    {
        var open = typeName.IndexOf('<');
        return open < 0 ? [] : SplitTopLevel(typeName[(open + 1)..typeName.LastIndexOf('>')]);
    }

    /// <summary>The name with the number of its type arguments in their place.</summary>
    private static string Key(string typeName)
    {
        var open = typeName.IndexOf('<');
        return open < 0 ? typeName
            : $"{typeName[..open]}`{Arguments(typeName).Count}{typeName[(typeName.LastIndexOf('>') + 1)..]}";
    }

    private static List<string> SplitTopLevel(string text)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                parts.Add(text[start..i].Trim());
                start = i + 1;
            }
            else if (text[i] == '<') depth++;
            else if (text[i] == '>') depth--;
        }
        return parts;
    }

    [GeneratedRegex(@"(?: | ?,)(?:in|out) \w+")]
    private static partial Regex Variance();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex AccessorList();
}

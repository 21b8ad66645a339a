using System.Text.RegularExpressions;
using System.Xml.Linq;
using Backup.Messages;

namespace Backup.Tests.Unit.Docs;

/// <summary>The sentences of the messages' docstrings, each on one line.</summary>
internal static partial class MessageProse
{
    private static readonly Dictionary<string, XElement> Members = XDocument
        .Load(Path.ChangeExtension(typeof(IWireMessage).Assembly.Location, ".xml"))
        .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>What a type is.</summary>
    public static string Of(Type type) => Text(Members[$"T:{Key(type)}"].Element("summary")!);

    /// <summary>What a field of a record is; empty where its docstring says nothing.</summary>
    public static string Of(Type type, string field)
    {
        var said = Members[$"T:{Key(type)}"].Elements("param")
            .FirstOrDefault(each => each.Attribute("name")!.Value == field)
            ?? Members.GetValueOrDefault($"P:{Key(type)}.{field}")?.Element("summary");
        return said is null ? "" : Text(said);
    }

    /// <summary>What a word of an enumeration means.</summary>
    public static string OfWord(Type type, string word) =>
        Text(Members[$"F:{Key(type)}.{word}"].Element("summary")!);

    private static string Key(Type type) => type.FullName!.Replace('+', '.');

    private static string Text(XElement element) =>
        Blanks().Replace(string.Concat(element.Nodes().Select(Text)), " ").Trim();

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Value.Length: > 0 } element => string.Concat(element.Nodes().Select(Text)),
        XElement element when element.Attribute("cref")?.Value is { } named => $"`{Short(named)}`",
        XElement element => $"`{element.Attributes().First().Value}`",
        _ => "",
    };

    /// <summary>T:Backup.Messages.Jobs.JobProtocol.Start is JobProtocol.Start.</summary>
    private static string Short(string named)
    {
        var name = named[2..].Split('(')[0];
        var type = typeof(IWireMessage).Assembly.GetTypes().Where(each => !each.Name.Contains('<'))
            .Where(each => name == Key(each) || name.StartsWith(Key(each) + ".", StringComparison.Ordinal))
            .MaxBy(each => Key(each).Length);
        if (type is null) return name[(name.LastIndexOf('.') + 1)..];
        var outermost = type;
        while (outermost.DeclaringType is { } outer) outermost = outer;
        return name[(outermost.Namespace!.Length + 1)..];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Backup.Tests.ProtocolClient;

/// <summary>Compares values with what the document says of them: all that is said is there, and nothing else.</summary>
public sealed partial class ValueCheck(Protocol protocol)
{
    private readonly List<string> _problems = [];

    /// <summary>What is wrong with a reply, each with its place; nothing when it is as described.</summary>
    public static IReadOnlyList<string> Reply(Protocol protocol, string message, JsonObject reply)
    {
        var check = new ValueCheck(protocol);
        check.Record(protocol.Messages[message], reply, message, "schema");
        return check._problems;
    }

    /// <summary>What is wrong with a request: fields with a default may be left out.</summary>
    public static IReadOnlyList<string> Request(Protocol protocol, string message, JsonObject request)
    {
        var check = new ValueCheck(protocol);
        check.Record([.. protocol.Messages[message].Where(field =>
            !field.HasDefault || request.ContainsKey(field.Json))], request, message, null);
        return check._problems;
    }

    private void Record(IReadOnlyList<Field> fields, JsonObject found, string place, string? also)
    {
        foreach (var field in fields)
            if (!found.TryGetPropertyValue(field.Json, out var value)) Say(place, $"{field.Json} is missing");
            else if (value is null) Expect(field.Optional, $"{place}.{field.Json}", "is null");
            else Value(field.Type, value, $"{place}.{field.Json}");
        foreach (var (name, _) in found)
            Expect(name == also || fields.Any(field => field.Json == name), place, $"{name} is not described");
    }

    private void Value(string type, JsonNode value, string place)
    {
        if (type[0] == '[')
        {
            if (value is not JsonArray items) Say(place, "is no list");
            else
                for (var at = 0; at < items.Count; at++) Item(type, items[at], $"{place}[{at}]");
        }
        else if (type[0] == '{')
        {
            if (value is not JsonObject map) Say(place, "is no object");
            else
                foreach (var (key, item) in map) Item(type, item, $"{place}.{key}");
        }
        else if (protocol.TypeOf(type) is { } described) Named(described, value, place);
        else Expect(IsPlain(type, value), place, $"is {value.ToJsonString()}, expected {type}");
    }

    private void Item(string type, JsonNode? item, string place)
    {
        if (item is null) Say(place, "is null");
        else Value(type[1..^1], item, place);
    }

    private void Named(JsonObject described, JsonNode value, string place)
    {
        switch ((string)described["kind"]!)
        {
            case "record" when value is JsonObject found:
                Record(Field.All(described), found, place, null);
                break;
            case "word":
                Expect(IsText(value, out var word) && described["words"]!.AsObject().ContainsKey(word), place,
                    $"is {value.ToJsonString()}, which is no word of the document");
                break;
            case "text":
                Expect(IsText(value, out var text) && Regex.IsMatch(text, (string)described["pattern"]!), place,
                    $"is {value.ToJsonString()}, expected {described["pattern"]}");
                break;
            case "integer":
                Expect(IsInteger(value, out var number) && number >= (long)described["minimum"]!, place,
                    $"is {value.ToJsonString()}, expected {described["minimum"]} or more");
                break;
            case "family" when value is JsonObject member && described["discriminator"] is { } key:
                Family(described, member, (string)key!, place);
                break;
            case var kind:
                Say(place, $"is no {kind}");
                break;
        }
    }

    private void Family(JsonObject described, JsonObject member, string key, string place)
    {
        if (member[key] is { } word && described["members"]![(string)word!] is { } type)
            Record(Field.All(protocol.TypeOf((string)type!)!), member, place, key);
        else Say(place, $"{key} is no word of the document");
    }

    private static bool IsPlain(string type, JsonNode value) => type switch
    {
        "text" => IsText(value, out _),
        "integer" => IsInteger(value, out _),
        "decimal" => value.GetValueKind() == JsonValueKind.Number,
        "switch" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "moment" => IsText(value, out var text) && Moment().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
        "duration" => IsText(value, out var text) && Duration().IsMatch(text),
        _ => throw new InvalidOperationException($"The document names a type that it does not describe: {type}."),
    };

    private static bool IsText(JsonNode value, out string text)
    {
        text = value.GetValueKind() == JsonValueKind.String ? (string)value! : "";
        return value.GetValueKind() == JsonValueKind.String;
    }

    private static bool IsInteger(JsonNode value, out long number)
    {
        number = 0;
        return value.GetValueKind() == JsonValueKind.Number && long.TryParse(
            value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private void Expect(bool good, string place, string otherwise)
    {
        if (!good) Say(place, otherwise);
    }

    private void Say(string place, string what) => _problems.Add($"{place}: {what}.");

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex Moment();

    [GeneratedRegex(@"^(\d+\.)?\d\d:\d\d:\d\d(\.\d+)?$")]
    private static partial Regex Duration();
}

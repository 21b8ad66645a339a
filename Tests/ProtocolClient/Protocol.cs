using System.Text.Json.Nodes;

namespace Backup.Tests.ProtocolClient;

/// <summary>The published document, as somebody reads it who has nothing else.</summary>
public sealed class Protocol
{
    private readonly JsonObject _types;

    public Protocol(string json)
    {
        var document = JsonNode.Parse(json)!.AsObject();
        Operations = document["operations"]!.AsArray().ToDictionary(
            operation => (string)operation!["name"]!, operation => new Operation(operation!.AsObject()));
        Messages = document["messages"]!.AsArray().ToDictionary(
            message => (string)message!["name"]!, message => Field.All(message!));
        Statuses = document["refusals"]!.AsArray().ToDictionary(
            refusal => (string)refusal!["code"]!, refusal => (int)refusal!["status"]!);
        _types = document["types"]!.AsObject();
    }

    public IReadOnlyDictionary<string, Operation> Operations { get; }

    /// <summary>Fields of each message.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Field>> Messages { get; }

    /// <summary>The HTTP status of each code of a refusal.</summary>
    public IReadOnlyDictionary<string, int> Statuses { get; }

    /// <summary>What a word for a type means; null: it is none of the document's own.</summary>
    public JsonObject? TypeOf(string word) => _types[word]?.AsObject();
}

/// <summary>An operation.</summary>
public sealed class Operation(JsonObject described)
{
    public string Path { get; } = (string)described["path"]!;

    public string Request { get; } = (string)described["request"]!;

    public IReadOnlyList<string> Replies { get; } = Texts(described["replies"]!);

    public IReadOnlyList<string> Refusals { get; } = Texts(described["refusals"]!);

    public JsonObject Example => described["example"]!.DeepClone().AsObject();

    private static IReadOnlyList<string> Texts(JsonNode array) =>
        [.. array.AsArray().Select(text => (string)text!)];
}

/// <summary>A field of a message or record.</summary>
public sealed record Field(string Json, string Type, bool Optional, bool HasDefault)
{
    public static IReadOnlyList<Field> All(JsonNode described) =>
        [.. described["fields"]!.AsArray().Select(field => new Field(
            (string)field!["json"]!, (string)field["type"]!, (bool)field["optional"]!,
            field.AsObject().ContainsKey("default")))];
}

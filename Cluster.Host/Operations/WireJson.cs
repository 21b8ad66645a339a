using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Backup.Host.Operations;

/// <summary>
/// Requests and replies as JSON, strictly: a property that is unknown or missing is refused. A reply is one object
/// whose first property names its type and version: <c>{ "schema": "backup/JobList/1", "jobs": […] }</c>. Documented in
/// docs/operations.md.
/// </summary>
internal static class WireJson
{
    public const string SchemaProperty = "schema";

    public static JsonSerializerOptions Options { get; } = MakeOptions();

    /// <summary>
    /// The schema of a reply: a type keeps its name, and only grows; a change that old readers cannot take raises the
    /// number.
    /// </summary>
    public static string SchemaOf(Type reply) => $"backup/{reply.Name}/1";

    /// <summary>A reply as one line.</summary>
    public static string Line(object reply)
    {
        var node = JsonSerializer.SerializeToNode(reply, reply.GetType(), Options)!.AsObject();
        node.Insert(0, SchemaProperty, SchemaOf(reply.GetType()));
        return node.ToJsonString(Options);
    }

    /// <summary>Reads a reply.</summary>
    /// <param name="json">One object.</param>
    /// <param name="known">The types that it may be of.</param>
    /// <exception cref="JsonException">It is of none of them, or malformed.</exception>
    public static object Reply(string json, IEnumerable<Type> known)
    {
        if (JsonNode.Parse(json) is not JsonObject node) throw new JsonException("Expected an object.");
        if (node[SchemaProperty] is not JsonValue schema || !schema.TryGetValue(out string? name))
            throw new JsonException($"Expected a property \"{SchemaProperty}\".");
        var type = known.FirstOrDefault(each => SchemaOf(each) == name)
            ?? throw new JsonException($"The schema {name} is not known here.");
        node.Remove(SchemaProperty);
        return node.Deserialize(type, Options)!;
    }

    /// <summary>
    /// A request as one object, without what has its default: a node of an older version, which does not know a property,
    /// refuses it only when somebody wants something by it.
    /// </summary>
    public static string RequestText(object request, Type type)
    {
        var node = JsonSerializer.SerializeToNode(request, type, Options)!.AsObject();
        foreach (var property in Options.GetTypeInfo(type).Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: true } parameter
                && Equals(property.Get!(request), parameter.DefaultValue))
                node.Remove(property.Name);
        }
        return node.ToJsonString(Options);
    }

    /// <summary>Reads a request.</summary>
    /// <param name="json">One object.</param>
    /// <param name="type">The request's type.</param>
    /// <exception cref="JsonException">It is malformed, a property is missing or unknown.</exception>
    public static object Request(string json, Type type) =>
        JsonSerializer.Deserialize(json, type, Options) ?? throw new JsonException("Expected an object, found null.");

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectRequiredConstructorParameters = true,
            RespectNullableAnnotations = true,
            // Names come escaped, so that only what JSON itself reserves needs escapes.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        foreach (var converter in WireText.Converters) options.Converters.Add(converter);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

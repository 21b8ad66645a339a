using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Backup.Host.CommandLine;
using Backup.Host.Http;
using Backup.Host.Operations;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;

namespace Backup.Tests.Unit.Docs;

/// <summary>
/// The protocol as data, from the types of the messages, their docstrings and the table of operations: all that a
/// program needs which has none of them (docs/protocol.json).
/// </summary>
internal sealed class ProtocolDocument
{
    private const string Name = "^[A-Za-z0-9._-]{1,64}$";

    /// <summary>What any request may be refused as.</summary>
    private static readonly RefusalCode[] Always = [RefusalCode.BadRequest, RefusalCode.Unavailable, RefusalCode.Forbidden];

    /// <summary>Types that are plain text or numbers in JSON.</summary>
    private static readonly Dictionary<Type, string> Patterns = new()
    {
        [typeof(ImageId)] = "^[0-9a-f]{32}$",
        [typeof(RequestId)] = "^[^\\n]{1,128}$",
        [typeof(PolicyName)] = Name,
        [typeof(ClientName)] = Name,
        [typeof(FileSetName)] = Name,
        [typeof(PoolName)] = Name,
        [typeof(VolumeName)] = Name,
        [typeof(LibraryName)] = Name,
        [typeof(DriveId)] = "^[A-Za-z0-9._-]{1,64}/[0-9]+$",
    };

    private static readonly Dictionary<Type, string> Plain = new()
    {
        [typeof(string)] = "text",
        [typeof(int)] = "integer",
        [typeof(long)] = "integer",
        [typeof(double)] = "decimal",
        [typeof(bool)] = "switch",
        [typeof(DateTimeOffset)] = "moment",
        [typeof(TimeSpan)] = "duration",
        [typeof(Guid)] = "uuid",
        [typeof(UInt128)] = "bits128",
        [typeof(byte[])] = "bytes",
    };

    private readonly NullabilityInfoContext _nullability = new();
    private readonly SortedDictionary<string, JsonObject> _types = new(StringComparer.Ordinal);

    /// <summary>The messages in the order in which pages list them: operations first.</summary>
    public static IReadOnlyList<Type> Messages { get; } =
    [
        .. OperationTable.All.Select(operation => operation.Request)
            .Concat(OperationTable.ReplyTypes)
            .Concat(WireTypes.Protocol.Messages.OrderBy(type => type.Namespace, StringComparer.Ordinal)
                .ThenBy(type => type.MetadataToken))
            .Distinct(),
    ];

    /// <summary>The file's content.</summary>
    public static string Make()
    {
        var document = new ProtocolDocument();
        var made = new JsonObject
        {
            ["protocol"] = "backup",
            ["version"] = 1,
            ["transport"] = Transport(),
            ["refusals"] = new JsonArray([.. Enum.GetValues<RefusalCode>().Select(Refusal)]),
            ["operations"] = new JsonArray([.. OperationTable.All.Select(Operation)]),
            ["messages"] = new JsonArray([.. Messages.Select(document.Message)]),
        };
        made["types"] = new JsonObject(document._types.Select(pair =>
            KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        return made.ToJsonString(new JsonSerializerOptions
        {
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }) + "\n";
    }

    /// <summary>A record's fields: the parameters of what makes it, or else its properties.</summary>
    public static IReadOnlyList<(PropertyInfo Property, ParameterInfo? Parameter)> FieldsOf(Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0).ToList();
        var made = type.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)?.GetParameters()
            ?? [];
        return [.. made.Select(parameter => (properties.Find(property => property.Name == parameter.Name), parameter))
            .Where(field => field.Item1 is not null).Select(field => (field.Item1!, (ParameterInfo?)field.parameter))];
    }

    /// <summary>As pages and this document call it.</summary>
    public static string NameOf(Type type) =>
        type.DeclaringType is { } outer ? $"{NameOf(outer)}.{type.Name}" : type.Name;

    /// <summary>What a message is to whom it reaches.</summary>
    public static string KindOf(Type message)
    {
        var own = message.GetInterfaces().Where(each => each.DeclaringType == message.DeclaringType
            && each.DeclaringType is not null).Select(each => each.Name).FirstOrDefault();
        return message.IsAssignableTo(typeof(ICommandRequest)) ? "command"
            : message.IsAssignableTo(typeof(IRequest)) ? "question"
            : message.IsAssignableTo(typeof(IReply)) ? "answer"
            : own switch
            {
                "ICommand" => "command",
                "IRequest" => "question",
                "IReply" or "IAnswer" => "answer",
                "IReport" => "report",
                _ => "message",
            };
    }

    private static JsonObject Transport() => new()
    {
        ["operations"] = "HTTP on the node's Unix socket: POST the request as one JSON object, get one JSON object.",
        ["schema"] = "The first property of a reply, `schema`, is backup/TYPE/1. Requests have none.",
        ["null"] = "A field whose `optional` is true may be null. A reply has all fields of its type, and no other.",
        ["default"] = "A field of a request that has a `default` may be left out; no other may.",
        ["types"] = "text, integer, decimal, switch (true or false), moment (ISO 8601 with an offset), duration "
            + "([d.]hh:mm:ss[.f]), uuid, bytes (base 64), bits128; [T] is a list, {T} an object whose values are T; "
            + "any other word is a name in `types`.",
        ["idempotency"] = "A command carries an id in `request`: sent again with it, it is done once.",
        ["others"] = "Messages that no operation names travel between actor systems alone (docs/protocol.md).",
    };

    private static JsonNode Refusal(RefusalCode code) => new JsonObject
    {
        ["code"] = Word(code),
        ["status"] = NodeServer.StatusOf(code),
        ["exit"] = ExitCode.For(code),
        ["summary"] = MessageProse.OfWord(typeof(RefusalCode), code.ToString()),
    };

    private static JsonNode Operation(Operation operation) => new JsonObject
    {
        ["name"] = operation.Name,
        ["summary"] = operation.Summary,
        ["method"] = "POST",
        ["path"] = $"/v1/operations/{operation.Name}",
        ["permission"] = Word(operation.Permission),
        ["command"] = $"backup {operation.Command}",
        ["request"] = operation.Request.Name,
        ["replies"] = Texts(operation.Replies.Select(reply => reply.Name)),
        ["refusals"] = Texts(Enum.GetValues<RefusalCode>()
            .Where(code => Always.Contains(code) || operation.Refusals.Contains(code)).Select(Word)),
        ["example"] = JsonNode.Parse(JsonSerializer.Serialize(operation.Example, operation.Request, WireJson.Options)),
    };

    private JsonNode Message(Type type) => new JsonObject
    {
        ["name"] = NameOf(type),
        ["kind"] = KindOf(type),
        ["summary"] = MessageProse.Of(type),
        ["fields"] = Fields(type),
    };

    private JsonArray Fields(Type type) => new([.. FieldsOf(type).Select(field =>
    {
        var (property, parameter) = field;
        var slot = _nullability.Create(property);
        var described = new JsonObject
        {
            ["name"] = property.Name,
            ["json"] = JsonNamingPolicy.CamelCase.ConvertName(property.Name),
            ["type"] = TypeOf(property.PropertyType),
            ["optional"] = slot.ReadState == NullabilityState.Nullable,
            ["summary"] = MessageProse.Of(type, property.Name),
        };
        if (parameter is { HasDefaultValue: true })
            described.Insert(4, "default", OperationArgument.Of(parameter).Default is { } value
                ? JsonNode.Parse(value) : null);
        return (JsonNode)described;
    })]);

    private string TypeOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value) return TypeOf(value);
        if (Plain.TryGetValue(type, out var word)) return word;
        var arguments = type.IsGenericType ? type.GenericTypeArguments : [];
        if (type.IsAssignableTo(typeof(ITuple))) return $"({string.Join(", ", arguments.Select(TypeOf))})";
        if (arguments.Length == 1) return $"[{TypeOf(arguments[0])}]";
        if (arguments.Length == 2) return $"{{{TypeOf(arguments[1])}}}";
        var name = NameOf(type);
        if (_types.TryAdd(name, [])) Describe(type, _types[name]);
        return name;
    }

    private void Describe(Type type, JsonObject described)
    {
        described["summary"] = MessageProse.Of(type);
        if (type.IsEnum)
        {
            described["kind"] = "word";
            described["words"] = new JsonObject(Enum.GetNames(type).Select(word => KeyValuePair.Create(
                JsonNamingPolicy.KebabCaseLower.ConvertName(word), (JsonNode?)MessageProse.OfWord(type, word))));
        }
        else if (type == typeof(JobId)) (described["kind"], described["minimum"]) = ("integer", 1);
        else if (Patterns.TryGetValue(type, out var pattern))
            (described["kind"], described["pattern"]) = ("text", pattern);
        else if (type.IsAbstract) DescribeFamily(type, described);
        else (described["kind"], described["fields"]) = ("record", Fields(type));
    }

    private void DescribeFamily(Type type, JsonObject described)
    {
        described["kind"] = "family";
        if (type.GetCustomAttribute<JsonPolymorphicAttribute>()?.TypeDiscriminatorPropertyName is { } discriminator)
            described["discriminator"] = discriminator;
        var words = type.GetCustomAttributes<JsonDerivedTypeAttribute>()
            .ToDictionary(each => each.DerivedType, each => each.TypeDiscriminator?.ToString());
        described["members"] = new JsonObject(type.Assembly.GetTypes()
            .Where(each => !each.IsAbstract && !each.IsInterface && each.IsAssignableTo(type))
            .Select(each => KeyValuePair.Create(words.GetValueOrDefault(each) ?? NameOf(each),
                (JsonNode?)TypeOf(each))));
    }

    /// <summary>Whether a type is an object in JSON, as records are.</summary>
    public static bool IsObject(Type type) =>
        WireJson.Options.GetTypeInfo(type).Kind == JsonTypeInfoKind.Object;

    private static string Word<T>(T word) where T : struct, Enum =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(word.ToString());

    private static JsonArray Texts(IEnumerable<string> texts) =>
        new([.. texts.Select(text => (JsonNode)JsonValue.Create(text))]);
}

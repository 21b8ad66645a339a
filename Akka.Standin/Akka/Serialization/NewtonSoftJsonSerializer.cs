using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Actor;

namespace Akka.Serialization;

/// <summary>
/// The serializer of whatever has no other, with the name and number that configurations and stored rows know.
/// It writes JSON in which the type of the whole, and of every member declared as object, interface or abstract type,
/// stands beside the value.
/// </summary>
public class NewtonSoftJsonSerializer : Serializer
{
    private const string TypeKey = "$type";
    private const string ValueKey = "$value";
    private readonly JsonSerializerOptions _options;

    public NewtonSoftJsonSerializer(ExtendedActorSystem system) : base(system) =>
        _options = new JsonSerializerOptions
        {
            IncludeFields = true,
            Converters = { new ActorRefConverter(system), new TypeConverter(), new NamedTypeConverters() },
        };

    public override int Identifier => 1;
    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, _options);

    public override object FromBinary(byte[] bytes, Type type) => JsonSerializer.Deserialize<object>(bytes, _options);

    /// <summary>For types that do not say what the value is: the type is written beside it.</summary>
    private sealed class NamedTypeConverters : JsonConverterFactory
    {
        public override bool CanConvert(Type type) =>
            type == typeof(object) || (type.IsAbstract
                && !typeof(System.Collections.IEnumerable).IsAssignableFrom(type));

        public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(NamedTypeConverter<>).MakeGenericType(type));
    }

    private sealed class NamedTypeConverter<T> : JsonConverter<T>
    {
        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString(TypeKey, Serialization.TypeManifest(value.GetType()));
            writer.WritePropertyName(ValueKey);
            if (value.GetType() == typeof(object)) writer.WriteNullValue();
            else JsonSerializer.Serialize(writer, value, value.GetType(), options);
            writer.WriteEndObject();
        }

        public override T Read(ref Utf8JsonReader reader, Type declared, JsonSerializerOptions options)
        {
            Expect(ref reader, JsonTokenType.PropertyName);
            Expect(ref reader, JsonTokenType.String);
            var name = reader.GetString();
            var type = Type.GetType(name) ?? throw new JsonException($"There is no type {name}.");
            if (!declared.IsAssignableFrom(type)) throw new JsonException($"{name} is not a {declared}.");
            Expect(ref reader, JsonTokenType.PropertyName);
            reader.Read();
            var value = type == typeof(object) ? new object() : JsonSerializer.Deserialize(ref reader, type, options);
            Expect(ref reader, JsonTokenType.EndObject);
            return (T)value;
        }

        private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
        {
            if (!reader.Read() || reader.TokenType != token)
                throw new JsonException($"Found {reader.TokenType}, expected {token}.");
        }
    }

    private sealed class ActorRefConverter(ExtendedActorSystem system) : JsonConverter<IActorRef>
    {
        public override bool CanConvert(Type type) => typeof(IActorRef).IsAssignableFrom(type);

        public override void Write(Utf8JsonWriter writer, IActorRef value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Serialization.SerializedActorPath(value));

        public override IActorRef Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            system.Provider.ResolveActorRef(reader.GetString());
    }

    private sealed class TypeConverter : JsonConverter<Type>
    {
        public override bool CanConvert(Type type) => typeof(Type).IsAssignableFrom(type);

        public override void Write(Utf8JsonWriter writer, Type value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Serialization.TypeManifest(value));

        public override Type Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Type.GetType(reader.GetString(), throwOnError: true);
    }
}

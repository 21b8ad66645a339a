using Akka.Actor;

namespace Akka.Persistence.Sql;

/// <summary>Payloads to and from bytes, by the serializers that the actor system is configured with.</summary>
internal sealed class SqlSerializer(ExtendedActorSystem system)
{
    public (byte[] Bytes, int SerializerId, string Manifest) Write(object payload)
    {
        var serializer = system.Serialization.FindSerializerFor(payload);
        return (serializer.ToBinary(payload), serializer.Identifier, Serialization.Serialization.ManifestFor(serializer, payload));
    }

    public object Read(byte[] bytes, int serializerId, string manifest) => system.Serialization.Deserialize(bytes, serializerId, manifest);
}

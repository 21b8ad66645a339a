using Akka.Serialization.Wire;

namespace Akka.Serialization;

public partial class Serialization
{
    /// <summary>A message by the serializer it is bound to: number, manifest, bytes.</summary>
    internal void WriteNested(WireWriter to, object message)
    {
        var serializer = FindSerializerFor(message);
        var bytes = serializer.ToBinary(message);
        to.Int32(serializer.Identifier);
        to.Text(ManifestFor(serializer, message));
        to.Bytes(bytes);
    }

    internal object ReadNested(WireReader from, bool wanted = true)
    {
        var (id, manifest, bytes) = (from.Int32(), from.Text(), from.Bytes());
        return wanted ? Deserialize(bytes, id, manifest) : null;
    }
}

using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Akka.Serialization.Wire;

namespace Akka.Remote.Serialization;

/// <summary>The messages of the actor system itself.</summary>
internal sealed class MiscMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 16;

    public override string Manifest(object o) => o switch
    {
        Identify => "ID",
        ActorIdentity => "AID",
        PoisonPill => "PP",
        Kill => "K",
        ActorSelectionMessage => "SEL",
        IActorRef => "REF",
        _ => throw new ArgumentException($"No manifest for {o.GetType()}.", nameof(o)),
    };

    public override byte[] ToBinary(object obj)
    {
        var to = new WireWriter();
        switch (obj)
        {
            case Identify identify: Optional(to, identify.MessageId); break;
            case ActorIdentity identity:
                Optional(to, identity.MessageId);
                to.Text(Akka.Serialization.Serialization.SerializedActorPath(identity.Subject));
                break;
            case ActorSelectionMessage selection:
                to.Count(selection.Elements.Length);
                foreach (var element in selection.Elements) to.Text(element);
                system.Serialization.WriteNested(to, selection.Message);
                break;
            case IActorRef actorRef: to.Text(Akka.Serialization.Serialization.SerializedActorPath(actorRef)); break;
        }
        return to.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        var from = new WireReader(bytes);
        switch (manifest)
        {
            case "ID": return new Identify(Optional(from));
            case "AID": return new ActorIdentity(Optional(from), Ref(from.Text()));
            case "PP": return PoisonPill.Instance;
            case "K": return Kill.Instance;
            case "REF": return Ref(from.Text()) ?? Nobody.Instance;
            case "SEL":
                var elements = new string[from.Items()];
                for (var i = 0; i < elements.Length; i++) elements[i] = from.Text();
                return new ActorSelectionMessage(system.Serialization.ReadNested(from), elements);
            default: throw new SerializationException($"{manifest} is the manifest of no message.");
        }
    }

    private IActorRef Ref(string path) => string.IsNullOrEmpty(path) ? null : system.Provider.ResolveActorRef(path);

    private void Optional(WireWriter to, object value)
    {
        to.Byte(value is null ? (byte)0 : (byte)1);
        if (value is not null) system.Serialization.WriteNested(to, value);
    }

    private object Optional(WireReader from) => from.Byte() == 0 ? null : system.Serialization.ReadNested(from);
}

/// <summary>Text and whole numbers.</summary>
internal sealed class PrimitiveSerializers(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 17;

    public override string Manifest(object o) => o switch { string => "S", int => "I", _ => "L" };

    public override byte[] ToBinary(object obj) => obj switch
    {
        string text => System.Text.Encoding.UTF8.GetBytes(text),
        int number => BitConverter.GetBytes(number),
        _ => BitConverter.GetBytes((long)obj),
    };

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "S" => System.Text.Encoding.UTF8.GetString(bytes),
        "I" => BitConverter.ToInt32(bytes),
        "L" => BitConverter.ToInt64(bytes),
        _ => throw new SerializationException($"{manifest} is the manifest of nothing primitive."),
    };
}

/// <summary>What the parts of the stand-in on different nodes say to each other.</summary>
internal sealed class ProtocolSerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override int Identifier => 6;
    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => ObjectWriter.Write(system, ProtocolPolicy.Instance, obj);

    public override object FromBinary(byte[] bytes, Type type) =>
        ObjectReader.Read(system, ProtocolPolicy.Instance, bytes);
}

using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Serialization;
using Xunit;

namespace Backup.Tests.Unit.Wire;

/// <summary>Nodes of two versions talk.</summary>
public sealed class MessageVersionSpecs : IAsyncDisposable
{
    private readonly WireSystem _system = new();

    private sealed record ThingV1(string Name, IReadOnlyList<int> Sizes) : IWireMessage;

    private sealed record ThingV2(string Name, IReadOnlyList<int> Sizes, string? Note = null, long Count = 0,
        IReadOnlyList<PolicyName>? Policies = null) : IWireMessage;

    private sealed record ThingV3(string Name, IReadOnlyList<int> Sizes, string Required) : IWireMessage;

    [Fact]
    public void A_field_that_an_older_sender_lacks_is_empty() =>
        Assert.Equivalent(new ThingV2("a", [1, 2]), AsIf<ThingV2>(new ThingV1("a", [1, 2])), strict: true);

    [Fact]
    public void A_field_that_a_newer_sender_has_is_passed_over() =>
        Assert.Equivalent(new ThingV1("a", [1]),
            AsIf<ThingV1>(new ThingV2("a", [1], "new", 3, [new PolicyName("p")])), strict: true);

    [Fact]
    public void A_field_that_must_be_there_cannot_be_added() =>
        Assert.Contains("ThingV3.Required is missing",
            Assert.Throws<SerializationException>(() => AsIf<ThingV3>(new ThingV1("a", []))).Message);

    [Fact]
    public void A_type_that_is_not_known_here_is_named()
    {
        var sender = Serializer(typeof(ThingV1));
        var bytes = Renamed(sender.ToBinary(new ThingV1("a", [])), "ThingV1", "ThingV9");

        Assert.Contains("ThingV9",
            Assert.Throws<SerializationException>(() => sender.FromBinary(bytes, typeof(object))).Message);
    }

    [Fact]
    public void Another_form_is_refused()
    {
        var bytes = Serializer(typeof(ThingV1)).ToBinary(new ThingV1("a", []));
        bytes[0] = 2;

        Assert.Contains("form 2", Assert.Throws<SerializationException>(() => _system.Read(bytes)).Message);
    }

    [Theory]
    [InlineData("Backup.Messages.JobId, Messages", true)]
    [InlineData("Backup.Messages.JobId, Messages, Version=9.8.7.6, Culture=neutral, PublicKeyToken=null", true)]
    [InlineData("Backup.Messages.JobId, Messages,Version=9.8.7.6", true)]
    [InlineData("Backup.Messages.JobId[], Messages, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null", true)]
    [InlineData("System.UInt128, System.Private.CoreLib,%core%", true)]
    [InlineData("System.Nullable`1[[Backup.Messages.JobId, Messages]], System.Private.CoreLib,%core%", true)]
    [InlineData("Backup.Messages.JobId", false)]
    [InlineData("Backup.Messages.JobId, Evil", false)]
    [InlineData("Backup.Messages.JobId[][], Messages", false)]
    [InlineData("Backup.Messages.Serialization.MessagesConfig, Messages", false)]
    [InlineData("System.IO.FileInfo, System.Private.CoreLib,%core%", false)]
    [InlineData("System.Object, System.Private.CoreLib,%core%", false)]
    [InlineData("", false)]
    public void A_name_is_allowed_whatever_the_version_and_no_other(string name, bool allowed) =>
        Assert.Equal(allowed, new WireTypeFilter(WireTypes.Protocol.Written).IsAllowed(name));

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private T AsIf<T>(IWireMessage message)
    {
        var bytes = Renamed(Serializer(message.GetType()).ToBinary(message), message.GetType().Name, typeof(T).Name);
        return Assert.IsType<T>(Serializer(typeof(T)).FromBinary(bytes, typeof(object)));
    }

    private MessagesSerializer Serializer(Type message) => new(_system.Local, new WireTypes([message]));

    private static byte[] Renamed(byte[] bytes, string from, string to) => MessagesSerializer.Seal(
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(MessagesSerializer.BodyOf(bytes))
            .Replace(from, to, StringComparison.Ordinal)));
}

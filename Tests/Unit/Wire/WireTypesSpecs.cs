using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Serialization;
using Xunit;

namespace Backup.Tests.Unit.Wire;

public sealed class WireTypesSpecs
{
    private sealed record Held(Action Run) : IWireMessage;

    private sealed record Anything(object Value) : IWireMessage;

    private sealed record Opened(Stream Stream) : IWireMessage;

    private sealed record Broken(Exception Cause) : IWireMessage;

    private sealed record Referring(IActorRef Actor) : IWireMessage;

    private sealed record Many(List<int> Numbers) : IWireMessage;

    private sealed record Wide(IReadOnlyList<IReadOnlyDictionary<string, Held>> All) : IWireMessage;

    private record Derivable(int Number) : IWireMessage;

    private sealed record Worked(Task Work) : IWireMessage;

    [Theory]
    [InlineData(typeof(Held), "Held.Run")]
    [InlineData(typeof(Anything), "Anything.Value")]
    [InlineData(typeof(Opened), "Opened.Stream")]
    [InlineData(typeof(Broken), "Broken.Cause")]
    [InlineData(typeof(Referring), "Referring.Actor")]
    [InlineData(typeof(Many), "Many.Numbers")]
    [InlineData(typeof(Wide), "Held.Run")]
    [InlineData(typeof(Derivable), "Derivable")]
    [InlineData(typeof(Worked), "Worked.Work")]
    public void A_message_that_cannot_travel_is_named_with_its_member(Type message, string place) =>
        Assert.Contains(place, Assert.Throws<NotSupportedException>(() => new WireTypes([message])).Message);

    [Fact]
    public void The_protocol_can_travel() => Assert.Equal(
        MessageFiller.Messages, WireTypes.Protocol.Messages.OrderBy(type => type.FullName, StringComparer.Ordinal));

    [Fact]
    public void All_kinds_of_job_and_failure_are_in_it() => Assert.Empty(
        typeof(JobId).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(JobSpec)) || type.IsSubclassOf(typeof(JobFailure)))
            .Except(WireTypes.Protocol.Written));

    [Fact]
    public void The_numbers_of_the_serializers_are_not_of_those_that_Akka_keeps_for_itself() =>
        Assert.All([MessagesSerializer.Number, RefusingSerializer.Number], number => Assert.InRange(number, 101, 9999));
}

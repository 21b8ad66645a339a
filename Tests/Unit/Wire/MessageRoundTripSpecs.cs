using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Serialization;
using Xunit;

namespace Backup.Tests.Unit.Wire;

public sealed class MessageRoundTripSpecs : IAsyncDisposable
{
    private const int Seeds = 20;
    private readonly WireSystem _system = new();

    [Fact]
    public void Every_message_comes_back_from_its_bytes()
    {
        var differences = Every().Select(message => (message, MessageEquality.Difference(
                message, _system.Read(_system.Messages.ToBinary(message)))))
            .Where(pair => pair.Item2 is not null).Select(pair => $"{pair.message.GetType().Name}{pair.Item2}");

        Assert.Equal("", string.Join('\n', differences));
    }

    [Fact]
    public void What_comes_back_is_made_of_nothing_but_what_the_protocol_names()
    {
        // The lists that the program hands over are of types that another program need not have.
        var written = WireTypes.Protocol.Written.Select(type => type.Assembly).Distinct();

        Assert.Equal([typeof(object).Assembly, typeof(IWireMessage).Assembly],
            written.OrderByDescending(assembly => assembly == typeof(object).Assembly));
    }

    [Fact]
    public async Task Every_message_travels_between_two_systems()
    {
        var (here, there) = (_system.Remoting("here"), _system.Remoting("there"));
        there.ActorOf(Props.Create(() => new Echo()), "echo");
        var echo = await here.ActorSelection(
                $"{((ExtendedActorSystem)there).Provider.DefaultAddress}/user/echo")
            .ResolveOne(TimeSpan.FromSeconds(10));
        var messages = MessageFiller.Messages.Select(type => new MessageFiller(1).Make(type)).ToList();

        var answers = await Task.WhenAll(messages.Select(message => echo.Ask(message, TimeSpan.FromMinutes(2))));

        Assert.Equal("", string.Join('\n', messages.Zip(answers)
            .Select(pair => MessageEquality.Difference(pair.First, pair.Second)).Where(found => found is not null)));
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    private static IEnumerable<object> Every() => Enumerable.Range(0, Seeds).SelectMany(seed =>
        MessageFiller.Messages.Select(type => new MessageFiller(seed).Make(type)));

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }
}

using Backup.Messages;
using Xunit;

namespace Backup.Tests.System.Delivery;

/// <summary>A message that is new has no play yet.</summary>
public sealed class EveryMessageSpecs
{
    [Fact]
    public void Every_message_has_a_play_in_which_it_is_doubled_lost_and_late()
    {
        var messages = typeof(IWireMessage).Assembly.GetTypes().Where(type =>
            type is { IsAbstract: false, IsInterface: false } && type.IsAssignableTo(typeof(IWireMessage)));

        Assert.Equal(
            messages.Select(type => type.FullName).Order(StringComparer.Ordinal),
            MessageCases.Parts.Values.SelectMany(part => part.Keys).Concat(MessageCases.Elsewhere.Keys)
                .Select(type => type.FullName).Order(StringComparer.Ordinal));
    }
}

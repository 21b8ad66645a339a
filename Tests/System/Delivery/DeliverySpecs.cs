using Xunit;

namespace Backup.Tests.System.Delivery;

/// <summary>
/// Each message of the protocol comes twice, does not come, or comes too late, in a job or question in which it occurs:
/// the job ends as it would have, once, with one image of the same data, and the question is answered.
/// </summary>
public abstract class DeliverySpecs(ModelCluster cluster)
{
    /// <summary>Every message of a part of the protocol.</summary>
    protected static TheoryData<string> MessagesOf(string part) =>
        new(MessageCases.Parts[part].Keys.Select(type => type.FullName!));

    /// <summary>One message of each play: the same play is not played twice with the same fault.</summary>
    protected static TheoryData<string> PlaysOf(string part) => new(
        MessageCases.Parts.Values.SelectMany(each => each).GroupBy(pair => pair.Value).Select(same => same.First().Key)
            .Where(MessageCases.Parts[part].ContainsKey).Select(type => type.FullName!));

    private protected async Task Single(string part, string message, Fault fault)
    {
        var (type, play) = MessageCases.Parts[part].Single(pair => pair.Key.FullName == message);
        await Play(play, type, fault, [type]);
    }

    private protected Task AllDoubled(string part, string message)
    {
        var (type, play) = MessageCases.Parts[part].Single(pair => pair.Key.FullName == message);
        // Where orders get lost, the copy of one would come.
        if (play == Plays.ClientKnowsNothing || play == Plays.StorageKnowsNothing)
            return Play(play, type, Fault.Doubled, [type]);
        var types = MessageCases.Parts.Values.SelectMany(each => each).Where(pair => pair.Value == play);
        return Play(play, null, Fault.Doubled, types.Select(pair => pair.Key));
    }

    private async Task Play(Func<Stage, Task> play, Type? type, Fault fault, IEnumerable<Type> met)
    {
        var stage = new Stage(cluster);
        cluster.Postman.Break(type, fault);
        try
        {
            await play(stage);
            await stage.IsQuiet();
            // The last ones may come behind what the catalog knows as the end
            await stage.Until(
                () => Task.FromResult(!met.Except(cluster.Postman.Met).Any()),
                () => string.Join("; ", met.Except(cluster.Postman.Met)
                    .Select(missing => $"The play has no {missing.FullName}")));
        }
        finally
        {
            cluster.Postman.Mend();
        }
    }
}

/// <summary>What the catalog hears and says.</summary>
public sealed class CatalogDeliverySpecs(ModelCluster cluster) : DeliverySpecs(cluster), IClassFixture<ModelCluster>
{
    public static TheoryData<string> Messages => MessagesOf("Catalog");

    public static TheoryData<string> Plays => PlaysOf("Catalog");

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_lost(string message) => Single("Catalog", message, Fault.Lost);

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_late(string message) => Single("Catalog", message, Fault.Late);

    [Theory]
    [MemberData(nameof(Plays))]
    public Task All_come_twice(string message) => AllDoubled("Catalog", message);
}

/// <summary>What storage hears and says.</summary>
public sealed class StorageDeliverySpecs(ModelCluster cluster) : DeliverySpecs(cluster), IClassFixture<ModelCluster>
{
    public static TheoryData<string> Messages => MessagesOf("Storage");

    public static TheoryData<string> Plays => PlaysOf("Storage");

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_lost(string message) => Single("Storage", message, Fault.Lost);

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_late(string message) => Single("Storage", message, Fault.Late);

    [Theory]
    [MemberData(nameof(Plays))]
    public Task All_come_twice(string message) => AllDoubled("Storage", message);
}

/// <summary>What clients, the allocator and jobs hear and say.</summary>
public sealed class ClientDeliverySpecs(ModelCluster cluster) : DeliverySpecs(cluster), IClassFixture<ModelCluster>
{
    public static TheoryData<string> Messages => MessagesOf("Clients");

    public static TheoryData<string> Plays => PlaysOf("Clients");

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_lost(string message) => Single("Clients", message, Fault.Lost);

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_late(string message) => Single("Clients", message, Fault.Late);

    [Theory]
    [MemberData(nameof(Plays))]
    public Task All_come_twice(string message) => AllDoubled("Clients", message);
}

/// <summary>What is asked and answered.</summary>
public sealed class OperationDeliverySpecs(ModelCluster cluster) : DeliverySpecs(cluster), IClassFixture<ModelCluster>
{
    public static TheoryData<string> Messages => MessagesOf("Operations");

    public static TheoryData<string> Plays => PlaysOf("Operations");

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_lost(string message) => Single("Operations", message, Fault.Lost);

    [Theory]
    [MemberData(nameof(Messages))]
    public Task The_first_is_late(string message) => Single("Operations", message, Fault.Late);

    [Theory]
    [MemberData(nameof(Plays))]
    public Task All_come_twice(string message) => AllDoubled("Operations", message);
}

using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>CL-25: what a client does is its own word.</summary>
public sealed class ClientCommandSpecs : ActorKit
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _uplink;

    public ClientCommandSpecs()
        : base(MessagesConfig.Default) => _uplink = CreateTestProbe();

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ClientCommands.Backup, "backup")]
    [InlineData(ClientCommands.Restore, "restore")]
    [InlineData(ClientCommands.Verify, "verify")]
    [InlineData(ClientCommands.Estimate, "estimate")]
    public void What_it_leaves_out_is_refused_each_time_and_all_else_is_begun(ClientCommands left, string word)
    {
        var client = Client(ClientCommands.All & ~left);
        foreach (var (command, orders) in Orders())
        {
            client.Tell(orders);
            var said = _uplink.FishForMessage<ClientProtocol.IReport>(each => each.Job == orders.Job);
            if (command != left)
            {
                Assert.IsType<ClientProtocol.Begun>(said);
                continue;
            }
            AssertRefused(said);
            // Who asks again hears it again, and its end is answered: nothing runs
            client.Tell(orders);
            AssertRefused(_uplink.FishForMessage<ClientProtocol.IReport>(each => each.Job == orders.Job));
            client.Tell(new ClientProtocol.Stop(orders.Job, orders.Epoch));
            Assert.IsType<ClientProtocol.Stopped>(
                _uplink.FishForMessage<ClientProtocol.IReport>(each => each.Job == orders.Job));
        }

        void AssertRefused(ClientProtocol.IReport said) => Assert.Equal(
            new JobFailure.NotAllowed(JobSamples.Client, word), Assert.IsType<ClientProtocol.Failed>(said).Failure);
    }

    [Fact]
    public void Who_makes_no_estimates_shows_no_preview()
    {
        var client = Client(ClientCommands.Backup);

        client.Tell(new NodeProtocol.Preview(JobSamples.Client, "walk", 0, 10, Save()), TestActor);

        Assert.Contains("client.commands", ExpectMsg<Refused>().Sentence, StringComparison.Ordinal);
    }

    private IActorRef Client(ClientCommands commands) => Sys.ActorOf(ClientActor.Props(
        new ClientOptions(
            JobSamples.Client, Directory.CreateDirectory(_folder.File("work")).FullName, 1, TimeSpan.FromMinutes(1),
            TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1))
        { Commands = commands },
        new DataPlane(new DataPlaneOptions()), _uplink.Ref));

    private static IEnumerable<(ClientCommands Command, ClientProtocol.ICommand Orders)> Orders()
    {
        var (epoch, storage) = (new Epoch(1), new DataAddress("here", new string('0', 64), null));
        yield return (ClientCommands.Backup,
            new ClientProtocol.Save(new JobId(1), epoch, Save(), storage, At, ResumePoint.Beginning));
        yield return (ClientCommands.Restore,
            new ClientProtocol.Restore(new JobId(2), epoch, Restore, storage, 1));
        yield return (ClientCommands.Verify, new ClientProtocol.Compare(new JobId(3), epoch, VerifyDisk));
        yield return (ClientCommands.Estimate, new ClientProtocol.Estimate(new JobId(4), epoch, Estimate));
    }
}

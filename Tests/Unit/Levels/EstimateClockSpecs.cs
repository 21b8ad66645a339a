using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Clients;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>
/// An estimate by time stamps: a base's moment is the director's, and the times of files are the client's.
/// </summary>
public sealed class EstimateClockSpecs : ActorKit
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 10, 30, 0, TimeSpan.Zero);
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(0)]
    [InlineData(60)]
    [InlineData(-60)]
    public async Task What_changed_since_the_base_is_measured_however_wrong_the_clients_clock_is(int minutesAhead)
    {
        var client = Noon.AddMinutes(minutesAhead);
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;
        foreach (var (name, minutesAgo) in new[] { ("before", 10), ("after", 1) })
        {
            File.WriteAllText(Path.Combine(root, name), name);
            File.SetLastWriteTimeUtc(Path.Combine(root, name), client.AddMinutes(-minutesAgo).UtcDateTime);
        }
        Directory.SetLastWriteTimeUtc(root, client.AddDays(-1).UtcDateTime);
        var spec = new EstimateSpec(
            new PolicyName("nightly"), new ClientName("web"),
            new FileSet(new FileSetName("all"), [new SaveOperation([root], [])]),
            [new EstimatedLevel(1, new ImageId(5), Noon.AddMinutes(-5))], SelectBy.ModificationTimes);

        var measured = await new EstimateWork(
            new ClientProtocol.Estimate(new JobId(1), new Epoch(1), spec),
            new ClientOptions(
                spec.Client, _folder.File("work"), 1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1),
                TimeSpan.FromSeconds(1)),
            CatalogInquiry.Once(Sys.ActorOf(Props.Create(() => new EmptyBase())), TimeSpan.FromSeconds(20)))
            .Run(exception => Assert.Fail(exception.Detail), () => client, CancellationToken.None);

        Assert.Equal(1, measured.Items);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    /// <summary>A director whose clock is right, and a base of which nothing is listed.</summary>
    private sealed class EmptyBase : ReceiveActor
    {
        public EmptyBase() => Receive<CatalogProtocol.ReadManifest>(asked =>
            Sender.Tell(new CatalogProtocol.ManifestPage(asked.Image, [], null, Noon)));
    }
}

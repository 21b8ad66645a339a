using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Serialization;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>S0-03: the marching orders of a full backup are all that a client needs.</summary>
public sealed class BareClientSpecs : ActorKit
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _uplink;

    public BareClientSpecs()
        : base(MessagesConfig.Default) => _uplink = CreateTestProbe();

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_client_that_gets_one_message_and_nothing_else_ends_the_backup()
    {
        var source = Directory.CreateDirectory(_folder.File("source")).FullName;
        for (var file = 0; file < 20; file++)
            await File.WriteAllBytesAsync(Path.Combine(source, $"file-{file:00}"), new byte[100_000]);
        var plane = new DataPlane(new DataPlaneOptions());
        var link = new DataLink<ArchiveChunk>(2, confirmsEnd: true);
        var address = plane.Open(link, new DataPassport(Job, new Epoch(1), Client, Library));
        var spec = Save() with
        {
            FileSet = new FileSet(new FileSetName("all"), [new SaveOperation([source], [])]),
        };
        var client = Sys.ActorOf(ClientActor.Props(
            new ClientOptions(
                Client, Directory.CreateDirectory(_folder.File("work")).FullName, 1, TimeSpan.FromMinutes(1),
                TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1)),
            plane, _uplink.Ref));

        client.Tell(ThroughItsBytes(
            new ClientProtocol.Save(Job, new Epoch(1), spec, address, At, ResumePoint.Beginning)));
        var saved = new List<string>();
        var isWhole = false;
        while (await link.Read().WaitAsync(TimeSpan.FromSeconds(30)) is { } chunk)
        {
            using (chunk)
            {
                saved.AddRange(chunk.Members.Select(member => "/" + member.Entry.Path));
                isWhole |= chunk.EndsImage;
                if (chunk.EndsFragment) link.Acknowledge(chunk.Fragment, Sha256Digest.Of("root"u8));
            }
        }
        link.ConfirmEnd();

        var said = new List<object>();
        while (said is not [.., ClientProtocol.Finished]) said.Add(_uplink.ReceiveOne(TimeSpan.FromSeconds(30)));
        Assert.True(isWhole);
        Assert.Equal(
            Directory.GetFiles(source).Order(StringComparer.Ordinal), saved.Where(path => path.Contains("/file-")));
        Assert.All(said, each => Assert.IsAssignableFrom<ClientProtocol.IReport>(each)); // reports, and no question
    }

    /// <summary>
    /// S2-18: what has not been sent yet is nowhere but in the source, and the client cannot write a file at all.
    /// </summary>
    [Fact]
    public async Task What_is_saved_is_sent_as_it_is_read_and_no_copy_of_it_is_made_on_the_client()
    {
        const int Files = 64;
        var source = Directory.CreateDirectory(_folder.File("large")).FullName;
        var content = new byte[1 << 20];
        foreach (var number in Enumerable.Range(0, Files))
        {
            new Random(number).NextBytes(content);
            await File.WriteAllBytesAsync(Path.Combine(source, $"file-{number:00}"), content);
        }
        var blocked = _folder.File("no-directory");
        await File.WriteAllTextAsync(blocked, "in its place");
        var plane = new DataPlane(new DataPlaneOptions());
        var link = new DataLink<ArchiveChunk>(2, confirmsEnd: true);
        var address = plane.Open(link, new DataPassport(Job, new Epoch(1), Client, Library));
        var client = Sys.ActorOf(ClientActor.Props(
            new ClientOptions(
                Client, Path.Combine(blocked, "work"), 1, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(20),
                TimeSpan.FromSeconds(1)),
            plane, _uplink.Ref));

        client.Tell(new ClientProtocol.Save(
            Job, new Epoch(1),
            Save() with { FileSet = new FileSet(new FileSetName("all"), [new SaveOperation([source], [])]) },
            address, At, ResumePoint.Beginning));
        var (saved, bytes) = (new List<string>(), 0L);
        while (await link.Read().WaitAsync(TimeSpan.FromSeconds(30)) is { } chunk)
        {
            using (chunk)
            {
                if (bytes == 0)
                    foreach (var gone in Directory.GetFiles(source).Order(StringComparer.Ordinal).Skip(Files / 2))
                        File.Delete(gone);
                bytes += chunk.ArchiveLength;
                saved.AddRange(chunk.Members.Select(member => Path.GetFileName(member.Entry.Path.ToString())));
                if (chunk.EndsFragment) link.Acknowledge(chunk.Fragment, Sha256Digest.Of("root"u8));
            }
        }
        link.ConfirmEnd();

        Assert.Contains("file-31", saved);
        Assert.DoesNotContain("file-32", saved);
        Assert.DoesNotContain("file-63", saved);
        Assert.InRange(bytes, 32L << 20, 34L << 20);
        Assert.Equal("in its place", await File.ReadAllTextAsync(blocked));
    }

    private object ThroughItsBytes(ClientProtocol.Save orders)
    {
        var serializer = Sys.Serialization.FindSerializerFor(orders);
        return Sys.Serialization.Deserialize(serializer.ToBinary(orders), serializer.Identifier, "");
    }
}

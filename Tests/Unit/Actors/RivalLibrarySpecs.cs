using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Data;
using Backup.Actors.Node;
using Backup.Actors.Storage;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>Two storage nodes that say that one library is theirs: it is of the one that had it first.</summary>
public sealed class RivalLibrarySpecs : ActorKit
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _allocator;
    private readonly IActorRef _directory;
    private TimeSpan _now;

    public RivalLibrarySpecs()
        : base(TestScheduled)
    {
        _allocator = CreateTestProbe();
        _directory = Sys.ActorOf(NodeDirectory.Props(_allocator.Ref, () => _now));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("vault", "vault", null, null, "Nodes s1 and s2 both say that library vault is theirs")]
    [InlineData("vault", "cellar", "7", null, "Library cellar of node s2 is a copy of library vault of node s1")]
    [InlineData("vault", "cellar", null, "scsi-1-nst", "have the device scsi-1-nst in common")]
    public void Of_two_that_claim_one_the_second_is_refused_in_words(
        string first, string second, string? identity, string? device, string sentence)
    {
        var claims = (NodeSeen[])
        [
            Seen("s2", Claim(second, At.AddDays(1), identity, device)),
            Seen("s1", Claim(first, At, identity, device), Claim("other", At, "8", "scsi-2-nst")),
        ];

        var rival = Assert.Single(LibraryClaims.Rivals(claims));

        Assert.Equal(("s2", second), (rival.Node.Value, rival.Library.Value));
        Assert.Contains(sentence, rival.Sentence, StringComparison.Ordinal);
        Assert.Equal(rival, Assert.Single(LibraryClaims.Rivals(claims.Reverse())));
    }

    [Fact]
    public void A_node_of_which_nothing_was_heard_for_long_claims_nothing()
    {
        NodeSeen[] Of(TimeSpan silence) =>
            [Seen("s1", Claim("vault", At)) with { Silence = silence }, Seen("s2", Claim("vault", At.AddDays(1)))];

        Assert.Equal("s2", Assert.Single(LibraryClaims.Rivals(Of(LibraryClaims.ForGood))).Node.Value);
        Assert.Empty(LibraryClaims.Rivals(Of(LibraryClaims.ForGood + TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void Neither_drives_nor_commands_come_to_the_second_until_the_first_gives_the_library_up()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        Announce("s2", second, At.AddDays(1));
        Assert.Equal([Drive], Offered("s2"));
        Announce("s1", first, At);

        Assert.Empty(Offered("s2"));
        Assert.Equal([Drive], Offered("s1"));
        Announce("s2", second, At.AddDays(1));
        Assert.Empty(Offered("s2"));
        var ask = new NodeProtocol.ForLibrary(Library, new UnmountDrive(new RequestId("1"), Drive));
        _directory.Tell(ask, TestActor);
        first.ExpectMsg<NodeProtocol.ForLibrary>();
        // A while without the first is no reason: it may be at work in its drives
        _directory.Tell(new NodeProtocol.Leaves(new NodeName("s1")), first.Ref);
        _allocator.ExpectMsg<AllocatorProtocol.Withdraw>();
        _directory.Tell(ask, TestActor);
        Assert.Contains("No node that owns library vault", ExpectMsg<Refused>().Sentence, StringComparison.Ordinal);

        Announce("s1", first, null);

        Assert.Equal([Drive], Offered("s2"));
        Assert.Empty(Offered("s1"));
        _directory.Tell(ask, TestActor);
        second.ExpectMsg<NodeProtocol.ForLibrary>();
    }

    [Fact]
    public void What_the_second_has_is_used_when_the_first_is_gone_for_good()
    {
        var (first, second) = (CreateTestProbe(), CreateTestProbe());
        Announce("s1", first, At);
        Announce("s2", second, At.AddDays(1));
        Assert.Equal([Drive], Offered("s1"));
        Assert.Empty(Offered("s2"));

        for (; _now < LibraryClaims.ForGood + Every; Tick())
        {
            Announce("s2", second, At.AddDays(1));
            if (_now <= LibraryClaims.ForGood) Assert.Empty(Offered("s2"));
        }
        Announce("s2", second, At.AddDays(1));

        _allocator.FishForMessage<AllocatorProtocol.Offer>(offer => offer.Drives.Count > 0);

        // The directory looks at its clock every two seconds: one that slept has heard of nobody
        void Tick()
        {
            _now += TimeSpan.FromSeconds(2);
            ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(2));
            _directory.Tell(NodeProtocol.List.Instance, TestActor);
            ExpectMsg<NodeProtocol.Nodes>();
        }
    }

    [Fact]
    public void A_library_that_was_copied_to_another_node_is_known_by_its_identity_over_restarts()
    {
        var one = Claimed("one", At);
        foreach (var from in Directory.GetFiles(_folder.File("one/tapes")))
        {
            Directory.CreateDirectory(_folder.File("two/tapes"));
            File.Copy(from, _folder.File($"two/tapes/{Path.GetFileName(from)}"));
        }
        var two = Claimed("two", At.AddDays(1));

        Assert.Equal(one.Identity, two.Identity);
        Assert.Equal(
            "s2",
            Assert.Single(LibraryClaims.Rivals([Seen("s1", one with { Library = new LibraryName("a") }),
                Seen("s2", two)])).Node.Value);
        Assert.Equal(one, Claimed("one", At.AddDays(2)));
    }

    /// <summary>As a storage node does it that opens its library at a moment.</summary>
    private LibraryClaim Claimed(string node, DateTimeOffset now)
    {
        var books = new DriveBooks(_folder.File(node));
        Directory.CreateDirectory(_folder.File(node));
        var options = new LibraryOptions(
            Library, _folder.File($"{node}/tapes"), 4, 1, 1 << 24, 0, new Dictionary<PoolName, string>(), true);
        using var keeper = LibraryKeeper.Open(options, books.VolumesOf(Library), _ => { });
        books.Of(Library).Opened(keeper.Identity.ToString(), now);
        return Assert.Single(new DriveBooks(_folder.File(node)).Claims([options]));
    }

    private static LibraryClaim Claim(
        string library, DateTimeOffset since, string? identity = null, string? device = null) =>
        new(new LibraryName(library), since, identity, device is null ? null : [device]);

    private static NodeSeen Seen(string node, params LibraryClaim[] claims) => new(
        new NodeName(node), "", null, [], true, TimeSpan.Zero, null, claims);

    private void Announce(string node, TestProbe face, DateTimeOffset? since) => _directory.Tell(
        new NodeProtocol.Announce(
            new NodeName(node), null, since is null ? [] : [Drive], Every,
            Libraries: since is { } held ? [Claim("vault", held)] : []),
        face.Ref);

    private IReadOnlyList<DriveId> Offered(string node)
    {
        var offer = _allocator.ExpectMsg<AllocatorProtocol.Offer>();
        Assert.Equal(node, offer.Node.Value);
        return offer.Drives;
    }
}

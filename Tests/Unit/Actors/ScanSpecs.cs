using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>Scans of a real library into a real catalog.</summary>
public sealed class ScanSpecs : ActorKit
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(60);
    private static readonly VolumeName Main = new("main-0001");
    private static readonly VolumeName Offsite = new("offsite-0001");
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteFixture _catalog = new();

    public ScanSpecs()
        : base("backup.catalog-dispatcher { type = PinnedDispatcher, executor = thread-pool-executor }")
    {
    }

    private LibraryOptions Tapes => new(
        Library, _folder.File("tapes"), 6, 1, 1L << 30, 0, new Dictionary<PoolName, string>(), AutoLabel: true);

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_volume_whose_label_cannot_be_read_costs_what_lies_on_it_and_no_other()
    {
        SealedSamples.Write(_folder.Path, 2, sealImage: true);
        Directory.CreateDirectory(Path.Combine(Tapes.Directory, "disk-0001"));
        File.WriteAllText(
            Path.Combine(Tapes.Directory, "disk-0001", "00000.label"), "torn");
        Directory.CreateDirectory(Path.Combine(Tapes.Directory, "empty"));

        var (result, lines) = Scan();

        Assert.Equal((2, 1), (result.Fragments, result.Exceptions));
        Assert.Contains("disk-0001 was not read", Assert.Single(lines, line => line.Code == "scan").Text,
            StringComparison.Ordinal);
        Assert.Equal(2, _catalog.Store.Images.Get(Image).Value.Fragments);
    }

    [Theory]
    [InlineData("main-0001", "offsite-0001")]
    [InlineData("offsite-0001", "main-0001")]
    public void What_was_given_back_of_one_copy_is_had_from_the_other_and_is_no_copy(string gone, string left)
    {
        Copy(SealedSamples.Write(_folder.Path, 1, sealImage: true)[0]);
        File.WriteAllBytes(
            Path.Combine(Tapes.Directory, gone, "00001.data"),
            ReleasedMarker.Of("it was migrated"));

        var (result, _) = Scan();

        Assert.Equal((1, 0), (result.Fragments, result.Exceptions));
        var copies = _catalog.Store.Copies.OfImages(Image).Value;
        Assert.Equal([new VolumeName(left)], Assert.Single(copies).Volumes);
    }

    [Fact]
    public void What_was_given_back_of_the_only_copy_is_not_whole()
    {
        SealedSamples.Write(_folder.Path, 1, sealImage: true);
        File.WriteAllBytes(
            Path.Combine(Tapes.Directory, Main.Value, "00001.data"),
            ReleasedMarker.Of("it was removed"));

        var (result, lines) = Scan();

        Assert.Equal(0, result.Fragments);
        Assert.Contains(lines, line => line.Code == "image-given-back");
    }

    private void Copy(SealedFragment fragment)
    {
        using var library = LibraryKeeper.Open(Tapes, _folder.File("vault.volumes"), _ => { });
        var (drive, reader) = (library.Drives[0], new BlockReader(fragment.Index));
        library.MountForReading(0, Main);
        var blocks = Enumerable.Range(0, reader.Count).Select(number =>
        {
            var block = new byte[TapeFormat.BlockBytesMax];
            Assert.Null(reader.Read(drive, number, block, out var length));
            return block[..length];
        }).ToList();
        library.Release(0);
        var volume = library.MountForWriting(0, new PoolName("offsite"));
        Assert.Equal(Offsite, volume.Name);
        using var writer = CopyWriter.Begin(drive, volume, fragment, 2, []);
        for (var number = 0; number < blocks.Count; number++)
            Assert.IsType<WriteResult.Written>(writer.Append(blocks[number], reader.DigestOf(number)));
        Assert.IsType<SealResult.Sealed>(writer.Seal());
        library.Release(0);
    }

    private (StorageResult Result, IReadOnlyList<StorageProtocol.Said> Lines) Scan()
    {
        CatalogStandIn.RecordJob(_catalog.Store, JobSamples.Scan);
        var epoch = _catalog.Store.Jobs.TakeEpoch(Job, default).Value;
        var reports = CreateTestProbe();
        var catalog = Sys.ActorOf(CatalogActor.Props(_catalog.Store));
        var uplink = Sys.ActorOf(Props.Create(() => new Uplink(catalog, reports.Ref)));
        var options = new StorageOptions(
            _folder.Path, [Tapes], 4, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30),
            TimeSpan.FromSeconds(3), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        var storage = Sys.ActorOf(StorageActor.Props(options, new DataPlane(new DataPlaneOptions()), uplink));
        storage.Tell(new StorageProtocol.Scan(Job, epoch, new ScanSpec(Library), Drive));
        var lines = new List<StorageProtocol.Said>();
        while (true)
        {
            switch (reports.ReceiveOne(Within))
            {
                case StorageProtocol.Said said: lines.Add(said); break;
                case StorageProtocol.Finished finished: return (finished.Result, lines);
                case StorageProtocol.Failed failed: throw new InvalidOperationException(failed.Failure.ToString());
                case null: throw new TimeoutException("The scan did not end.");
            }
        }
    }

    /// <summary>The way to catalog and jobs.</summary>
    private sealed class Uplink : ReceiveActor
    {
        public Uplink(IActorRef catalog, IActorRef reports)
        {
            Receive<CatalogProtocol.IRequest>(catalog.Forward);
            ReceiveAny(reports.Forward);
        }
    }
}

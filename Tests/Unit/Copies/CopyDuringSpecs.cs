using System.Collections.Concurrent;
using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Tests.Media.Fragments;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Unit.Copies;

/// <summary>A copy that is written while its image is: it is whole and recorded, or given up and harms nothing.</summary>
public sealed class CopyDuringSpecs : ActorKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(3_500_000, 1)), ("b", TinyArchive.Noise(2_500_000, 2)),
        ("c", [3]));

    private readonly TapeRack _original = new();
    private readonly ConcurrentQueue<string> _said = [];
    private readonly ConcurrentQueue<(int Fragment, string Volume)> _recorded = [];
    private readonly TaskCompletionSource _ready = new();

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(4)]
    public async Task It_is_whole_on_its_own_volumes_and_recorded_behind_the_fragments_themselves(int blocksMax)
    {
        var rack = new TapeRack(blocksMax) { VolumesBefore = 100 };
        var copy = Copy(rack);
        var running = copy.Run(_ready.SetResult);

        Write(copy);
        await Until(() => copy.Waiting == 0);
        Assert.Empty(_recorded); // nobody has said yet that the catalog has the fragments
        for (var fragment = 0; fragment < _original.Sealed.Count; fragment++) copy.Noted(fragment);
        await running.WaitAsync(Patience);

        Assert.True(copy.IsWhole, string.Join('\n', _said));
        Assert.Equal([0, 1, 2], _recorded.Select(each => each.Fragment));
        Assert.All(_recorded, each => Assert.Contains(rack.Identities, known => known.Name.Value == each.Volume));
        var image = Assert.Single(rack.Scan().Images);
        Assert.Equal(_original.Sealed.Select(each => each.Root), image.Fragments.Select(each => each.Root));
        Assert.All(image.Fragments, fragment => Assert.Equal(CopyDuring.Number, fragment.Copy));
        Assert.Equal(["copy-during", "copy-sealed"], _said.Select(line => line.Split(' ')[0]));
    }

    [Theory]
    [InlineData("write", 1)]
    [InlineData("write", 4)]
    [InlineData("mark", 1)]
    [InlineData("flush", 3)]
    [InlineData("flush", 6)]
    public async Task A_drive_that_fails_costs_the_copy_and_nothing_else(string call, int at)
    {
        var (rack, calls) = (new TapeRack { VolumesBefore = 100 }, 0);
        rack.Drive.Fault = made => made == call && ++calls == at ? new TapeResult(TapeStatus.IoError) : null;
        var copy = Copy(rack);
        var running = copy.Run(_ready.SetResult);

        Write(copy);
        for (var fragment = 0; fragment < _original.Sealed.Count; fragment++) copy.Noted(fragment);
        await running.WaitAsync(Patience);

        Assert.Equal(at, calls);
        Assert.False(copy.IsWhole);
        Assert.NotNull(copy.Dropped);
        Assert.Equal("copy-dropped", _said.Last().Split(' ')[0]);
        Assert.Equal(3, _original.Sealed.Count);
        Assert.True(_recorded.Count < 3);
    }

    [Fact]
    public async Task Without_a_volume_it_is_given_up_before_the_image_begins()
    {
        var copy = Copy(null);
        var running = copy.Run(_ready.SetResult);

        await _ready.Task.WaitAsync(Patience);
        Assert.NotNull(copy.Dropped);
        Write(copy);
        await running.WaitAsync(Patience);

        Assert.Equal("copy-dropped", Assert.Single(_said).Split(' ')[0]);
        Assert.Empty(_recorded);
    }

    [Fact]
    public async Task A_drive_that_lags_by_more_than_the_buffer_holds_nobody_up()
    {
        var rack = new TapeRack { VolumesBefore = 100 };
        using var goesOn = new ManualResetEventSlim();
        rack.Drive.Fault = call =>
        {
            if (call == "write") goesOn.Wait(Patience);
            return null;
        };
        var copy = Copy(rack, blocksMax: 2);
        var running = copy.Run(_ready.SetResult);

        Write(copy); // does not wait: the drive stands still
        Assert.Contains("2 blocks", copy.Dropped, StringComparison.Ordinal);
        goesOn.Set();
        await running.WaitAsync(Patience);

        Assert.False(copy.IsWhole);
        Assert.Empty(_recorded);
    }

    [Fact]
    public async Task A_job_that_is_stopped_stops_its_copy()
    {
        var copy = Copy(new TapeRack { VolumesBefore = 100 });
        var running = copy.Run(_ready.SetResult);
        Write(copy); // no fragment is noted: it would wait for ever

        copy.Drop("The job was stopped.");
        copy.Drop("Something else.");
        await running.WaitAsync(Patience);

        Assert.Equal("The job was stopped.", copy.Dropped);
        Assert.Empty(_recorded);
        Assert.Single(_said, line => line.StartsWith("copy-dropped", StringComparison.Ordinal));
    }

    /// <summary>As a session's lane does: what the image's drive has taken is handed over.</summary>
    private void Write(CopyDuring copy)
    {
        var fragments = Archive.Cut(Archive.BeginOf(1), Archive.BeginOf(2));
        _original.MountBlank();
        foreach (var fragment in fragments)
        {
            var (last, info) = (_original.Sealed.LastOrDefault(), fragment == fragments[^1]
                ? new SealInfo(SealOutcome.Complete, TapeRack.Finished, [.. _original.Sealed.Select(each => each.Summary)])
                : null);
            using var writer = FragmentWriter.Begin(
                _original.Drive, _original.Identities[^1], TapeRack.Image, new Epoch(1), fragment.Start,
                last?.Root ?? default, last?.Index.Open);
            copy.Begin(new OpenFragment(TapeRack.Image, new Epoch(1), fragment.Start, last?.Root ?? default));
            foreach (var chunk in fragment.Chunks())
                using (chunk)
                {
                    Assert.IsType<WriteResult.Written>(writer.Append(chunk));
                    copy.Append(chunk.Payload.Span);
                }
            _original.Sealed.Add(Assert.IsType<SealResult.Sealed>(writer.Seal(info)).Fragment);
            copy.Seal(_original.Sealed[^1]);
        }
    }

    private CopyDuring Copy(TapeRack? rack, int blocksMax = CopyDuring.BlocksMaxUsual) => new(
        new DriveHandle(Sys.ActorOf(Props.Create(() => new RackDrive(rack))), new JobId(5), null),
        new PoolName("offsite"), new JobId(5), new Epoch(1),
        CatalogInquiry.Once(Sys.ActorOf(Props.Create(() => new Intake(_recorded))), Patience),
        (_, code, text) => _said.Enqueue($"{code} {text}"), blocksMax);

    private static async Task Until(Func<bool> holds)
    {
        using var over = new CancellationTokenSource(Patience);
        while (!holds()) await Task.Delay(5, over.Token);
    }

    /// <summary>A drive that loads blank volumes of a rack; of none, where there is no rack.</summary>
    private sealed class RackDrive : ReceiveActor
    {
        public RackDrive(TapeRack? rack)
        {
            Receive<DriveProtocol.MountForWriting>(mount =>
            {
                if (rack is null)
                {
                    mount.Answer.SetException(new JobFailureException(
                        new JobFailure.NoVolume(mount.Pool, new LibraryName("tapes"))));
                    return;
                }
                rack.MountBlank();
                mount.Answer.SetResult(new DriveProtocol.Mounted(rack.Identities[^1]));
            });
            Receive<DriveProtocol.Work>(work => work.Run(rack!.Drive));
            Receive<DriveProtocol.Retire>(_ => { });
        }
    }

    /// <summary>A catalog that takes every index.</summary>
    private sealed class Intake : ReceiveActor
    {
        public Intake(ConcurrentQueue<(int Fragment, string Volume)> recorded) =>
            Receive<CatalogProtocol.IndexPiece>(piece =>
            {
                recorded.Enqueue((piece.Fragment, piece.Index.Volume.Value));
                Sender.Tell(new CatalogProtocol.Closed(piece.Image, piece.Fragment, piece.Root, WasKnown: false));
            });
    }
}

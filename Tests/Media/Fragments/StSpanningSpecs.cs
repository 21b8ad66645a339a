using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>A whole image over small cartridges in one drive of the st driver, and back.</summary>
public sealed class StSpanningSpecs
{
    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a/", []), ("a/big", TinyArchive.Noise(7 << 20, 1)),
        ("a/small", TinyArchive.Noise(900, 2)), ("b", TinyArchive.Noise(1_500_000, 3)), ("c", []));

    public static TheoryData<int, StEndManner, bool> Ends
    {
        get
        {
            var ends = new TheoryData<int, StEndManner, bool>();
            foreach (var block in (ReadOnlySpan<int>)[0, 4096])
                foreach (var manner in (ReadOnlySpan<StEndManner>)[StEndManner.Refuses, StEndManner.WritesAndRefuses])
                {
                    ends.Add(block, manner, true);
                    ends.Add(block, manner, false);
                }
            return ends;
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void An_image_goes_over_small_cartridges_whatever_their_end_is_like(
        int blockBytes, StEndManner manner, bool isWarned)
    {
        using var rack = new StRack(
            blockBytes,
            _ => new StCartridgeModel(3 << 20, isWarned ? 600_000 : 0) { End = manner });

        rack.Write(Archive.Cut(Archive.BeginOf(2), Archive.BeginOf(3)), chunkBytes: 300_000);

        Assert.InRange(rack.Cartridges.Count, 3, 30);
        Assert.Equal(Archive.Bytes.ToArray(), rack.ReadAll());
        Assert.Single(rack.Scan().Images);
    }

    /// <summary>Random capacities, warnings, block sizes, chunk sizes and compression (seeded).</summary>
    [Fact]
    public void Random_cartridges_lose_nothing()
    {
        for (var seed = 1; seed <= 25; seed++)
        {
            var random = new Random(seed);
            int[] sizes = [0, 0, 512, 1024, 4096, 16_384];
            using var rack = new StRack(
                sizes[random.Next(sizes.Length)],
                _ => new StCartridgeModel(
                    random.Next(2_300_000, 9 << 20), random.Next(3) == 0 ? 0 : random.Next(100_000, 700_000))
                {
                    End = (StEndManner)random.Next(2),
                    StoredBytes = random.Next(2) == 0 ? (_, bytes) => bytes
                        : (number, bytes) => (long)(bytes * (0.3 + (number * 7919 % 100 / 100.0))),
                });

            rack.Write(Archive.Cut(Archive.BeginOf(2), Archive.BeginOf(3)), random.Next(50_000, 1 << 20));

            Assert.True(Archive.Bytes.SequenceEqual(rack.ReadAll()), $"seed {seed}");
            Assert.Single(rack.Scan().Images);
        }
    }

    [Fact]
    public void What_was_called_sealed_survives_a_power_cut_at_any_call()
    {
        for (var at = 5; ; at += 7)
        {
            using var rack = new StRack(0, _ => new StCartridgeModel(5 << 20, 600_000));
            var calls = 0;
            rack.Model.Fault = _ => ++calls == at ? throw new PowerCut() : null;
            try
            {
                rack.Write(Archive.Cut(Archive.BeginOf(2), Archive.BeginOf(3)), chunkBytes: 300_000);
                Assert.True(at > 60, $"Only {at} calls.");
                return;
            }
            catch (PowerCut)
            {
                rack.Model.Fault = _ => null;
                rack.LosePower();
            }
            var expected = Archive.Bytes[..(int)rack.Sealed.Sum(each => each.Index.Chunks.ArchiveBytes)].ToArray();
            Assert.Equal(expected, rack.ReadAll());
        }
    }

    private sealed class PowerCut : Exception;
}

/// <summary>Cartridges and one drive of the st driver, as a drive actor would use them.</summary>
internal sealed class StRack : IDisposable
{
    private readonly Func<int, StCartridgeModel> _make;
    private readonly int _blockBytes;
    private StTapeDrive _drive;

    public StRack(int blockBytes, Func<int, StCartridgeModel> make)
    {
        (_blockBytes, _make) = (blockBytes, make);
        _drive = StDrives.On(Model, blockBytes);
    }

    public StModel Model { get; } = new();
    public List<StCartridgeModel> Cartridges { get; } = [];
    public List<SealedFragment> Sealed { get; } = [];

    public void Write(IReadOnlyList<TinyFragment> fragments, int chunkBytes)
    {
        PutInNew();
        foreach (var fragment in fragments)
        {
            var seal = fragment == fragments[^1]
                ? new SealInfo(SealOutcome.Complete, TapeRack.Finished, [.. Sealed.Select(each => each.Summary)])
                : null;
            var done = Assert.IsType<SealResult.Sealed>(Write(fragment, seal, chunkBytes));
            Sealed.Add(done.Fragment);
            if (done.VolumeIsNearlyFull) PutInNew();
        }
    }

    public byte[] ReadAll()
    {
        using var bytes = new MemoryStream();
        foreach (var fragment in Sealed)
        {
            using var reader = new FragmentReader(fragment.Index.Layout, FragmentReadPlan.Whole(fragment.Index.Layout));
            while (reader.Next is { } part)
            {
                PutIn((int)part.Location.Volume.Id.Value - 1);
                foreach (var piece in reader.Read(_drive))
                {
                    Assert.Null(piece.Defect);
                    bytes.Write(piece.Bytes.Span);
                }
            }
        }
        return bytes.ToArray();
    }

    public Assembly Scan()
    {
        var assembler = new ImageAssembler();
        for (var number = Cartridges.Count - 1; number >= 0; number--)
        {
            PutIn(number);
            foreach (var found in VolumeScanner.Scan(_drive)) assembler.Add(found);
        }
        return assembler.Assemble();
    }

    public void LosePower()
    {
        foreach (var cartridge in Cartridges) cartridge.LosePower();
        Model.LosePower();
        _drive = StDrives.On(Model, _blockBytes);
    }

    public void Dispose() => _drive.Dispose();

    private SealResult Write(TinyFragment fragment, SealInfo? seal, int chunkBytes)
    {
        using var writer = FragmentWriter.Begin(
            _drive, Identity(Cartridges.Count), TapeRack.Image, new Epoch(1), fragment.Start,
            Sealed.Count == 0 ? default : Sealed[^1].Root, Sealed.Count == 0 ? null : Sealed[^1].Index.Open,
            new FixedClock());
        foreach (var chunk in fragment.Chunks(chunkBytes))
        {
            var result = writer.Append(chunk);
            chunk.Dispose();
            while (result is WriteResult.NeedVolume) result = Continue(writer);
            Assert.IsType<WriteResult.Written>(result);
        }
        while (true)
        {
            var result = writer.Seal(seal);
            if (result is not SealResult.NeedVolume) return result;
            Continue(writer);
        }
    }

    private WriteResult Continue(FragmentWriter writer)
    {
        Assert.True(Cartridges.Count < 100, "The writer asks for volumes without end.");
        PutInNew();
        return writer.ContinueOn(_drive, Identity(Cartridges.Count));
    }

    private void PutInNew()
    {
        _drive.Unload();
        Cartridges.Add(_make(Cartridges.Count));
        Model.Cartridge = Cartridges[^1];
        var label = new VolumeLabel(
            Identity(Cartridges.Count), new LibraryId(42), new PoolName("daily"), TapeRack.Finished);
        Assert.IsType<Labelling.Done>(TapeLabels.Write(_drive, label));
    }

    private void PutIn(int number)
    {
        if (Model.Cartridge == Cartridges[number] && _drive.IsLoaded) return;
        _drive.Unload();
        Model.Cartridge = Cartridges[number];
        Assert.IsType<LabelReading.Labelled>(TapeLabels.LoadAndRead(_drive));
    }

    private static VolumeIdentity Identity(int number) =>
        new(new VolumeName($"V{number:000}"), new VolumeId((UInt128)number));
}

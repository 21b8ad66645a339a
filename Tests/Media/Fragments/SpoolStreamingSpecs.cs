using Backup.Media.Fragments;
using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

/// <summary>
/// How often a drive stops and repositions ("shoe-shining") under the product's own writers: a drive takes data from
/// its buffer at its speed, and stops each time the buffer is empty before more has come. Time is counted, not waited
/// for.
/// </summary>
public sealed class SpoolStreamingSpecs
{
    private const double MB = 1_000_000;
    private const double DriveSpeed = 100 * MB;

    private static readonly TinyArchive Archive = TinyArchive.Of(
        TapeRack.Image.Image, ("a", TinyArchive.Noise(20_000_000, 1)), ("b", TinyArchive.Noise(10_000_000, 2)));

    private static readonly IReadOnlyList<TinyFragment> Fragments = Archive.Cut(Archive.BeginOf(1));

    [Theory]
    [InlineData(10, 10)]
    [InlineData(60, 10)]
    [InlineData(200, 0)]
    public void A_drive_that_a_client_feeds_stops_when_the_client_is_slower(int clientSpeed, int stopsMin)
    {
        var drive = new StreamingModel(DriveSpeed);
        var rack = new TapeRack();

        Write(rack, clientSpeed * MB, drive);

        if (stopsMin == 0) Assert.Equal(0, drive.Stops);
        else Assert.InRange(drive.Stops, stopsMin, int.MaxValue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(60)]
    public void From_a_spool_the_drive_never_stops_however_slow_the_client_was(int clientSpeed)
    {
        var (spooled, written) = (new TapeRack(), new TapeRack());
        var clock = new StreamingModel(DriveSpeed);
        Write(spooled, clientSpeed * MB, clock, counts: false);
        var drive = new StreamingModel(DriveSpeed);

        Despool(spooled, written, diskSpeed: 400 * MB, drive);

        Assert.Equal(0, drive.Stops);
        Assert.Equal(Archive.Bytes.Length / DriveSpeed, drive.Elapsed, tolerance: 0.1);
        Assert.Empty(written.Verify(written.Sealed));
    }

    /// <summary>The model counts what it should: a disk that is slower than the drive does not keep it going.</summary>
    [Fact]
    public void From_a_spool_on_a_slower_disk_it_stops_all_the_same()
    {
        var (spooled, written) = (new TapeRack(), new TapeRack());
        Write(spooled, 10 * MB, new StreamingModel(DriveSpeed), counts: false);
        var drive = new StreamingModel(DriveSpeed);

        Despool(spooled, written, diskSpeed: 50 * MB, drive);

        Assert.InRange(drive.Stops, 10, int.MaxValue);
    }

    private static void Write(TapeRack rack, double clientSpeed, StreamingModel drive, bool counts = true)
    {
        rack.MountBlank();
        if (counts) Feed(rack, drive);
        foreach (var fragment in Fragments)
        {
            using var writer = FragmentWriter.Begin(
                rack.Drive, rack.Identities[^1], TapeRack.Image, new Messages.Epoch(1), fragment.Start,
                rack.Sealed.Count == 0 ? default : rack.Sealed[^1].Root, rack.Sealed.Count == 0
                    ? null : rack.Sealed[^1].Index.Open, new FixedClock());
            foreach (var chunk in fragment.Chunks())
            {
                drive.Pass(chunk.Length / clientSpeed);
                Assert.IsType<WriteResult.Written>(writer.Append(chunk));
                chunk.Dispose();
            }
            var isLast = fragment == Fragments[^1];
            rack.Sealed.Add(Assert.IsType<SealResult.Sealed>(writer.Seal(isLast
                ? new SealInfo(SealOutcome.Complete, TapeRack.Finished, [.. rack.Sealed.Select(each => each.Summary)])
                : null)).Fragment);
        }
        rack.Drive.Fault = _ => null;
    }

    private static void Despool(TapeRack from, TapeRack to, double diskSpeed, StreamingModel drive)
    {
        to.MountBlank();
        to.MountBlank();
        Feed(to, drive);
        var buffer = new byte[TapeFormat.BlockBytesMax];
        foreach (var fragment in from.Sealed)
        {
            var reader = new BlockReader(fragment.Index);
            using var writer = CopyWriter.Begin(
                to.Drive, to.Identities[^1], fragment, 2,
                [.. to.Sealed.SelectMany(each => each.Index.Parts).Select(part => part.Location)]);
            from.Mount(from.Identities[0]);
            for (var block = 0; block < reader.Count; block++)
            {
                Assert.Null(reader.Read(from.Drive, block, buffer, out var length));
                drive.Pass(length / diskSpeed);
                Assert.IsType<WriteResult.Written>(writer.Append(buffer.AsSpan(0, length), reader.DigestOf(block)));
            }
            to.Sealed.Add(Assert.IsType<SealResult.Sealed>(writer.Seal()).Fragment);
        }
        to.Drive.Fault = _ => null;
    }

    private static void Feed(TapeRack rack, StreamingModel drive) => rack.Drive.Fault = call =>
    {
        if (call == "write") drive.Take(TapeFormat.BlockBytesMax);
        return null;
    };

    /// <summary>A drive with a buffer of two blocks, and the time.</summary>
    private sealed class StreamingModel(double bytesPerSecond)
    {
        private const double BufferBytes = 2 * TapeFormat.BlockBytesMax;
        private const double RepositionSeconds = 2;
        private double _now;
        private double _drainedTo;
        private double _buffered;
        private bool _runs;

        public int Stops { get; private set; }

        public double Elapsed => _now;

        public void Pass(double seconds) => _now += seconds;

        public void Take(double bytes)
        {
            Drain();
            if (_buffered + bytes > BufferBytes) // who writes waits until there is room
            {
                _now += (_buffered + bytes - BufferBytes) / bytesPerSecond;
                Drain();
            }
            _buffered += bytes;
            _runs = true;
        }

        private void Drain()
        {
            var drained = Math.Max(0, _now - _drainedTo) * bytesPerSecond;
            if (_runs && drained > _buffered + 1)
            {
                Stops++;
                _runs = false;
                _now += RepositionSeconds;
                drained = _buffered;
            }
            _buffered = Math.Max(0, _buffered - drained);
            _drainedTo = _now;
        }
    }
}

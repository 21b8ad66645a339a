using System.Globalization;

namespace Backup.Media.Tape;

/// <summary>
/// Tries what a drive must do on a medium that may be overwritten: blocks of all lengths, marks, spacing, positions,
/// speed, and where it ends. Each step says what was found; one that fails does not keep the next from being tried,
/// unless nothing can follow it.
/// </summary>
/// <param name="drive">Loaded with a blank medium.</param>
/// <param name="clock">Measures the speed.</param>
public sealed class TapeExerciser(ITapeDrive drive, TimeProvider clock)
{
    private static readonly int[] Lengths =
        [1, 511, 512, 4096, 32_768, 65_536, 1_000_003, TapeFormat.BlockBytesMax - 1, TapeFormat.BlockBytesMax];

    private readonly byte[] _buffer = new byte[TapeFormat.BlockBytesMax];
    private int _files;

    /// <summary>Blocks, marks, spacing and positions; then how fast data goes to the medium and comes back.</summary>
    /// <param name="speedBytes">Data for measuring, in whole MiB; 0: not measured.</param>
    public IEnumerable<TapeTestStep> Exercise(long speedBytes)
    {
        foreach (var length in Lengths)
            yield return Step($"blocks: one of {Grouped(length)} bytes", () => WriteFile([length]));
        yield return Step("blocks: three of 1 MiB and a shorter one", () => WriteFile(
            [TapeFormat.BlockBytesMax, TapeFormat.BlockBytesMax, TapeFormat.BlockBytesMax, 12_345]));
        yield return Step("read back: every block of every tape file", ReadBack);
        yield return Step("spacing: to every tape file from every other", SpaceFiles);
        yield return Step("spacing: over blocks, and to a mark", SpaceBlocks);
        yield return Step("end of data: found again from the beginning", EndOfData);
        yield return Step("position: refuses to write elsewhere", RefusesElsewhere);
        if (speedBytes > 0) yield return Step("speed", () => Speed(speedBytes / TapeFormat.BlockBytesMax));
    }

    /// <summary>Writes until the medium is full, and reads the last block back.</summary>
    /// <param name="progress">Told the bytes written, from time to time.</param>
    /// <param name="cancellation">Stops in the middle.</param>
    public TapeTestStep Fill(Action<long> progress, CancellationToken cancellation) => Step("fill to the end", () =>
    {
        if (Trouble(drive.SpaceToEndOfData(), "to the end of data") is { } lost) return lost;
        if (WriteHeader() is { } refused) return refused;
        long written = 0, warnedAt = -1;
        for (var block = 0; ; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            var content = Content(_files, block, TapeFormat.BlockBytesMax);
            var before = drive.Position;
            var result = drive.Write(content, TapeFileKind.Data);
            if (result.Status == TapeStatus.EndOfMedium && drive.Position == before)
                result = drive.Write(content, TapeFileKind.Data);
            if (result.Status == TapeStatus.EndOfMedium) break;
            if (Trouble(result, $"write of block {block}") is { } failed) return failed;
            written += content.Length;
            if (result.Status == TapeStatus.WrittenEarlyWarning && warnedAt < 0) warnedAt = written;
            if (block % 256 == 0) progress(written);
        }
        if (Trouble(drive.WriteFileMark(), "the mark at the end") is { } unmarked) return unmarked;
        if (Trouble(drive.Flush(), "flush at the end") is { } unflushed) return unflushed;
        var blocks = written / TapeFormat.BlockBytesMax;
        var last = blocks == 0 ? null : ReadBlock(_files, (int)blocks - 1, TapeFormat.BlockBytesMax, locate: true);
        if (last is not null) return last;
        return new Found(true, warnedAt < 0
            ? $"{Grouped(written)} bytes; the end came without an early warning"
            : $"{Grouped(written)} bytes; early warning {Grouped(written - warnedAt)} bytes before the end");
    });

    private TapeTestStep Step(string name, Func<Found> work)
    {
        var began = clock.GetTimestamp();
        var found = work();
        return new TapeTestStep(name, found.IsGood, found.Detail, clock.GetElapsedTime(began));
    }

    private Found WriteFile(int[] lengths)
    {
        if (Trouble(drive.SpaceToEndOfData(), "to the end of data") is { } lost) return lost;
        var at = drive.Position;
        if (at != new TapePosition(_files, 0)) return new Found(false, $"expected tape file {_files}, found {at}");
        if (WriteHeader() is { } refused) return refused;
        for (var block = 0; block < lengths.Length; block++)
        {
            var content = Content(_files, block, lengths[block]);
            if (Trouble(drive.Write(content, TapeFileKind.Data), $"write of block {block + 1}") is { } failed)
                return failed;
        }
        if (Trouble(drive.WriteFileMark(), "file mark") is { } unmarked) return unmarked;
        if (Trouble(drive.Flush(), "flush") is { } unflushed) return unflushed;
        _written.Add(lengths);
        _files++;
        return ReadFile(_files - 1, locate: true) ?? new Found(true, "written and read back");
    }

    private readonly List<int[]> _written = [];

    private Found ReadBack()
    {
        if (Trouble(drive.Rewind(), "rewind") is { } lost) return lost;
        for (var file = 0; file < _files; file++)
        {
            if (ReadFile(file, locate: false) is { } wrong) return wrong;
            var mark = drive.Read(_buffer);
            if (mark.Status != TapeStatus.FileMark)
                return new Found(false, $"expected the mark behind tape file {file}, found {mark}");
        }
        var end = drive.Read(_buffer);
        return end.Status == TapeStatus.EndOfData ? new Found(true, $"{_files} tape files")
            : new Found(false, $"expected the end of data, found {end}");
    }

    private Found? ReadFile(int file, bool locate)
    {
        if (locate && Trouble(drive.Locate(new TapePosition(file, 0)), $"to tape file {file}") is { } lost) return lost;
        var header = drive.Read(_buffer);
        if (header.Status != TapeStatus.Block || !_buffer.AsSpan(0, header.Length).SequenceEqual(HeaderOf(file)))
            return new Found(false, $"expected the header of tape file {file}, found {header}");
        for (var block = 0; block < _written[file].Length; block++)
            if (ReadBlock(file, block, _written[file][block], locate: false) is { } wrong) return wrong;
        return null;
    }

    private Found? ReadBlock(int file, int block, int length, bool locate)
    {
        if (locate && Trouble(drive.Locate(new TapePosition(file, block + 1)), $"to block {block + 1}") is { } lost)
            return lost;
        var read = drive.Read(_buffer);
        if (read.Status != TapeStatus.Block || read.Length != length)
            return new Found(false, $"expected {length} bytes in block {block + 1} of tape file {file}, found {read}");
        return _buffer.AsSpan(0, length).SequenceEqual(Content(file, block, length)) ? null
            : new Found(false, $"block {block + 1} of tape file {file} is not what was written");
    }

    private Found SpaceFiles()
    {
        for (var from = 0; from < _files; from++)
            foreach (var to in (ReadOnlySpan<int>)[0, _files - 1, from, Math.Max(0, from - 1)])
            {
                if (Trouble(drive.Locate(new TapePosition(from, 0)), $"to tape file {from}") is { } lost) return lost;
                if (ReadFile(to, locate: true) is { } wrong) return wrong;
            }
        return new Found(true, $"{_files * 4} movements");
    }

    private Found SpaceBlocks()
    {
        var file = _files - 1;
        foreach (var block in (ReadOnlySpan<int>)[3, 0, 2, 1])
            if (ReadBlock(file, block, _written[file][block], locate: true) is { } wrong) return wrong;
        if (Trouble(drive.Locate(new TapePosition(file, 1)), "to block 1") is { } lost) return lost;
        var beyond = drive.SpaceBlocks(100);
        return beyond.Status == TapeStatus.FileMark && drive.Position == new TapePosition(file, 5)
            ? new Found(true, "stops before the mark")
            : new Found(false, $"expected a stop at block 5, found {beyond} at {drive.Position}");
    }

    private Found EndOfData()
    {
        if (Trouble(drive.Rewind(), "rewind") is { } lost) return lost;
        if (Trouble(drive.SpaceToEndOfData(), "to the end of data") is { } missed) return missed;
        return drive.Position == new TapePosition(_files, 0) ? new Found(true, $"tape file {_files}")
            : new Found(false, $"expected tape file {_files}, found {drive.Position}");
    }

    private Found RefusesElsewhere()
    {
        drive.Locate(new TapePosition(1, 0));
        var refused = drive.Write(HeaderOf(0), TapeFileKind.Data);
        return refused.Status == TapeStatus.NotAtEndOfData ? new Found(true, "refused")
            : new Found(false, $"expected a refusal, found {refused}");
    }

    private Found Speed(long blocks)
    {
        if (Trouble(drive.SpaceToEndOfData(), "to the end of data") is { } lost) return lost;
        if (WriteHeader() is { } refused) return refused;
        var content = Content(_files, 0, TapeFormat.BlockBytesMax);
        var began = clock.GetTimestamp();
        for (var block = 0L; block < blocks; block++)
            if (Trouble(drive.Write(content, TapeFileKind.Data), $"write of block {block + 1}") is { } failed)
                return failed;
        if (Trouble(drive.WriteFileMark(), "file mark") is { } unmarked) return unmarked;
        if (Trouble(drive.Flush(), "flush") is { } unflushed) return unflushed;
        var writing = clock.GetElapsedTime(began);
        if (Trouble(drive.Locate(new TapePosition(_files, 1)), "back") is { } strayed) return strayed;
        began = clock.GetTimestamp();
        for (var block = 0L; block < blocks; block++)
            if (Trouble(drive.Read(_buffer), $"read of block {block + 1}") is { } unread) return unread;
        var reading = clock.GetElapsedTime(began);
        _files++;
        _written.Add([.. Enumerable.Repeat(TapeFormat.BlockBytesMax, (int)blocks)]);
        return new Found(true, $"{Rate(blocks, writing)} written and flushed, {Rate(blocks, reading)} read");
    }

    private Found? WriteHeader() =>
        Trouble(drive.Write(HeaderOf(_files), TapeFileKind.Data), "write of the header");

    private static string Rate(long blocks, TimeSpan time)
    {
        var megabytes = blocks * TapeFormat.BlockBytesMax / 1e6;
        return string.Create(
            CultureInfo.InvariantCulture, $"{megabytes / Math.Max(1e-6, time.TotalSeconds):0} MB/s");
    }

    private static Found? Trouble(TapeResult result, string what) =>
        result.IsGood ? null : new Found(false, $"{what}: {result.Status}{Why(result)}");

    private static string Why(TapeResult result) =>
        result.Errno == 0 ? "" : $", {Posix.Errno.Describe(result.Errno)} in {result.Operation}";

    private static byte[] HeaderOf(int file) => HeaderBlock.Format(
        TapeFileKind.Data, [new("test-file", file.ToString(CultureInfo.InvariantCulture))],
        "This tape file was written by `backup tape test`. It holds nothing of value.\n");

    /// <summary>Noise, so that a drive's compression changes nothing of what is measured.</summary>
    private static byte[] Content(int file, int block, int length)
    {
        var bytes = new byte[length];
        new Random((file * 100_003) + block).NextBytes(bytes);
        return bytes;
    }

    private static string Grouped(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Found(bool IsGood, string Detail);
}

/// <summary>One thing that was tried.</summary>
/// <param name="Name">What.</param>
/// <param name="Passed">It did what it must.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Took">How long it took.</param>
public sealed record TapeTestStep(string Name, bool Passed, string Detail, TimeSpan Took);

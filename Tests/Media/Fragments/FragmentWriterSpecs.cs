using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Tests.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Fragments;

public sealed class FragmentWriterSpecs
{
    private static readonly TinyArchive Large = TinyArchive.Of(
        TapeRack.Image.Image, ("a/", []), ("a/big", TinyArchive.Noise(6 << 20, 1)),
        ("a/small", TinyArchive.Noise(900, 2)), ("b", []));

    /// <summary>
    /// S1-08: file information travels beside the data; what is written of files is what was told, whatever the data
    /// are.
    /// </summary>
    [Fact]
    public void What_the_index_says_of_files_does_not_come_out_of_the_data()
    {
        var rack = new TapeRack();
        var archive = TinyArchive.Of(
            TapeRack.Image.Image, ("told", TinyArchive.Noise(5000, 1)), ("told-too", TinyArchive.Noise(300, 2)));
        var fragment = Assert.Single(archive.Cut());
        var noise = fragment with { Archive = TinyArchive.Noise(fragment.Archive.Length, 3) };

        Assert.True(rack.Write([noise]));

        var index = Assert.Single(rack.Sealed).Index;
        Assert.Equal(
            EntryBlockDefect.None, EntryBlockReader.Read(Assert.Single(index.EntryBlocks).Bytes.Span, out var entries));
        Assert.Equal(archive.Entries.Select(entry => (entry.Path, entry.Size)),
            entries.Select(entry => (entry.Path, entry.Size)));
        Assert.Equal(noise.Archive, rack.Read(rack.Sealed[0]));
    }

    [Fact]
    public void A_fragment_is_sealed_only_after_data_and_then_index_are_flushed()
    {
        var rack = new TapeRack();
        var archive = TinyArchive.Of(TapeRack.Image.Image, ("a", TinyArchive.Noise(5000, 1)));

        Assert.True(rack.Write(archive.Cut()));

        Assert.Equal(["write", "write", "mark", "flush", "write", "write", "mark", "flush"], rack.Drive.Calls);
        Assert.Equal(archive.Bytes.ToArray(), rack.Read(rack.Sealed[0]));
        Assert.Equal(new TapeLocation(rack.Identities[0], 2), rack.Sealed[0].IndexLocation);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public void A_fragment_spans_volumes_that_end_at_any_block(int blocks)
    {
        foreach (var manner in Enum.GetValues<EndOfMediumManner>())
        {
            var rack = new TapeRack(blocks - 1, manner);

            Assert.True(rack.Write(Large.Cut(), chunkBytes: 300_000));

            var written = rack.Sealed[0];
            Assert.Equal(Large.Bytes.ToArray(), rack.Read(written));
            Assert.Empty(rack.Verify(rack.Sealed));
            Assert.Equal(written.Index.Chunks.StoredBytes, written.Index.Parts.Sum(part => part.Length));
            Assert.Single(rack.Scan().Images);
        }
    }

    [Fact]
    public void A_fragment_spans_more_than_ten_volumes()
    {
        var rack = new TapeRack(blocksMax: 2);
        var archive = TinyArchive.Of(TapeRack.Image.Image, ("big", TinyArchive.Noise(12 << 20, 3)));

        Assert.True(rack.Write(archive.Cut()));

        Assert.InRange(rack.Sealed[0].Index.Parts.Count, 12, 13);
        Assert.Equal(archive.Bytes.ToArray(), rack.Read(rack.Sealed[0]));
        Assert.Empty(rack.Verify(rack.Sealed));
    }

    [Fact]
    public void Many_fragments_share_a_volume_and_chain_by_their_roots()
    {
        var rack = new TapeRack();
        var archive = TinyArchive.Of(
            TapeRack.Image.Image, ("a", TinyArchive.Noise(5000, 1)), ("b", TinyArchive.Noise(70, 2)),
            ("c", TinyArchive.Noise(9, 3)));

        Assert.True(rack.Write(archive.Cut(archive.BeginOf(1), archive.BeginOf(2))));

        Assert.Single(rack.Volumes);
        Assert.Equal(7, rack.Volumes[0].Files.Count);
        Assert.Equal(rack.Sealed[0].Root, rack.Sealed[1].Index.PreviousRoot);
        Assert.Equal([rack.Sealed[0].Root, rack.Sealed[1].Root], rack.Sealed[2].Index.Seal!.EarlierRoots);
        Assert.Equal(3, rack.Sealed[2].Index.Seal!.Total.Regular);
        Assert.Equal(5079, rack.Sealed[2].Index.Seal!.Total.ContentBytes);
    }

    [Fact]
    public void A_member_larger_than_a_fragment_is_open_until_it_ends()
    {
        var rack = new TapeRack();
        var archive = TinyArchive.Of(
            TapeRack.Image.Image, ("a", TinyArchive.Noise(5000, 1)), ("big", TinyArchive.Noise(50_000, 2)), ("z", [1]));
        var begin = archive.BeginOf(1);
        var header = archive.Entries[1].Position.Offset - begin;

        Assert.True(rack.Write(archive.Cut(begin, begin + 10_000, begin + 20_000), chunkBytes: 3000));

        Assert.Equal([FragmentKind.Members, FragmentKind.Head, FragmentKind.Middle, FragmentKind.Tail],
            rack.Sealed.Select(written => written.Index.Start.Kind));
        Assert.Equal([null, 10_000 - header, 20_000 - header, null],
            rack.Sealed.Select(written => written.Index.Open?.ArchivedBytes));
        Assert.Equal([1L, 0L, 0L, 2L], rack.Sealed.Select(written => written.Index.Counts.Members));
        Assert.Empty(rack.Verify(rack.Sealed));
    }

    [Fact]
    public void After_a_failure_at_any_operation_nothing_is_called_sealed_and_another_attempt_is_whole()
    {
        var fragments = TinyArchive.Of(TapeRack.Image.Image, ("a", TinyArchive.Noise(2_500_000, 1)), ("b", [1])).Cut();
        for (var failing = 0; ; failing++)
        {
            var rack = new TapeRack(blocksMax: 4);
            var operations = 0;
            rack.Drive.Fault = operation => operations++ == failing ? TapeResult.Error(5, operation) : null;

            if (rack.Write(fragments))
            {
                Assert.True(failing > 10, $"Only {failing} operations could fail.");
                return;
            }

            Assert.Equal(5, rack.Failed!.Failure.Result.Errno);
            rack.Drive.Fault = _ => null;
            var abandoned = rack.Scan();
            rack.MountBlank();
            Assert.True(rack.Write(fragments, epoch: 2));
            Assert.Equal(fragments[0].Archive, rack.Read(rack.Sealed[0]));
            // An index whose last flush failed may be on the medium all the same, and is then an older attempt.
            Assert.InRange(abandoned.Images.Count, 0, 1);
            Assert.Equal(rack.Sealed[0].Root, Assert.Single(rack.Scan().Images).Fragments[0].Root);
        }
    }

    /// <summary>ST-22.</summary>
    [Theory]
    [InlineData(EndOfMediumManner.Refuses)]
    [InlineData(EndOfMediumManner.RefusesEveryOther)]
    [InlineData(EndOfMediumManner.WritesAndSaysNot)]
    public void The_last_block_is_read_back_before_a_full_volume_is_left(EndOfMediumManner manner)
    {
        var rack = new TapeRack(blocksMax: 4, manner);
        var read = new List<(int Volume, TapePosition At)>();
        rack.Drive.Fault = operation =>
        {
            if (operation == "read") read.Add((rack.Volumes.Count, rack.Drive.Position));
            return null;
        };

        Assert.True(rack.Write(Large.Cut()));

        var parts = rack.Sealed[0].Index.Parts;
        var left = parts.Where(part => part.Location.Volume != rack.Sealed[0].IndexLocation.Volume).ToList();
        Assert.True(left.Count > 1, $"{left.Count}");
        Assert.Equal(
            left.Select(part => (
                rack.Identities.IndexOf(part.Location.Volume) + 1,
                new TapePosition(part.Location.File, part.BlockDigests.Count))),
            read.Take(left.Count));
        Assert.Equal(Large.Bytes.ToArray(), rack.Read(rack.Sealed[0]));
    }

    [Fact]
    public void A_last_block_that_reads_back_otherwise_fails_the_volume_and_another_attempt_is_whole()
    {
        var rack = new TapeRack(blocksMax: 4);
        rack.Drive.Fault = operation =>
        {
            if (operation == "flush") rack.Volumes[^1].Files[^1][^1][^1] ^= 1;
            return null;
        };

        Assert.False(rack.Write(Large.Cut()));

        Assert.Equal(("read back", 5), (rack.Failed!.Failure.Result.Operation, rack.Failed.Failure.Result.Errno));
        Assert.Equal(new TapeLocation(rack.Identities[0], 1), new(rack.Failed.Failure.Volume, rack.Failed.Failure.File));
        rack.Drive.Fault = _ => null;
        rack.MountBlank();
        Assert.True(rack.Write(Large.Cut(), epoch: 2));
        Assert.Equal(Large.Bytes.ToArray(), rack.Read(rack.Sealed[0]));
        Assert.Empty(rack.Verify(rack.Sealed));
    }

    [Fact]
    public void An_index_behind_which_the_medium_ends_is_read_back_too()
    {
        foreach (var damages in (bool[])[false, true])
        {
            var rack = new TapeRack(blocksMax: 4, EndOfMediumManner.RefusesEveryOther);
            var flushes = 0;
            rack.Drive.Fault = operation =>
            {
                if (operation == "flush" && ++flushes == 2 && damages) rack.Volumes[^1].Files[^1][^1][0] ^= 1;
                return null;
            };

            var written = rack.Write(TinyArchive.Of(TapeRack.Image.Image, ("a", TinyArchive.Noise(5000, 1))).Cut());

            Assert.Equal(!damages, written);
            Assert.Equal(damages ? "read back" : null, rack.Failed?.Failure.Result.Operation);
        }
    }

    [Fact]
    public void A_writer_that_failed_repeats_its_failure_and_writes_no_more()
    {
        var rack = new TapeRack();
        rack.MountBlank();
        var fragment = TinyArchive.Of(TapeRack.Image.Image, ("a", TinyArchive.Noise(3 << 20, 1))).Cut()[0];
        using var writer = FragmentWriter.Begin(
            rack.Drive, rack.Identities[0], TapeRack.Image, new(1), fragment.Start, default);
        rack.Drive.Fault = operation => operation == "write" ? TapeResult.Error(5, "write") : null;
        var results = fragment.Chunks().Select(chunk => { using (chunk) return writer.Append(chunk); }).ToList();
        rack.Drive.Fault = _ => null;
        var calls = rack.Drive.Calls.Count;

        Assert.IsType<SealResult.Failed>(writer.Seal(null));

        Assert.IsType<WriteResult.Failed>(results[^1]);
        Assert.Equal(calls, rack.Drive.Calls.Count);
    }

    [Fact]
    public void Early_warning_ends_a_part_and_leaves_room_for_the_index()
    {
        using var folder = new TemporaryFolder();
        using var drive = new VirtualTapeDrive(new VirtualTapeOptions(4 << 20, 2 << 20));
        var fragment = TinyArchive.Of(TapeRack.Image.Image, ("a", TinyArchive.Noise(2_900_000, 1))).Cut()[0];
        var volume = new VolumeIdentity(new("V1"), new(1));
        var volumes = 1;
        drive.Insert(Directory.CreateDirectory(folder["V1"]).FullName, readOnly: false);
        drive.Load();
        using var writer = FragmentWriter.Begin(drive, volume, TapeRack.Image, new(1), fragment.Start, default);
        foreach (var chunk in fragment.Chunks(700_000))
        {
            if (writer.Append(chunk) is WriteResult.NeedVolume) Assert.IsType<WriteResult.Written>(Next());
            chunk.Dispose();
        }
        var result = writer.Seal(new SealInfo(SealOutcome.Complete, TapeRack.Finished, []));
        if (result is SealResult.NeedVolume)
        {
            Next();
            result = writer.Seal(new SealInfo(SealOutcome.Complete, TapeRack.Finished, []));
        }

        var written = Assert.IsType<SealResult.Sealed>(result);
        Assert.Equal(2, written.Fragment.Index.Parts.Count);
        Assert.Equal("V2", written.Fragment.IndexLocation.Volume.Name.Value);
        Assert.Equal(2, volumes);

        WriteResult Next()
        {
            drive.Eject();
            drive.Insert(Directory.CreateDirectory(folder[$"V{++volumes}"]).FullName, readOnly: false);
            drive.Load();
            return writer.ContinueOn(drive, new VolumeIdentity(new($"V{volumes}"), new((UInt128)volumes)));
        }
    }

    [Fact]
    public void A_chunk_out_of_order_is_a_broken_promise_of_the_caller()
    {
        var rack = new TapeRack();
        rack.MountBlank();
        var fragment = TinyArchive.Of(TapeRack.Image.Image, ("a", TinyArchive.Noise(9000, 1))).Cut()[0];
        using var writer = FragmentWriter.Begin(
            rack.Drive, rack.Identities[0], TapeRack.Image, new(1), fragment.Start, default);

        Assert.Throws<InvalidOperationException>(() => writer.Append(fragment.Chunks(1000).ElementAt(1)));
    }
}

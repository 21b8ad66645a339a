using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// Cuts a fragment's data into blocks and writes them as parts, one for each volume. After an early warning a part
/// takes no more data (unless it has none), so that the index finds room. What was written last on a volume that is
/// full, or nearly so, is read back before the volume is left: the end of a medium is where it fails.
/// </summary>
internal sealed class PartWriter : IDisposable
{
    private readonly FragmentStart _start;
    private readonly TimeProvider _clock;
    private readonly int _copy;
    private ITapeDrive _drive;
    private VolumeIdentity _volume;
    private byte[] _block = [];
    private int _blockLength;
    private Sha256Digest? _blockDigest;
    private readonly List<FragmentPart> _finished = [];
    private readonly List<TapeLocation> _locations = [];
    private List<Sha256Digest> _digests = [];
    private Sha256Digest _headerDigest;
    private long _partLength;
    private long _offset;
    private bool _isInPart;
    private bool _isEnded;

    public PartWriter(
        ITapeDrive drive, VolumeIdentity volume, ImageHeader image, Epoch epoch, FragmentStart start,
        Sha256Digest previousRoot,
        TimeProvider clock, int copy = 1)
    {
        (_drive, _volume, Image, Epoch, _start, PreviousRoot, _clock, _copy) =
            (drive, volume, image, epoch, start, previousRoot, clock, copy);
    }

    public ImageHeader Image { get; }

    public Epoch Epoch { get; }

    public Sha256Digest PreviousRoot { get; }

    public IReadOnlyList<FragmentPart> Finished => _finished;

    public IReadOnlyList<TapeLocation> Locations => _locations;

    public TapeFailure? Failure { get; private set; }

    /// <summary>True between NeedVolume and Mount.</summary>
    public bool IsFull { get; private set; }

    public bool IsNearlyFull { get; private set; }

    public void Mount(ITapeDrive drive, VolumeIdentity volume)
    {
        if (!IsFull) throw new InvalidOperationException("No other volume is needed.");
        (_drive, _volume, IsFull, IsNearlyFull) = (drive, volume, false, false);
    }

    /// <summary>Takes bytes until all are taken or a volume is needed; what is left stays in the span.</summary>
    public WriteResult Append(ref ReadOnlySpan<byte> bytes)
    {
        if (_block.Length == 0) _block = ChunkBuffers.Rent();
        while (true)
        {
            if (_blockLength == TapeFormat.BlockBytesMax)
            {
                var written = WriteBlock();
                if (written is not WriteResult.Written) return written;
            }
            if (bytes.IsEmpty) return WriteResult.Taken;
            var take = Math.Min(bytes.Length, TapeFormat.BlockBytesMax - _blockLength);
            bytes[..take].CopyTo(_block.AsSpan(_blockLength));
            _blockLength += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>
    /// Takes a block as it was cut for another copy; not to be mixed with <see cref="Append"/>. After NeedVolume and
    /// Mount it is called again with the same.
    /// </summary>
    /// <param name="block">1 MiB; the last one of the fragment 1 byte or more.</param>
    /// <param name="digest">Its digest.</param>
    public WriteResult AppendBlock(ReadOnlySpan<byte> block, Sha256Digest digest)
    {
        if (_isInPart && IsNearlyFull && _digests.Count > 0) return EndVolume();
        if (!_isInPart)
        {
            var begun = BeginPart();
            if (begun is not WriteResult.Written) return begun;
        }
        var result = Write(block, TapeFileKind.Data);
        if (result.Status == TapeStatus.EndOfMedium) return EndVolume();
        if (!result.IsGood) return Fail(result, _locations[^1].File);
        _digests.Add(digest);
        _partLength += block.Length;
        return WriteResult.Taken;
    }

    /// <summary>Writes the last block and makes the data durable. May be called again after NeedVolume.</summary>
    public WriteResult End()
    {
        if (_isEnded) return WriteResult.Taken;
        if (_blockLength > 0)
        {
            var written = WriteBlock();
            if (written is not WriteResult.Written) return written;
        }
        if (_isInPart && FinishPart() is { } failed) return failed;
        _isEnded = true;
        return WriteResult.Taken;
    }

    /// <summary>
    /// Writes the index behind the last part, or on the next volume where it does not fit, and makes it durable.
    /// </summary>
    public WriteResult WriteIndex(FragmentIndex index, byte[] bytes, Sha256Digest root, out TapeLocation? location)
    {
        location = null;
        if (GoToEndOfData() is { } lost) return lost;
        location = new TapeLocation(_volume, _drive.Position.File);
        var header = new FragmentHeader(
            TapeFileKind.Index, Image, Epoch, _start, PreviousRoot, location, _finished.Count, index.Chunks.StoredBytes,
            index.Written, root, index.Seal is not null, _copy);
        var result = Write(header.Format(_locations, index.Seal?.Command), TapeFileKind.Index);
        for (var at = 0; at < bytes.Length && result.IsGood; at += TapeFormat.BlockBytesMax)
            result = Write(bytes.AsSpan(at, Math.Min(TapeFormat.BlockBytesMax, bytes.Length - at)), TapeFileKind.Index);
        if (result.IsGood) result = Mark();
        if (result.Status == TapeStatus.EndOfMedium) return NeedVolume();
        if (result.IsGood) result = _drive.Flush();
        if (!result.IsGood) return Fail(result, location.File);
        var last = (bytes.Length - 1) / TapeFormat.BlockBytesMax;
        return IsNearlyFull
            && ReadBack(location.File, last + 1, Sha256Digest.Of(bytes.AsSpan(last * TapeFormat.BlockBytesMax)))
                is { } damaged ? damaged : WriteResult.Taken;
    }

    public void Dispose()
    {
        if (_block.Length > 0) ChunkBuffers.Return(_block);
        _block = [];
    }

    private WriteResult WriteBlock()
    {
        var block = _block.AsSpan(0, _blockLength);
        _blockDigest ??= Sha256Digest.Of(block);
        var result = AppendBlock(block, _blockDigest.Value);
        if (result is WriteResult.Written) (_blockLength, _blockDigest) = (0, null);
        return result;
    }

    private WriteResult BeginPart()
    {
        if (GoToEndOfData() is { } lost) return lost;
        var location = new TapeLocation(_volume, _drive.Position.File);
        _locations.Add(location);
        var header = new FragmentHeader(
            TapeFileKind.Data, Image, Epoch, _start, PreviousRoot, location, _finished.Count, _offset,
            _clock.GetUtcNow(), Copy: _copy)
            .Format(_locations);
        var result = Write(header, TapeFileKind.Data);
        if (result.IsGood)
        {
            (_isInPart, _headerDigest, _digests, _partLength) = (true, Sha256Digest.Of(header), [], 0);
            return WriteResult.Taken;
        }
        _locations.RemoveAt(_locations.Count - 1);
        return result.Status == TapeStatus.EndOfMedium ? NeedVolume() : Fail(result, location.File);
    }

    /// <summary>
    /// The volume takes no more data of this fragment. What is on it is made durable before it may leave the drive.
    /// </summary>
    private WriteResult EndVolume() => FinishPart() is { } failed ? failed : NeedVolume();

    private WriteResult? FinishPart()
    {
        var location = _locations[^1];
        var result = Mark();
        if (result.IsGood) result = _drive.Flush();
        if (!result.IsGood) return Fail(result, location.File);
        _isInPart = false;
        if (_digests.Count == 0)
        {
            _locations.RemoveAt(_locations.Count - 1); // a header and nothing behind it is no part
            return null;
        }
        _finished.Add(new FragmentPart(location, _offset, _partLength, _headerDigest, _digests));
        _offset += _partLength;
        return null;
    }

    // One more try at the end of the medium: some drives refuse every other write there (reliability, R4). And the
    // position decides whether a block was written, should a drive say that it was not and have written it all the same
    // (R3).
    private TapeResult Write(ReadOnlySpan<byte> block, TapeFileKind kind)
    {
        var before = _drive.Position;
        var result = _drive.Write(block, kind);
        if (result.Status == TapeStatus.EndOfMedium && _drive.Position == before) result = _drive.Write(block, kind);
        if (result.Status == TapeStatus.EndOfMedium && _drive.Position != before)
            result = new TapeResult(TapeStatus.WrittenEarlyWarning);
        IsNearlyFull |= result.Status == TapeStatus.WrittenEarlyWarning;
        return result;
    }

    private TapeResult Mark()
    {
        var result = _drive.WriteFileMark();
        return result.Status == TapeStatus.EndOfMedium ? _drive.WriteFileMark() : result;
    }

    private WriteResult.Failed? GoToEndOfData()
    {
        var result = _drive.SpaceToEndOfData();
        return result.IsGood ? null : Fail(result, _drive.Position.File);
    }

    /// <summary>The volume is left; the last block of this fragment on it must be there.</summary>
    private WriteResult NeedVolume()
    {
        if (_finished is [.., var part] && part.Location.Volume == _volume
            && ReadBack(part.Location.File, part.BlockDigests.Count, part.BlockDigests[^1]) is { } damaged)
            return damaged;
        IsFull = true;
        return WriteResult.Full;
    }

    /// <summary>Reads a block again that was flushed; null when it is what was written.</summary>
    private WriteResult.Failed? ReadBack(int file, long block, Sha256Digest written)
    {
        var buffer = ChunkBuffers.Rent(); // the block that found no room stays in the other
        try
        {
            var result = _drive.Locate(new TapePosition(file, block));
            if (result.IsGood) result = _drive.Read(buffer.AsSpan(0, TapeFormat.BlockBytesMax));
            if (result.Status == TapeStatus.IoError) return Fail(result, file);
            var isSame = result.Status == TapeStatus.Block
                && Sha256Digest.Of(buffer.AsSpan(0, result.Length)) == written;
            return isSame ? null : Fail(TapeResult.Error(Errno.InputOutput, "read back"), file);
        }
        finally
        {
            ChunkBuffers.Return(buffer);
        }
    }

    private WriteResult.Failed Fail(TapeResult result, int file)
    {
        Failure = new TapeFailure(_volume, file, result);
        return new WriteResult.Failed(Failure);
    }
}

using Backup.Media.Fragments;

namespace Backup.Media.Merge;

/// <summary>
/// What of the chain goes into one merged fragment, gathered in a temporary file image by image and given back in the
/// archive's order. The file holds as much as the fragment. All calls block; for one thread at a time.
/// </summary>
public sealed class MergeSpool : IDisposable
{
    private readonly MergedFragment _fragment;
    private readonly ChunkChoice _choice;
    private readonly FileStream _plain;
    private readonly FileStream _frames;
    private readonly SortedList<long, (int ArchiveLength, long FrameAt, int FrameLength)> _copies = [];

    /// <summary>Makes the file, in two; they are removed when the spool is disposed.</summary>
    /// <param name="file">What the names of both begin with; their directory is there.</param>
    /// <param name="fragment">What is gathered.</param>
    /// <param name="choice">Which chunks stay as they are.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public MergeSpool(string file, MergedFragment fragment, ChunkChoice choice)
    {
        (_fragment, _choice) = (fragment, choice);
        _plain = Open(file + ".plain");
        try
        {
            _frames = Open(file + ".frames");
        }
        catch
        {
            _plain.Dispose();
            throw;
        }
    }

    /// <summary>Archive bytes of the chunks that are taken as they are.</summary>
    public long CopiedBytes { get; private set; }

    /// <summary>Takes what a chunk holds of the fragment.</summary>
    /// <param name="chunk">Where it lies in its fragment.</param>
    /// <param name="runs">What of it is wanted, one or more; they may reach beyond it.</param>
    /// <param name="archive">Its archive bytes.</param>
    /// <param name="frame">Its frame.</param>
    /// <exception cref="IOException">There is no room.</exception>
    public void Take(
        ChunkExtent chunk, IReadOnlyList<SourceRun> runs, ReadOnlySpan<byte> archive, ReadOnlySpan<byte> frame)
    {
        if (_choice.Place(runs[0], chunk, archive) is { } at)
        {
            _copies.Add(at, (chunk.ArchiveLength, _frames.Position, frame.Length));
            _frames.Write(frame);
            CopiedBytes += chunk.ArchiveLength;
            return;
        }
        for (var next = 0; next < runs.Count;)
        {
            var run = runs[next++];
            var (from, to) = (Math.Max(run.Offset, chunk.ArchiveOffset), run.End);
            // Small files that still stand as they stood are written at once, with the headers between them, which
            // nobody reads here
            for (; next < runs.Count && runs[next].Shift == run.Shift && runs[next].Number == runs[next - 1].Number + 1;
                next++) to = runs[next].End;
            to = Math.Min(to, chunk.ArchiveOffset + chunk.ArchiveLength);
            if (from >= to) continue;
            RandomAccess.Write(
                _plain.SafeFileHandle, archive[(int)(from - chunk.ArchiveOffset)..(int)(to - chunk.ArchiveOffset)],
                from + run.Shift);
        }
    }

    /// <summary>The fragment's chunks in order: frames that are taken as they are, and plain ones.</summary>
    /// <param name="compressionLevel">For the plain ones.</param>
    /// <returns>Each is the caller's.</returns>
    public IEnumerable<(ArchiveChunk Chunk, bool IsFrame)> Chunks(int compressionLevel)
    {
        var headers = new MergedHeaders();
        var (sequence, copy) = (0, 0);
        for (long at = 0; at < _fragment.Bytes; sequence++)
        {
            var nextCopy = copy < _copies.Count ? _copies.GetKeyAtIndex(copy) : long.MaxValue;
            var isFrame = nextCopy == at;
            var length = isFrame
                ? _copies.GetValueAtIndex(copy++).ArchiveLength
                : (int)Math.Min(Math.Min(ArchiveChunk.ArchiveBytesMax, _fragment.Bytes - at), nextCopy - at);
            var buffer = ChunkBuffers.Rent();
            ArchiveChunk chunk;
            try
            {
                var payload = isFrame ? ReadFrame(at, buffer) : length;
                if (!isFrame) Fill(buffer.AsSpan(0, length), at, headers);
                chunk = ChunkOf(buffer, payload, sequence, at, length, compressionLevel);
            }
            catch
            {
                ChunkBuffers.Return(buffer);
                throw;
            }
            yield return (chunk, isFrame);
            at += length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _plain.Dispose();
        _frames.Dispose();
    }

    private static FileStream Open(string file)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose,
        };
        // It holds what clients trust the backup with.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(file, options);
    }

    private ArchiveChunk ChunkOf(
        byte[] buffer, int payload, int sequence, long at, int length, int compressionLevel) => new(buffer, payload)
        {
            Fragment = _fragment.Start.Fragment,
            Sequence = sequence,
            ArchiveOffset = at,
            ArchiveLength = length,
            CompressionLevel = compressionLevel,
            Members = _fragment.Members(at, at + length),
            Start = at == 0 ? _fragment.Start : null,
            EndsFragment = at + length == _fragment.Bytes,
            EndsImage = _fragment.EndsImage && at + length == _fragment.Bytes,
        };

    private int ReadFrame(long at, byte[] buffer)
    {
        var (_, frameAt, frameLength) = _copies[at];
        Read(_frames, buffer.AsSpan(0, frameLength), frameAt);
        return frameLength;
    }

    private void Fill(Span<byte> target, long at, MergedHeaders headers)
    {
        var stretches = _fragment.Stretches(at, at + target.Length).ToList();
        var (first, last) = (
            stretches.FindIndex(stretch => stretch.Kind == StretchKind.Content),
            stretches.FindLastIndex(stretch => stretch.Kind == StretchKind.Content));
        if (first >= 0)
        {
            // All content at once, and then what stands between over it
            var (from, to) = (stretches[first].At, stretches[last].At + stretches[last].Length);
            Read(_plain, target[(int)(from - at)..(int)(to - at)], from);
        }
        foreach (var stretch in stretches)
        {
            var bytes = target.Slice((int)(stretch.At - at), (int)stretch.Length);
            if (stretch.Kind == StretchKind.Header) headers.Of(stretch).CopyTo(bytes);
            else if (stretch.Kind == StretchKind.Zeros) bytes.Clear();
        }
    }

    private static void Read(FileStream file, Span<byte> target, long at)
    {
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(file.SafeFileHandle, target, at);
            if (count == 0) throw new InvalidDataException($"{file.Name} ends at {at}, within what was put into it.");
            target = target[count..];
            at += count;
        }
    }
}

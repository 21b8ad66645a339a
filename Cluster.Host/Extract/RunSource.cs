using Backup.Media.Archive;
using Backup.Media.Compression;
using Backup.Media.Tape;

namespace Backup.Host.Extract;

/// <summary>The compressed bytes of one fragment: its parts behind their headers, joined.</summary>
internal sealed class PartsSource(IReadOnlyList<DataPart> parts) : IByteSource, IDisposable
{
    private int _next;
    private FileStream? _file;

    public string? Defect { get; private set; }

    public int Read(Span<byte> target)
    {
        while (Defect is null)
        {
            try
            {
                if (_file is null)
                {
                    if (_next == parts.Count) return 0;
                    _file = new FileStream(
                        parts[_next++].File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
                    _file.Position = TapeFormat.HeaderBytes;
                }
                var count = _file.Read(target);
                if (count > 0) return count;
                Close();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Defect = $"{parts[_next - 1].File} cannot be read: {failure.Message}";
            }
        }
        return 0;
    }

    public void Dispose() => Close();

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}

/// <summary>
/// The archive bytes of fragments that follow each other without a gap, from the first member boundary on. Counts what
/// it gave, so that an archive that ends where the fragments end is told from one that is cut.
/// </summary>
internal sealed class RunSource : IByteSource, IDisposable
{
    private readonly IReadOnlyList<DataFragment> _fragments;
    private PartsSource? _parts;
    private ZstdReader? _frames;
    private int _next;

    public RunSource(IReadOnlyList<DataFragment> fragments) => _fragments = fragments;

    /// <summary>Fragments that were opened so far.</summary>
    public int Opened => _next;

    /// <summary>Bytes given.</summary>
    public long Given { get; private set; }

    /// <summary>True when all fragments were read to their ends without a defect.</summary>
    public bool IsAtEnd => _next == _fragments.Count && _frames is null && Defect is null;

    public string? Defect { get; private set; }

    public int Read(Span<byte> target)
    {
        while (Defect is null)
        {
            if (_frames is null)
            {
                if (_next == _fragments.Count) return 0;
                Open(_fragments[_next++]);
            }
            if (Defect is not null) break;
            var count = _frames!.Read(target);
            Given += count;
            if (count > 0) return count;
            if (_frames.Defect is { } defect) Defect = Sentence(defect);
            else Close();
        }
        return 0;
    }

    public void Dispose() => Close();

    private void Open(DataFragment fragment)
    {
        _parts = new PartsSource(fragment.Parts);
        _frames = new ZstdReader(_parts);
        if (_next > 1) return;
        // The rest of a member that began in a fragment before: nothing in it may be taken for a member.
        var skip = new byte[64 * 1024];
        for (var left = fragment.Start.BytesToFirstMember; left > 0;)
        {
            var count = _frames.Read(skip.AsSpan(0, (int)Math.Min(left, skip.Length)));
            left -= count;
            if (count > 0) continue;
            Defect = Sentence(_frames.Defect ?? "its data end before its first member.");
            return;
        }
    }

    private string Sentence(string defect) => $"Fragment {_fragments[_next - 1].Start.Fragment}: {defect}";

    private void Close()
    {
        _frames?.Dispose();
        _parts?.Dispose();
        (_frames, _parts) = (null, null);
    }
}

using System.Buffers.Binary;
using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Sorted runs of names in a temporary file, and their merge. A record is length (2), type (1), name.
/// </summary>
internal sealed class NameRuns : IDisposable
{
    private const int BufferBytes = 32 * 1024;
    private readonly Descriptor _file;
    private readonly List<(long Start, long End)> _runs = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly PriorityQueue<Run, Run> _merge =
        new(Comparer<Run>.Create((left, right) => left.Name.SequenceCompareTo(right.Name)));
    private int _buffered;
    private long _length;
    private byte[] _last = [];
    private bool _started;

    /// <summary>Makes the file; it has no name, so it is gone with the process.</summary>
    internal NameRuns(string directory) => _file = Descriptor.CreateUnnamed(directory);

    internal void BeginRun() => _runs.Add((_length, _length));

    internal void Add(ReadOnlySpan<byte> name, NodeType type)
    {
        if (_buffered + 3 + name.Length > BufferBytes) Flush();
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(_buffered), (ushort)name.Length);
        _buffer[_buffered + 2] = (byte)type;
        name.CopyTo(_buffer.AsSpan(_buffered + 3));
        _buffered += 3 + name.Length;
    }

    internal void EndRun()
    {
        Flush();
        _runs[^1] = (_runs[^1].Start, _length);
    }

    /// <summary>Begins to hand out all names, for the first time or once more.</summary>
    internal void StartMerge()
    {
        _started = false;
        _merge.Clear();
        foreach (var (start, end) in _runs)
        {
            var run = new Run(_file, start, end);
            if (run.Next()) _merge.Enqueue(run, run);
        }
    }

    internal bool Next(out ReadOnlySpan<byte> name, out NodeType type)
    {
        while (_merge.TryDequeue(out var run, out _))
        {
            var isNew = !_started || !run.Name.SequenceEqual(_last);
            if (isNew) (_last, _started) = (run.Name.ToArray(), true);
            type = run.Type;
            if (run.Next()) _merge.Enqueue(run, run);
            if (!isNew) continue;
            name = _last;
            return true;
        }
        name = default;
        type = default;
        return false;
    }

    public void Dispose() => _file.Dispose();

    private void Flush()
    {
        _file.WriteAt(_buffer.AsSpan(0, _buffered), _length);
        _length += _buffered;
        _buffered = 0;
    }

    private sealed class Run(Descriptor file, long start, long end)
    {
        private readonly byte[] _buffer = new byte[BufferBytes];
        private long _offset = start;
        private int _at;
        private int _filled;
        private int _nameLength;

        internal ReadOnlySpan<byte> Name => _buffer.AsSpan(_at - _nameLength, _nameLength);

        internal NodeType Type { get; private set; }

        internal bool Next()
        {
            if (!Ensure(3)) return false;
            _nameLength = BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(_at));
            Type = (NodeType)_buffer[_at + 2];
            _at += 3;
            if (!Ensure(_nameLength)) throw new PosixException("pread", file.Path, Errno.InputOutput);
            _at += _nameLength;
            return true;
        }

        private bool Ensure(int count)
        {
            if (_filled - _at >= count) return true;
            _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
            (_filled, _at) = (_filled - _at, 0);
            var wanted = (int)Math.Min(_buffer.Length - _filled, end - _offset);
            var read = file.ReadFullyAt(_buffer.AsSpan(_filled, wanted), _offset);
            (_offset, _filled) = (_offset + read, _filled + read);
            return _filled >= count;
        }
    }
}

using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>
/// Reads the map of a sparse member from pieces of its content; memory grows with the map's own bytes, never by what it
/// declares.
/// </summary>
internal sealed class ArchivedMapParser(long fileBytes, long archivedBytes)
{
    /// <summary>Extents of a map that is still read: 64 MiB of memory.</summary>
    internal const int ExtentsMax = 1 << 22;

    private readonly List<DataExtent> _extents = [];
    private long _count = -1;
    private long _offset = -1;
    private long _number;
    private int _digits;
    private long _mapBytes;
    private long _dataBytes;

    internal IReadOnlyList<DataExtent> Extents => _extents;

    internal bool Done { get; private set; }

    /// <summary>
    /// Takes what of the piece belongs to the map; returns the bytes taken, or -1 with the defect's sentence.
    /// </summary>
    internal int Push(ReadOnlySpan<byte> piece, out string defect)
    {
        defect = "";
        var at = 0;
        while (at < piece.Length && !Done)
        {
            var value = piece[at++];
            _mapBytes++;
            if (_count == _extents.Count) // all numbers are read, what follows is padding
            {
                if (value != 0) return Fail("bytes other than NUL pad it", out defect);
            }
            else if (value == '\n')
            {
                if (!TakeNumber(out defect)) return -1;
            }
            else if (!TryDigit(value)) return Fail("it holds something else than decimal numbers", out defect);
            if (_count == _extents.Count && _mapBytes % UstarField.BlockBytes == 0)
            {
                if (_mapBytes + _dataBytes != archivedBytes)
                    return Fail($"it describes {_mapBytes + _dataBytes} bytes, not {archivedBytes}", out defect);
                Done = true;
            }
        }
        return at;
    }

    private static int Fail(string what, out string defect)
    {
        defect = $"The map of a sparse file is damaged: {what}.";
        return -1;
    }

    private bool TryDigit(byte value)
    {
        if (value is < (byte)'0' or > (byte)'9' || _digits == 18) return false;
        _number = (_number * 10) + (value - '0');
        _digits++;
        return true;
    }

    private bool TakeNumber(out string defect)
    {
        defect = "";
        if (_digits == 0) return Fail("a number is missing", out defect) > 0;
        var number = _number;
        (_number, _digits) = (0, 0);
        if (_count < 0)
        {
            if (number > ExtentsMax) return Fail($"it has {number} extents, more than {ExtentsMax}", out defect) > 0;
            _count = number;
        }
        else if (_offset < 0) _offset = number;
        else
        {
            var end = _extents.Count == 0 ? 0 : _extents[^1].Offset + _extents[^1].Length;
            if (_offset < end || number > fileBytes - _offset)
                return Fail("an extent overlaps another or lies outside of the file", out defect) > 0;
            _extents.Add(new DataExtent(_offset, number));
            _dataBytes += number;
            _offset = -1;
        }
        return true;
    }
}

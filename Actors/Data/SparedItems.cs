using System.Numerics;

namespace Backup.Actors.Data;

/// <summary>
/// Which items of a restore the client needs no content of, since they are right at the target already: a bit for each
/// item, in the order in which the image's manifest brings them. Storage and client read the same manifest, and so
/// count alike.
/// </summary>
internal sealed class SparedItems
{
    /// <summary>Most bytes: 512 million items. Of those behind nothing is spared.</summary>
    public const int BytesMax = 64 << 20;

    private byte[] _bits = [];
    private long _asked;

    /// <summary>None so far.</summary>
    public SparedItems()
    {
    }

    /// <summary>As the other side says.</summary>
    /// <param name="bits">The lowest bit of the first byte is the first item's.</param>
    public SparedItems(byte[] bits) => _bits = bits;

    /// <summary>How many are spared.</summary>
    public long Count
    {
        get
        {
            var count = 0L;
            foreach (var bits in _bits) count += BitOperations.PopCount(bits);
            return count;
        }
    }

    /// <summary>The next item.</summary>
    /// <param name="isSpared">Whether it is.</param>
    public void Add(bool isSpared)
    {
        var at = _asked++;
        if (!isSpared || at / 8 >= BytesMax) return;
        if (at / 8 >= _bits.Length)
            Array.Resize(ref _bits, (int)Math.Min(BytesMax, Math.Max((at / 8) + 1, 2L * _bits.Length)));
        _bits[at / 8] |= (byte)(1 << (int)(at % 8));
    }

    /// <summary>Whether an item is.</summary>
    /// <param name="item">Its number, from 0.</param>
    public bool Contains(long item) => item / 8 < _bits.Length && (_bits[item / 8] & (1 << (int)(item % 8))) != 0;

    /// <summary>The bits, without zeros at their end.</summary>
    public byte[] ToBytes() => _bits.AsSpan().TrimEnd((byte)0).ToArray();
}

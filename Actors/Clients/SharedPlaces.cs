using Backup.Media.Files;

namespace Backup.Actors.Clients;

/// <summary>
/// Tells paths to which one item comes from those to which several do, in 32 MiB whatever their number: two bits for
/// each of 134 million slots, into which paths fall by their hash. One that shares its slot with another path is taken
/// for one with several items; of a million paths that is one in a hundred.
/// </summary>
internal sealed class SharedPlaces
{
    private const int SlotBits = 27;
    private const int SlotsInByte = 4;
    private readonly byte[] _counts = new byte[(1 << SlotBits) / SlotsInByte];

    /// <summary>An item comes to a path.</summary>
    /// <param name="path">The path.</param>
    public void Add(FilePath path)
    {
        var (at, shift) = SlotOf(path);
        if (((_counts[at] >> shift) & 3) < 2) _counts[at] += (byte)(1 << shift);
    }

    /// <summary>True when surely no other item comes to it.</summary>
    /// <param name="path">One that was added.</param>
    public bool IsAlone(FilePath path)
    {
        var (at, shift) = SlotOf(path);
        return ((_counts[at] >> shift) & 3) < 2;
    }

    /// <summary>FNV-1a, whose upper bits are the better ones.</summary>
    private static (int At, int Shift) SlotOf(FilePath path)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var one in path.Bytes) hash = (hash ^ one) * 0x100000001b3UL;
        var slot = (int)(hash >> (64 - SlotBits));
        return (slot / SlotsInByte, slot % SlotsInByte * 2);
    }
}

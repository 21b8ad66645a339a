using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// What stands in front of the index of a copied fragment: where the copy lies, and how it is restored. The index
/// behind it is the fragment's own, byte by byte, and so has the fragment's root. Layout: docs/formats/index.md.
/// </summary>
/// <param name="Number">Which copy: 2 or more.</param>
/// <param name="Written">When it was made, by the writer's clock.</param>
/// <param name="Root">The root of the index behind it.</param>
/// <param name="Parts">Where its data lies, in order; without digests of blocks, which are those of the index.</param>
/// <param name="Command">The shell command that restores the fragment's own members; empty where none can.</param>
/// <param name="ImageCommand">On the image's last fragment: the command for the whole image; else empty.</param>
internal sealed record CopyRecord(
    int Number, DateTimeOffset Written, Sha256Digest Root, IReadOnlyList<FragmentPart> Parts, string Command,
    string ImageCommand)
{
    private const byte Version = 1;

    private static ReadOnlySpan<byte> Magic => "BFCP"u8;

    /// <summary>The record as it is written.</summary>
    public byte[] ToBytes()
    {
        var all = new FieldWriter();
        all.Raw(Magic);
        all.Byte(Version);
        all.Unsigned((ulong)Number);
        all.Moment(Written);
        all.Digest(Root);
        all.Unsigned((ulong)Parts.Count);
        foreach (var part in Parts)
        {
            all.Text(part.Location.Volume.Name.Value);
            all.Id(part.Location.Volume.Id.Value);
            all.Unsigned((ulong)part.Location.File);
            all.Unsigned((ulong)part.Length);
            all.Digest(part.HeaderDigest);
        }
        // Lines of their own, so that `strings` shows them whole.
        all.Text(Command.Length == 0 ? "" : $"\n{Command}\n");
        all.Text(ImageCommand.Length == 0 ? "" : $"\n{ImageCommand}\n");
        all.Digest(Sha256Digest.Of(all.Written));
        return all.ToArray();
    }

    /// <summary>Reads what may stand in front of an index.</summary>
    /// <param name="bytes">Not trusted.</param>
    /// <param name="copy">The record; null: there is none, and the index begins at once.</param>
    /// <param name="length">Its bytes; 0 without one.</param>
    /// <returns>What is wrong with it; null: nothing.</returns>
    public static IndexDefect? Read(ReadOnlySpan<byte> bytes, out CopyRecord? copy, out int length)
    {
        (copy, length) = (null, 0);
        if (!bytes.StartsWith(Magic)) return null;
        if (bytes.Length <= Magic.Length || bytes[Magic.Length] != Version) return IndexDefect.UnknownVersion;
        var fields = new FieldReader(bytes[(Magic.Length + 1)..]);
        var number = (int)fields.Within(int.MaxValue);
        var (written, root) = (fields.Moment(), fields.Digest());
        var parts = ReadParts(ref fields);
        var (command, whole) = (fields.Text().Trim('\n'), fields.Text().Trim('\n'));
        if (fields.Failed) return IndexDefect.Malformed;
        var signed = bytes.Length - fields.Remaining;
        var digest = fields.Digest();
        if (fields.Failed || Sha256Digest.Of(bytes[..signed]) != digest) return IndexDefect.RootMismatch;
        if (number < 2 || parts.Count == 0) return IndexDefect.Malformed;
        copy = new CopyRecord(number, written, root, parts, command, whole);
        length = signed + Sha256Digest.Size;
        return null;
    }

    /// <summary>The index as it is of this copy; null when the two do not belong together.</summary>
    /// <param name="index">The index behind it.</param>
    /// <param name="root">Its root.</param>
    public FragmentIndex? Place(FragmentIndex index, Sha256Digest root)
    {
        var digests = index.Parts.SelectMany(part => part.BlockDigests).ToList();
        var (placed, next) = (new List<FragmentPart>(), 0);
        foreach (var part in Parts)
        {
            var blocks = (int)((part.Length + TapeFormat.BlockBytesMax - 1) / TapeFormat.BlockBytesMax);
            if (blocks > digests.Count - next) return null;
            placed.Add(part with { BlockDigests = digests.GetRange(next, blocks) });
            next += blocks;
        }
        var fits = root == Root && next == digests.Count
            && Parts.Sum(part => part.Length) == index.Chunks.StoredBytes
            && Parts.SkipLast(1).All(part => part.Length % TapeFormat.BlockBytesMax == 0);
        return fits
            ? index with
            {
                Parts = placed,
                Command = Command,
                Seal = index.Seal is { } seal ? seal with { Command = ImageCommand } : null,
            }
            : null;
    }

    private static List<FragmentPart> ReadParts(ref FieldReader fields)
    {
        var count = fields.Count(Sha256Digest.Size);
        var parts = new List<FragmentPart>(count);
        for (long offset = 0; parts.Count < count && !fields.Failed; offset += parts[^1].Length)
        {
            var volume = new VolumeIdentity(new VolumeName(fields.Text()), new VolumeId(fields.Id()));
            var location = new TapeLocation(volume, (int)fields.Within(int.MaxValue));
            var length = fields.Within(long.MaxValue / 2);
            if (length == 0 || offset > (long.MaxValue / 2) - length) fields.Fail();
            parts.Add(new FragmentPart(location, offset, length, fields.Digest(), []));
        }
        return parts;
    }
}

using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A block of a manifest with its reference. Also the parameters of the statements.</summary>
internal sealed class BlockRow
{
    public const string InsertBlock =
        "INSERT INTO manifest_block (digest, entries, last_seen, data) VALUES (@Digest, @Entries, @LastSeen, @Data) "
        + "ON CONFLICT (digest) DO UPDATE SET last_seen = excluded.last_seen";

    public const string InsertStaged =
        "INSERT INTO staged_block (image, fragment, epoch, number, first_path, block, entries, bytes) "
        + "VALUES (@Image, @Fragment, @Epoch, @Number, @FirstPath, @Digest, @Entries, @Bytes) "
        + "ON CONFLICT (image, fragment, epoch, number) DO UPDATE SET first_path = excluded.first_path, block = "
        + "excluded.block, entries = excluded.entries, bytes = excluded.bytes";

    public byte[] Image { get; set; } = [];

    public long Fragment { get; set; }

    public long Epoch { get; set; }

    public long Number { get; set; }

    public long Ordinal { get; set; }

    public byte[] FirstPath { get; set; } = [];

    public byte[] Digest { get; set; } = [];

    public long Entries { get; set; }

    public long? Bytes { get; set; }

    public long LastSeen { get; set; }

    /// <summary>Null when the block is missing.</summary>
    public byte[]? Data { get; set; }

    public bool IsWhole => Data is not null && Sha256Digest.Of(Data).ToArray().AsSpan().SequenceEqual(Digest);

    public static BlockRow Of(FragmentKey key, StagedBlock block, long now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(block.Number);
        if (block.FirstPath.AsSpan().Contains((byte)'/'))
            throw new ArgumentException("A path in the catalog's form has 0x00 between its components.", nameof(block));
        return new BlockRow
        {
            Image = Columns.Of(key.Image),
            Fragment = key.Fragment,
            Epoch = key.Epoch.Value,
            Number = block.Number,
            FirstPath = block.FirstPath,
            Digest = Sha256Digest.Of(block.Data).ToArray(),
            Entries = block.Entries,
            Bytes = block.Bytes,
            LastSeen = now,
            Data = block.Data,
        };
    }

    public ManifestReference ToReference() => new(Ordinal, FirstPath, Columns.Digest(Digest), (int)Entries, Bytes);

    public ManifestBlock ToBlock() => new(Ordinal, FirstPath, Columns.Digest(Digest), (int)Entries, Data!);
}

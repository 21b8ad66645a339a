using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A block of a manifest with its reference. Also the parameters of the statements.</summary>
internal sealed class BlockRow
{
    public const string InsertBlock =
        "INSERT INTO manifest_block (digest, entries, last_seen, data) VALUES (@Digest, @Entries, @LastSeen, @Data) "
        + "ON CONFLICT (digest) DO UPDATE SET last_seen = excluded.last_seen";

    public const string TouchBlock = "UPDATE manifest_block SET last_seen = @LastSeen WHERE digest = @Digest";

    public const string InsertStaged =
        "INSERT INTO staged_block (image, fragment, epoch, number, first_path, block) "
        + "VALUES (@Image, @Fragment, @Epoch, @Number, @FirstPath, @Digest) "
        + "ON CONFLICT (image, fragment, epoch, number) DO UPDATE SET first_path = excluded.first_path, block = "
        + "excluded.block";

    public byte[] Image { get; set; } = [];

    public long Fragment { get; set; }

    public long Epoch { get; set; }

    public long Number { get; set; }

    public long Ordinal { get; set; }

    public byte[] FirstPath { get; set; } = [];

    public byte[] Digest { get; set; } = [];

    public long Entries { get; set; }

    public long LastSeen { get; set; }

    /// <summary>Null when the block is missing.</summary>
    public byte[]? Data { get; set; }

    /// <summary>True of a row whose block is in the catalog already.</summary>
    public bool IsShared { get; private init; }

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
            Digest = (block.Shared ?? Sha256Digest.Of(block.Data)).ToArray(),
            IsShared = block.Shared is not null,
            Entries = block.Entries,
            LastSeen = now,
            Data = block.Data,
        };
    }

    public ManifestReference ToReference() => new(Ordinal, FirstPath, Columns.Digest(Digest), (int)Entries);

    public ManifestBlock ToBlock() => new(Ordinal, FirstPath, Columns.Digest(Digest), (int)Entries, Data!);
}

using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A block of a manifest whose file coordinates have arrived before their fragment is closed.</summary>
/// <param name="Number">Its number among the blocks of its fragment, from 0.</param>
/// <param name="FirstPath">The path of its first entry, in the catalog's form: `/` is 0x00.</param>
/// <param name="Entries">Entries in it, 1 or more.</param>
/// <param name="Data">The entries, compressed; the catalog does not look into them.</param>
/// <param name="Bytes">Bytes of the files in it, for the sizes of directories; null: not known.</param>
public sealed record StagedBlock(int Number, byte[] FirstPath, int Entries, byte[] Data, long? Bytes = null);

/// <summary>Blocks of a base's manifest that a fragment which is not closed takes over as they are.</summary>
/// <param name="Number">The number of the first of them among the blocks of the fragment, from 0.</param>
/// <param name="Blocks">How many, 1 or more.</param>
/// <param name="Base">The base; it is sealed.</param>
/// <param name="Ordinal">The place of the first of them in the base's manifest.</param>
public sealed record StagedRun(int Number, int Blocks, ImageId Base, long Ordinal);

/// <summary>A block of an image's manifest, without its data.</summary>
/// <param name="Ordinal">Its place in the manifest, from 0.</param>
/// <param name="FirstPath">The path of its first entry, in the catalog's form.</param>
/// <param name="Digest">The digest of its data.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="Bytes">Bytes of the files in it; null: not known.</param>
public sealed record ManifestReference(
    long Ordinal, byte[] FirstPath, Sha256Digest Digest, int Entries, long? Bytes = null);

/// <summary>What a run of blocks holds.</summary>
/// <param name="Entries">Entries in them.</param>
/// <param name="Bytes">Bytes of the files in them; null: not known of each.</param>
public readonly record struct ManifestSums(long Entries, long? Bytes);

/// <summary>A block of an image's manifest.</summary>
/// <param name="Ordinal">Its place in the manifest, from 0, in the order of paths.</param>
/// <param name="FirstPath">The path of its first entry, in the catalog's form: `/` is 0x00.</param>
/// <param name="Digest">The digest of its data, checked when it was read.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="Data">The entries, compressed.</param>
public sealed record ManifestBlock(long Ordinal, byte[] FirstPath, Sha256Digest Digest, int Entries, byte[] Data);

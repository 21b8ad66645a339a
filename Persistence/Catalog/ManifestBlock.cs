using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A block of a manifest whose file coordinates have arrived before their fragment is closed.</summary>
/// <param name="Number">Its number among the blocks of its fragment, from 0.</param>
/// <param name="FirstPath">The path of its first entry, in the catalog's form: `/` is 0x00.</param>
/// <param name="Entries">Entries in it, 1 or more.</param>
/// <param name="Data">The entries, compressed; the catalog does not look into them. Empty for a shared one.</param>
/// <param name="Shared">A block of another manifest that is this one's too; null: the data are here.</param>
public sealed record StagedBlock(
    int Number, byte[] FirstPath, int Entries, byte[] Data, Sha256Digest? Shared = null);

/// <summary>A block of an image's manifest, without its data.</summary>
/// <param name="Ordinal">Its place in the manifest, from 0.</param>
/// <param name="FirstPath">The path of its first entry, in the catalog's form.</param>
/// <param name="Digest">The digest of its data.</param>
/// <param name="Entries">Entries in it.</param>
public sealed record ManifestReference(long Ordinal, byte[] FirstPath, Sha256Digest Digest, int Entries);

/// <summary>A block of an image's manifest.</summary>
/// <param name="Ordinal">Its place in the manifest, from 0, in the order of paths.</param>
/// <param name="FirstPath">The path of its first entry, in the catalog's form: `/` is 0x00.</param>
/// <param name="Digest">The digest of its data, checked when it was read.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="Data">The entries, compressed.</param>
public sealed record ManifestBlock(long Ordinal, byte[] FirstPath, Sha256Digest Digest, int Entries, byte[] Data);

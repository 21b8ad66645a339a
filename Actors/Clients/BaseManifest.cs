using System.Buffers.Binary;
using System.Security.Cryptography;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// The manifest of a base in a file on the client, one for each file set: read in order while the disk is walked, so
/// that neither memory nor the catalog is needed then. Where it is not there, or of another image, or damaged, it is
/// fetched from the catalog. Layout: image and root (48 bytes); for each block its length (4 bytes, big-endian) and its
/// bytes; a length of 0; SHA-256 of all before.
/// </summary>
internal static class BaseManifest
{
    private const int HeaderBytes = 16 + Sha256Digest.Size;
    private const int LengthBytes = 4;

    /// <summary>The file with the manifest of a backup's base, fetched when it is not at hand.</summary>
    /// <param name="orders">The orders.</param>
    /// <param name="catalog">How the catalog is asked.</param>
    /// <param name="workDirectory">Where files are.</param>
    /// <param name="cancellation">Ends the fetching.</param>
    /// <returns>The file; null for a full.</returns>
    /// <exception cref="JobFailureException">The catalog does not answer, or its manifest cannot be read.</exception>
    public static async Task<string?> Ready(
        ClientProtocol.Save orders, CatalogInquiry catalog, string workDirectory, CancellationToken cancellation)
    {
        if (orders.Spec.Base is not { } known) return null;
        var directory = Path.Combine(workDirectory, "manifests");
        var name = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(orders.Spec.FileSet.Name.Value)).ToString()[..16];
        var path = Path.Combine(directory, name);
        if (await Task.Run(() => IsOf(path, known), cancellation).ConfigureAwait(false)) return path;
        Directory.CreateDirectory(directory);
        Forget(directory, name);
        var fetched = $"{path}.{orders.Job}";
        await Fetch(fetched, known, catalog, cancellation).ConfigureAwait(false);
        File.Move(fetched, path, overwrite: true);
        return path;
    }

    /// <summary>
    /// What was begun and is not written any more: a client that is killed may never have its job again.
    /// </summary>
    private static void Forget(string directory, string name)
    {
        foreach (var left in Directory.EnumerateFiles(directory, $"{name}.*"))
            if (File.GetLastWriteTimeUtc(left) < TimeProvider.System.GetUtcNow().AddDays(-1)) File.Delete(left);
    }

    /// <summary>The entries in a file, read as they are asked for.</summary>
    /// <param name="path">The file, which is whole.</param>
    /// <param name="known">The image whose manifest is wanted.</param>
    /// <exception cref="InvalidDataException">It is not whole, or another image's by now.</exception>
    public static IEnumerable<FileEntry> Entries(string path, JobBase known)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var header = new byte[HeaderBytes];
        file.ReadExactly(header);
        // Another job of the same file set may have put another manifest there; from here on the file stays this one
        if (!header.AsSpan().SequenceEqual(HeaderOf(known)))
            throw new InvalidDataException($"{path} holds the manifest of another image than {known.Image} now.");
        var length = new byte[LengthBytes];
        while (true)
        {
            file.ReadExactly(length);
            var count = BinaryPrimitives.ReadInt32BigEndian(length);
            if (count == 0) yield break;
            var block = new byte[count];
            file.ReadExactly(block);
            if (EntryBlockReader.Read(block, out var entries) is not EntryBlockDefect.None and var defect)
                throw new InvalidDataException($"A block of the base's manifest in {path} cannot be read: {defect}.");
            foreach (var entry in entries) yield return entry;
        }
    }

    private static async Task Fetch(
        string path, JobBase known, CatalogInquiry catalog, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = File.Create(path);
        await Write(HeaderOf(known)).ConfigureAwait(false);
        await foreach (var block in ManifestPages.Blocks(catalog, known.Image, cancellation)
            .ConfigureAwait(false))
        {
            await Write(LengthOf(block.Length)).ConfigureAwait(false);
            await Write(block).ConfigureAwait(false);
        }
        await Write(LengthOf(0)).ConfigureAwait(false);
        await file.WriteAsync(hash.GetHashAndReset()).ConfigureAwait(false);

        async Task Write(byte[] bytes)
        {
            hash.AppendData(bytes);
            await file.WriteAsync(bytes).ConfigureAwait(false);
        }
    }

    /// <summary>True when a file is there, of this image, and whole.</summary>
    private static bool IsOf(string path, JobBase known)
    {
        if (!File.Exists(path)) return false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var left = file.Length - Sha256Digest.Size;
        var header = new byte[HeaderBytes];
        if (left < HeaderBytes || file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes
            || !header.AsSpan().SequenceEqual(HeaderOf(known))) return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        left -= HeaderBytes;
        var buffer = new byte[64 * 1024];
        while (left > 0)
        {
            var count = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (count == 0) return false;
            hash.AppendData(buffer, 0, count);
            left -= count;
        }
        var digest = new byte[Sha256Digest.Size];
        return file.ReadAtLeast(digest, digest.Length, throwOnEndOfStream: false) == digest.Length
            && digest.AsSpan().SequenceEqual(hash.GetHashAndReset());
    }

    private static byte[] HeaderOf(JobBase known)
    {
        var header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt128BigEndian(header, known.Image.Value);
        known.Root.CopyTo(header.AsSpan(16));
        return header;
    }

    private static byte[] LengthOf(int count)
    {
        var bytes = new byte[LengthBytes];
        BinaryPrimitives.WriteInt32BigEndian(bytes, count);
        return bytes;
    }
}

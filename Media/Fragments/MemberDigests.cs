using System.Security.Cryptography;
using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>
/// A member whose content goes on in the next fragment, as far as it was verified. Given from one fragment's verifier
/// to the next.
/// </summary>
public sealed class OpenDigest : IDisposable
{
    // Which digest its entry will have is only known where the member ends.
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _sha512 = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);

    internal OpenDigest(FilePath path) => Path = path;

    internal FilePath Path { get; }

    internal long Length { get; private set; }

    /// <summary>True when some of its content could not be read; that was reported.</summary>
    internal bool IsBroken { get; set; }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _sha512.AppendData(bytes);
        Length += bytes.Length;
    }

    internal byte[] Digest(DigestAlgorithm algorithm) =>
        algorithm == DigestAlgorithm.Sha512 ? _sha512.GetHashAndReset() : _sha256.GetHashAndReset();

    /// <inheritdoc/>
    public void Dispose()
    {
        _sha256.Dispose();
        _sha512.Dispose();
    }
}

/// <summary>Recomputes the digests of a fragment's members from its archive bytes as they pass.</summary>
internal sealed class MemberDigests : IDisposable
{
    private readonly FragmentIndex _index;
    private readonly Queue<FileEntry> _waiting;
    private readonly List<FilePath> _wrong = [];
    private OpenDigest? _open;
    private IncrementalHash? _hash;
    private long _at;
    private bool _isBroken;
    private readonly long _carriedLength;

    public MemberDigests(FragmentIndex index, OpenDigest? carried)
    {
        _index = index;
        _open = carried;
        _carriedLength = carried?.Length ?? 0;
        _waiting = new Queue<FileEntry>(TouchedFiles.Entries(index).Where(HasOwnContent)
            .OrderBy(entry => entry.Position.Offset));
        Ending = carried is null ? null : TouchedFiles.Entries(index).FirstOrDefault(
            entry => entry.Path == carried.Path && entry.Kind != FileKind.HardLink
                && entry.Position.Fragment < index.Start.Fragment);
    }

    /// <summary>Members whose content has not the digest of their entry.</summary>
    public IReadOnlyList<FilePath> Wrong => _wrong;

    private FileEntry? Ending { get; }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        TakeOpen(bytes);
        while (_waiting.TryPeek(out var entry) && entry.Position.Offset < _at + bytes.Length)
        {
            _hash ??= IncrementalHash.CreateHash(AlgorithmOf(entry.Digest));
            var end = entry.Position.Offset + entry.Position.Length;
            var from = Math.Max(entry.Position.Offset, _at);
            var to = Math.Min(end, _at + bytes.Length);
            if (to > from) _hash.AppendData(bytes[(int)(from - _at)..(int)(to - _at)]);
            if (end > _at + bytes.Length) break;
            Finish(entry);
        }
        _at += bytes.Length;
    }

    /// <summary>
    /// Passes over bytes that could not be read; the members in them are broken and reported elsewhere.
    /// </summary>
    public void Pass(long length)
    {
        if (_open is not null && _at < OpenEnd) _open.IsBroken = true;
        while (_waiting.TryPeek(out var entry) && entry.Position.Offset < _at + length)
        {
            _isBroken = true;
            if (entry.Position.Offset + entry.Position.Length > _at + length) break;
            Finish(entry);
        }
        BeginOpen(length, isRead: false, default);
        _at += length;
    }

    /// <summary>Ends the fragment: the member that goes on, if there is one.</summary>
    public OpenDigest? End()
    {
        while (_waiting.TryPeek(out var left)) // empty ones at the very end, or positions behind it
        {
            _hash ??= IncrementalHash.CreateHash(AlgorithmOf(left.Digest));
            Finish(left);
        }
        if (Ending is { } entry && _open is not null)
        {
            if (!_open.IsBroken && !_open.Digest(entry.Digest.Algorithm).AsSpan().SequenceEqual(entry.Digest.Bytes))
                _wrong.Add(entry.Path);
            _open.Dispose();
            _open = null;
        }
        var carried = _open;
        _open = null;
        return carried;
    }

    public void Dispose()
    {
        _hash?.Dispose();
        _open?.Dispose();
    }

    private static HashAlgorithmName AlgorithmOf(ContentDigest digest) =>
        digest.Algorithm == DigestAlgorithm.Sha512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;

    private bool HasOwnContent(FileEntry entry) =>
        entry.Kind != FileKind.HardLink && entry.Digest.Algorithm != DigestAlgorithm.None
        && entry.Position.Image == _index.Image.Image && entry.Position.Fragment == _index.Start.Fragment;

    /// <summary>Where the carried member's content ends here; a fragment that is all middle is all its.</summary>
    private long OpenEnd => Ending is { } entry ? entry.Position.Length - _carriedLength : _index.Chunks.ArchiveBytes;

    private void TakeOpen(ReadOnlySpan<byte> bytes)
    {
        if (_open is not null && _index.Open?.Entry.Position.Fragment != _index.Start.Fragment)
        {
            var end = OpenEnd;
            if (_at < end) _open.Append(bytes[..(int)Math.Min(bytes.Length, end - _at)]);
        }
        BeginOpen(bytes.Length, isRead: true, bytes);
    }

    // The member that begins in this fragment and ends in a later one.
    private void BeginOpen(long length, bool isRead, ReadOnlySpan<byte> bytes)
    {
        if (_index.Open is not { } open || open.Entry.Position.Fragment != _index.Start.Fragment) return;
        var offset = open.Entry.Position.Offset;
        if (_at + length <= offset) return;
        _open ??= new OpenDigest(open.Entry.Path);
        if (isRead) _open.Append(bytes[(int)Math.Max(0, offset - _at)..]);
        else _open.IsBroken = true;
    }

    private void Finish(FileEntry entry)
    {
        _waiting.Dequeue();
        var digest = _hash?.GetHashAndReset() ?? [];
        _hash?.Dispose();
        _hash = null;
        if (!_isBroken && !digest.AsSpan().SequenceEqual(entry.Digest.Bytes)) _wrong.Add(entry.Path);
        _isBroken = false;
    }
}

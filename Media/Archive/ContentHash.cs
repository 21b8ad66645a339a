using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Media.Archive;

/// <summary>
/// SHA-256 or SHA-512 whose intermediate hash value can be taken out at a block's end and put in again: so a member
/// that is cut at a fragment's end goes on in another process with a digest over all that is on the medium. libcrypto's
/// low-level functions are the only ones that allow it at the speed of the processor's own instructions; .NET on Linux
/// needs that library anyway. Holds no memory of its own, so one serves all files.
/// </summary>
public sealed unsafe class ContentHash
{
    /// <summary>
    /// States are only taken and given at multiples of this many bytes: SHA-512's block, and twice SHA-256's.
    /// </summary>
    internal const int StateAlignmentBytes = 128;

    private Sha256State _sha256;
    private Sha512State _sha512;
    private DigestAlgorithm _algorithm;

    // openssl/sha.h: the same layout since OpenSSL 0.9.8.
    [InlineArray(8)]
    private struct Words32
    {
        private uint _first;
    }

    [InlineArray(8)]
    private struct Words64
    {
        private ulong _first;
    }

    [InlineArray(16)]
    private struct Block64
    {
        private uint _first;
    }

    [InlineArray(16)]
    private struct Block128
    {
        private ulong _first;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Sha256State
    {
        public Words32 Words;
        public uint BitsLow;
        public uint BitsHigh;
        public Block64 Block;
        public uint Used;
        public uint DigestBytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Sha512State
    {
        public Words64 Words;
        public ulong BitsLow;
        public ulong BitsHigh;
        public Block128 Block;
        public uint Used;
        public uint DigestBytes;
    }

    /// <summary>Begins anew.</summary>
    /// <param name="algorithm">With None nothing is hashed.</param>
    /// <exception cref="DllNotFoundException">libcrypto is not installed.</exception>
    public void Begin(DigestAlgorithm algorithm)
    {
        _algorithm = algorithm;
        if (algorithm == DigestAlgorithm.Sha256)
            fixed (Sha256State* state = &_sha256) CryptoLibrary.Sha256Init(state);
        if (algorithm == DigestAlgorithm.Sha512)
            fixed (Sha512State* state = &_sha512) CryptoLibrary.Sha512Init(state);
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">Any length.</param>
    public void Append(ReadOnlySpan<byte> data)
    {
        fixed (byte* source = data)
        {
            if (_algorithm == DigestAlgorithm.Sha256)
                fixed (Sha256State* state = &_sha256) CryptoLibrary.Sha256Update(state, source, (nuint)data.Length);
            if (_algorithm == DigestAlgorithm.Sha512)
                fixed (Sha512State* state = &_sha512) CryptoLibrary.Sha512Update(state, source, (nuint)data.Length);
        }
    }

    /// <summary>
    /// The digest of all bytes since the beginning; none with the algorithm None. Then it must begin anew.
    /// </summary>
    public ContentDigest End()
    {
        if (_algorithm == DigestAlgorithm.None) return default;
        var digest = new byte[_algorithm == DigestAlgorithm.Sha256 ? 32 : 64];
        fixed (byte* target = digest)
        {
            if (_algorithm == DigestAlgorithm.Sha256)
                fixed (Sha256State* state = &_sha256) CryptoLibrary.Sha256Final(target, state);
            else
                fixed (Sha512State* state = &_sha512) CryptoLibrary.Sha512Final(target, state);
        }
        return new ContentDigest(_algorithm, digest);
    }

    /// <summary>
    /// The intermediate hash value, big-endian; only after a multiple of <see cref="StateAlignmentBytes"/>.
    /// </summary>
    internal byte[] State()
    {
        if (_algorithm == DigestAlgorithm.None) return [];
        if ((_algorithm == DigestAlgorithm.Sha256 ? _sha256.Used : _sha512.Used) != 0)
            throw new InvalidOperationException("A hash state can be taken only at the end of a block.");
        var state = new byte[_algorithm == DigestAlgorithm.Sha256 ? 32 : 64];
        for (var at = 0; at < 8; at++)
        {
            if (_algorithm == DigestAlgorithm.Sha256)
                BinaryPrimitives.WriteUInt32BigEndian(state.AsSpan(at * 4), _sha256.Words[at]);
            else
                BinaryPrimitives.WriteUInt64BigEndian(state.AsSpan(at * 8), _sha512.Words[at]);
        }
        return state;
    }

    /// <summary>Goes on from a state that <see cref="State"/> gave after so many bytes.</summary>
    internal void Resume(DigestAlgorithm algorithm, ReadOnlySpan<byte> state, long contentBytes)
    {
        Begin(algorithm);
        if (contentBytes % StateAlignmentBytes != 0)
            throw new ArgumentException("Not at the end of a block.", nameof(contentBytes));
        if (algorithm == DigestAlgorithm.None) return;
        if (state.Length != (algorithm == DigestAlgorithm.Sha256 ? 32 : 64))
            throw new ArgumentException($"A state of {state.Length} bytes is none of {algorithm}.", nameof(state));
        var bits = (UInt128)contentBytes << 3;
        (_sha256.BitsLow, _sha256.BitsHigh) = ((uint)bits, (uint)(bits >> 32));
        (_sha512.BitsLow, _sha512.BitsHigh) = ((ulong)bits, (ulong)(bits >> 64));
        for (var at = 0; at < 8; at++)
        {
            if (algorithm == DigestAlgorithm.Sha256)
                _sha256.Words[at] = BinaryPrimitives.ReadUInt32BigEndian(state[(at * 4)..]);
            else
                _sha512.Words[at] = BinaryPrimitives.ReadUInt64BigEndian(state[(at * 8)..]);
        }
    }

    /// <summary>The functions of libcrypto, whichever of the versions that .NET also takes is there.</summary>
    private static class CryptoLibrary
    {
        internal static readonly delegate* unmanaged<Sha256State*, int> Sha256Init;
        internal static readonly delegate* unmanaged<Sha256State*, byte*, nuint, int> Sha256Update;
        internal static readonly delegate* unmanaged<byte*, Sha256State*, int> Sha256Final;
        internal static readonly delegate* unmanaged<Sha512State*, int> Sha512Init;
        internal static readonly delegate* unmanaged<Sha512State*, byte*, nuint, int> Sha512Update;
        internal static readonly delegate* unmanaged<byte*, Sha512State*, int> Sha512Final;

        static CryptoLibrary()
        {
            var library = Load();
            Sha256Init = (delegate* unmanaged<Sha256State*, int>)NativeLibrary.GetExport(library, "SHA256_Init");
            Sha256Update =
                (delegate* unmanaged<Sha256State*, byte*, nuint, int>)NativeLibrary.GetExport(library, "SHA256_Update");
            Sha256Final =
                (delegate* unmanaged<byte*, Sha256State*, int>)NativeLibrary.GetExport(library, "SHA256_Final");
            Sha512Init = (delegate* unmanaged<Sha512State*, int>)NativeLibrary.GetExport(library, "SHA512_Init");
            Sha512Update =
                (delegate* unmanaged<Sha512State*, byte*, nuint, int>)NativeLibrary.GetExport(library, "SHA512_Update");
            Sha512Final =
                (delegate* unmanaged<byte*, Sha512State*, int>)NativeLibrary.GetExport(library, "SHA512_Final");
        }

        private static nint Load()
        {
            foreach (var name in (string[])["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so"])
                if (NativeLibrary.TryLoad(name, out var library)) return library;
            throw new DllNotFoundException(
                "OpenSSL's libcrypto was not found. Install it: Debian and Ubuntu: apt install libssl3; Fedora: dnf "
                    + "install openssl-libs.");
        }
    }
}

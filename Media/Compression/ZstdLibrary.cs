using System.Reflection;
using System.Runtime.InteropServices;

namespace Backup.Media.Compression;

/// <summary>The functions of libzstd (zstd.h, API 1.4 and later) that chunks need.</summary>
internal static unsafe partial class ZstdLibrary
{
    internal const int CompressionLevelParameter = 100;
    internal const int ContentSizeFlagParameter = 200;
    internal const int ChecksumFlagParameter = 201;
    internal const int ResetSession = 1;
    internal const ulong ContentSizeUnknown = ulong.MaxValue;
    internal const ulong ContentSizeError = ulong.MaxValue - 1;

    private const string Name = "libzstd.so.1";

    static ZstdLibrary() => NativeLibrary.SetDllImportResolver(typeof(ZstdLibrary).Assembly, Resolve);

    internal struct InBuffer
    {
        public byte* Source;
        public nuint Size;
        public nuint Position;
    }

    internal struct OutBuffer
    {
        public byte* Target;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Name, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompression();

    [LibraryImport(Name, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompression(nint context);

    [LibraryImport(Name, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetParameter(nint context, int parameter, int value);

    [LibraryImport(Name, EntryPoint = "ZSTD_CCtx_reset")]
    internal static partial nuint ResetCompression(nint context, int what);

    [LibraryImport(Name, EntryPoint = "ZSTD_compress2")]
    internal static partial nuint Compress(
        nint context, byte* target, nuint targetSize, byte* source, nuint sourceSize);

    [LibraryImport(Name, EntryPoint = "ZSTD_minCLevel")]
    internal static partial int LowestLevel();

    [LibraryImport(Name, EntryPoint = "ZSTD_createDCtx")]
    internal static partial nint CreateDecompression();

    [LibraryImport(Name, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompression(nint context);

    [LibraryImport(Name, EntryPoint = "ZSTD_DCtx_reset")]
    internal static partial nuint ResetDecompression(nint context, int what);

    [LibraryImport(Name, EntryPoint = "ZSTD_decompressDCtx")]
    internal static partial nuint Decompress(
        nint context, byte* target, nuint targetSize, byte* source, nuint sourceSize);

    [LibraryImport(Name, EntryPoint = "ZSTD_decompressStream")]
    internal static partial nuint DecompressStream(nint context, OutBuffer* target, InBuffer* source);

    [LibraryImport(Name, EntryPoint = "ZSTD_getFrameContentSize")]
    internal static partial ulong ContentSize(byte* source, nuint sourceSize);

    [LibraryImport(Name, EntryPoint = "ZSTD_findFrameCompressedSize")]
    internal static partial nuint FrameSize(byte* source, nuint sourceSize);

    [LibraryImport(Name, EntryPoint = "ZSTD_isError")]
    private static partial uint IsErrorCode(nuint code);

    [LibraryImport(Name, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint ErrorName(nuint code);

    internal static bool IsError(nuint code) => IsErrorCode(code) != 0;

    internal static string Describe(nuint code) => Marshal.PtrToStringAnsi(ErrorName(code)) ?? "unknown error";

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Name) return 0;
        return NativeLibrary.TryLoad(name, assembly, path, out var library)
            ? library
            : throw new DllNotFoundException(
                $"The Zstandard library {Name} was not found. Install it: Debian and Ubuntu: apt install libzstd1; "
                    + "Fedora: dnf install libzstd.");
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Backup.Media.Compression;

/// <summary>A compression context of libzstd; made once, used by one thread at a time.</summary>
internal sealed class CompressionContext : SafeHandle
{
    private static readonly ConcurrentBag<CompressionContext> Idle = [];

    private CompressionContext() : base(0, ownsHandle: true)
    {
        SetHandle(ZstdLibrary.CreateCompression());
        if (IsInvalid) throw new OutOfMemoryException("libzstd could not allocate a compression context.");
    }

    internal nint Address => handle;

    public override bool IsInvalid => handle == 0;

    internal static CompressionContext Rent() => Idle.TryTake(out var context) ? context : new CompressionContext();

    internal static void Return(CompressionContext context)
    {
        // More than the cores can use at once would only hold memory.
        if (Idle.Count < Environment.ProcessorCount) Idle.Add(context);
        else context.Dispose();
    }

    protected override bool ReleaseHandle() => ZstdLibrary.FreeCompression(handle) == 0;
}

/// <summary>A decompression context of libzstd; made once, used by one thread at a time.</summary>
internal sealed class DecompressionContext : SafeHandle
{
    private static readonly ConcurrentBag<DecompressionContext> Idle = [];

    internal DecompressionContext() : base(0, ownsHandle: true)
    {
        SetHandle(ZstdLibrary.CreateDecompression());
        if (IsInvalid) throw new OutOfMemoryException("libzstd could not allocate a decompression context.");
    }

    internal nint Address => handle;

    public override bool IsInvalid => handle == 0;

    internal static DecompressionContext Rent() => Idle.TryTake(out var context) ? context : new DecompressionContext();

    internal static void Return(DecompressionContext context)
    {
        if (Idle.Count < Environment.ProcessorCount) Idle.Add(context);
        else context.Dispose();
    }

    protected override bool ReleaseHandle() => ZstdLibrary.FreeDecompression(handle) == 0;
}

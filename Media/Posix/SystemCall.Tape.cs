namespace Backup.Media.Posix;

/// <summary>The calls of a tape drive: every write is one block, so none of them is ever split or completed.</summary>
internal static unsafe partial class SystemCall
{
    /// <summary>One write(2): the bytes that were written, which may be fewer than asked for.</summary>
    internal static int WriteOnce(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* source = data)
        {
            int result;
            do result = Result((int)Native.Write(descriptor, source, (nuint)data.Length));
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    /// <summary>An ioctl(2) with a structure that is read, filled, or both.</summary>
    internal static int Control<T>(int descriptor, uint request, ref T value) where T : unmanaged
    {
        fixed (T* pointer = &value)
        {
            int result;
            do result = Result(Native.Control(descriptor, request, (uint*)pointer));
            while (result == -Errno.Interrupted);
            return result;
        }
    }
}

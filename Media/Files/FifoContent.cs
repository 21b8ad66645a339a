using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// What is written into a FIFO, until the last writer closes it. An archive needs the size before the content, so it is
/// kept in a file without a name meanwhile. Who waits for a writer for ever would hang a job: the wait is bounded, the
/// one for the first writer and each pause of a writer.
/// </summary>
internal static class FifoContent
{
    private const int BufferBytes = 256 * 1024;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100); // a cancellation is noticed within

    /// <summary>Reads to the end.</summary>
    /// <param name="fifo">Open by O_PATH.</param>
    /// <param name="path">For messages.</param>
    /// <param name="options">How long to wait, and where the content is kept.</param>
    /// <exception cref="PosixException">It cannot be opened, read or kept; ETIMEDOUT when the wait was in
    /// vain.</exception>
    /// <exception cref="OperationCanceledException">The walk is to end.</exception>
    internal static Descriptor Keep(int fifo, FilePath path, WalkOptions options)
    {
        // Without O_NONBLOCK the open itself would wait for a writer
        const int flags = OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.CloseOnExec | OpenFlags.NoTerminal;
        var shown = PathText.Escape(path.Bytes);
        var opened = SystemCall.OpenByProc(fifo, flags);
        using var source = new Descriptor(PosixException.Check(opened, "openat", shown), shown);
        var content = Descriptor.CreateUnnamed(options.TemporaryDirectory);
        try
        {
            Copy(source, content, options);
            return content;
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private static void Copy(Descriptor source, Descriptor content, WalkOptions options)
    {
        var buffer = new byte[BufferBytes];
        while (true)
        {
            Wait(source, options);
            var count = SystemCall.Read(source.Number, buffer);
            if (count == 0) return;
            if (count == -Errno.TryAgain) continue; // another reader was faster
            content.Write(buffer.AsSpan(0, PosixException.Check(count, "read", source.Path)));
        }
    }

    private static void Wait(Descriptor source, WalkOptions options)
    {
        var began = options.Clock.GetTimestamp();
        while (true)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            var left = options.FifoWait!.Value - options.Clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) throw new PosixException("poll", source.Path, Errno.TimedOut);
            var ready = SystemCall.WaitReadable(source.Number, left < Glance ? left : Glance);
            if (PosixException.Check(ready, "poll", source.Path) > 0) return;
        }
    }
}

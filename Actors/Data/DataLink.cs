using System.Threading.Channels;

namespace Backup.Actors.Data;

/// <summary>
/// A data connection within one process: a bounded buffer with one writer and one reader. A full buffer stops the
/// writer; an end with an error reaches both sides.
/// </summary>
/// <typeparam name="T">What flows; disposed when it is left over.</typeparam>
public sealed class DataLink<T>
    where T : class, IDisposable
{
    private readonly Channel<T> _buffer;

    /// <summary>A link.</summary>
    /// <param name="capacity">Most elements in the buffer, 1 or more.</param>
    public DataLink(int capacity) => _buffer = Channel.CreateBounded<T>(
        new BoundedChannelOptions(capacity)
        {
            SingleReader = true,
            SingleWriter = true,
            FullMode = BoundedChannelFullMode.Wait
        });

    /// <summary>Gives an element; waits while the buffer is full.</summary>
    /// <param name="element">Belongs to the link from now on.</param>
    /// <exception cref="DataLinkException">The other side has ended.</exception>
    public async Task Write(T element)
    {
        try
        {
            await _buffer.Writer.WriteAsync(element).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            element.Dispose();
            throw new DataLinkException("The receiving side of the data connection has ended.", closed.InnerException);
        }
    }

    /// <summary>Takes an element; waits while the buffer is empty.</summary>
    /// <returns>The next element, or null when the writer completed.</returns>
    /// <exception cref="DataLinkException">The other side has failed.</exception>
    public async Task<T?> Read()
    {
        try
        {
            return await _buffer.Reader.WaitToReadAsync().ConfigureAwait(false)
                && _buffer.Reader.TryRead(out var element) ? element : null;
        }
        catch (Exception cause) when (cause is not DataLinkException)
        {
            throw new DataLinkException("The sending side of the data connection has failed.", cause);
        }
    }

    /// <summary>The writer has given all.</summary>
    public void Complete() => _buffer.Writer.TryComplete();

    /// <summary>Ends the link for both sides and releases what is in the buffer. Only the first end counts.</summary>
    /// <param name="cause">Why.</param>
    public void Fail(Exception cause)
    {
        _buffer.Writer.TryComplete(new DataLinkException(cause.Message, cause));
        while (_buffer.Reader.TryRead(out var left)) left.Dispose();
    }
}

/// <summary>The other side of a data connection is gone, or failed.</summary>
public sealed class DataLinkException : Exception
{
    /// <summary>With the cause.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="cause">Why; null when it is not known.</param>
    public DataLinkException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}

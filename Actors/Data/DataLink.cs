using System.Threading.Channels;
using Backup.Messages;

namespace Backup.Actors.Data;

/// <summary>
/// One end of a data connection, or both where client and storage are one process: a bounded buffer with one writer and
/// one reader. A full buffer stops the writer; an end with an error reaches both sides. Between processes a channel
/// takes from the one end what it puts into the other.
/// </summary>
/// <typeparam name="T">What flows; disposed when it is left over.</typeparam>
public sealed class DataLink<T>
    where T : class, IDisposable
{
    private readonly Channel<T> _buffer;
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource? _confirmed;
    private readonly TaskCompletionSource<byte[]> _spared = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SealedNews? _sealed;

    /// <summary>A link.</summary>
    /// <param name="capacity">Most elements in the buffer, 1 or more.</param>
    /// <param name="confirmsEnd">True: the reader says by <see cref="ConfirmEnd"/> that it needs the connection no
    /// more; else it is when it has taken all.</param>
    public DataLink(int capacity, bool confirmsEnd = false)
    {
        Capacity = capacity;
        _confirmed = confirmsEnd ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        _buffer = Channel.CreateBounded<T>(
            new BoundedChannelOptions(capacity)
            {
                SingleReader = true,
                SingleWriter = true,
                FullMode = BoundedChannelFullMode.Wait,
            });
    }

    /// <summary>Most elements in the buffer.</summary>
    public int Capacity { get; }

    /// <summary>The newest fragment that the receiving side said to be durable; null: none so far. From any
    /// thread.</summary>
    public int? SealedFragment => Volatile.Read(ref _sealed)?.Fragment;

    /// <summary>Told after each element that was taken; set before the first is.</summary>
    internal Action? Taken { get; set; }

    /// <summary>Told after each fragment that was acknowledged; set before the first is.</summary>
    internal Action? Acknowledged { get; set; }

    /// <summary>Told when the reader has said what it does not need; set before it does.</summary>
    internal Action? Spares { get; set; }

    /// <summary>Completes when the reader has said what it does not need (<see cref="SparedItems"/>); of a reader that
    /// cannot say so, with nothing.</summary>
    internal Task<byte[]> Spared => _spared.Task;

    internal SealedNews? Sealed => Volatile.Read(ref _sealed);

    /// <summary>Completes with the cause when the link has failed; never, when it came to its end.</summary>
    internal Task<Exception> Failed => _failed.Task;

    /// <summary>Completes when the reader needs the connection no more.</summary>
    internal Task Over => _confirmed?.Task ?? _buffer.Reader.Completion;

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
            while (await _buffer.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                // A failure may have emptied the buffer since: it is told by the next wait, and is no end.
                if (!_buffer.Reader.TryRead(out var element)) continue;
                Taken?.Invoke();
                return element;
            }
            return null;
        }
        catch (Exception cause) when (cause is not DataLinkException)
        {
            throw new DataLinkException("The sending side of the data connection has failed.", cause);
        }
    }

    /// <summary>The writer has given all.</summary>
    public void Complete() => _buffer.Writer.TryComplete();

    /// <summary>The reader says that a fragment is durable on the medium: what was given up to its end is never
    /// needed again.</summary>
    /// <param name="fragment">From 0, rising.</param>
    /// <param name="root">Its root.</param>
    public void Acknowledge(int fragment, Sha256Digest root)
    {
        Volatile.Write(ref _sealed, new SealedNews(fragment, root));
        Acknowledged?.Invoke();
    }

    /// <summary>The reader says what it does not need. Only the first word counts.</summary>
    /// <param name="items">As <see cref="SparedItems.ToBytes"/> gives them.</param>
    internal void Spare(byte[] items)
    {
        if (_spared.TrySetResult(items)) Spares?.Invoke();
    }

    /// <summary>The reader has done what it does with all that it took.</summary>
    public void ConfirmEnd() => _confirmed?.TrySetResult();

    /// <summary>Ends the link for both sides and releases what is in the buffer. Only the first end counts for who
    /// reads and writes.</summary>
    /// <param name="cause">Why.</param>
    public void Fail(Exception cause)
    {
        _buffer.Writer.TryComplete(new DataLinkException(cause.Message, cause));
        while (_buffer.Reader.TryRead(out var left)) left.Dispose();
        if (!Over.IsCompletedSuccessfully) _failed.TrySetResult(cause); // who has all needs no reason
    }

    internal sealed record SealedNews(int Fragment, Sha256Digest Root);
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

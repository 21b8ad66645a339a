using System.Threading.Channels;
using Backup.Media.Packets;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>How one connection of a channel ended.</summary>
internal enum ChannelEnd
{
    /// <summary>All was given and taken.</summary>
    Whole,

    /// <summary>One side cannot go on, and the other knows why.</summary>
    Aborted,

    /// <summary>The connection is lost; it may come again.</summary>
    Lost,
}

/// <summary>
/// One side of a data connection between processes. It outlives its sockets: what was not acknowledged is kept and sent
/// again when the client comes back in time. Uses one socket at a time.
/// </summary>
internal abstract class DataChannel<T>(DataLink<T> link, Func<Exception, JobFailure> failureOf)
    where T : class, IDisposable
{
    private static readonly TimeSpan LastWordWithin = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _abortHeard;

    /// <summary>What has arrived here and what there is room for; of a sender all zero.</summary>
    public abstract WindowBody Window { get; }

    /// <summary>What the link failed with; never completes when it came to its end.</summary>
    public Task<Exception> Failed => link.Failed;

    /// <summary>Why the connection was lost last; empty before.</summary>
    public string LostBy { get; private set; } = "";

    /// <summary>How often something new has arrived or was acknowledged: whether a connection was of any use.</summary>
    public long Progress { get; protected set; }

    protected DataLink<T> Link => link;

    /// <summary>Runs over a connection until it ends. The socket is closed then.</summary>
    /// <param name="socket">Behind its handshake.</param>
    /// <param name="theirs">The other side's window.</param>
    public async Task<ChannelEnd> Run(PacketSocket socket, WindowBody theirs)
    {
        if (!Begin(theirs)) throw socket.Cut("It has what was never sent.");
        using var over = new CancellationTokenSource();
        var hearing = Hear(socket, over.Token);
        var telling = Tell(socket, over.Token);
        var first = await Task.WhenAny(hearing, telling, link.Failed).ConfigureAwait(false);
        if (first == telling && telling.IsCompletedSuccessfully)
            first = await telling.ConfigureAwait(false)
                ? await Task.WhenAny(hearing, Task.Delay(LastWordWithin, over.Token)).ConfigureAwait(false)
                : await Task.WhenAny(hearing, link.Failed).ConfigureAwait(false);
        var end = telling.IsCompletedSuccessfully && await telling.ConfigureAwait(false) ? ChannelEnd.Whole
            : first == link.Failed ? ChannelEnd.Aborted
            : await EndOf(first).ConfigureAwait(false);
        if (end == ChannelEnd.Aborted && !_abortHeard) await SayWhy(socket,
            await link.Failed.ConfigureAwait(false)).ConfigureAwait(false);
        if (end == ChannelEnd.Whole && first == hearing && hearing.IsCompletedSuccessfully)
        {
            using var patience = new CancellationTokenSource(LastWordWithin);
            await socket.Close(patience.Token).ConfigureAwait(false);
        }
        await over.CancelAsync().ConfigureAwait(false);
        await socket.DisposeAsync().ConfigureAwait(false);
        await EndOf(hearing).ConfigureAwait(false);
        await EndOf(telling).ConfigureAwait(false);
        if (end != ChannelEnd.Lost) Release();
        return end;
    }

    /// <summary>Gives up for good: the link fails with this.</summary>
    /// <param name="failure">Why.</param>
    public void Lose(JobFailure failure)
    {
        link.Fail(new JobFailureException(failure));
        Release();
    }

    /// <summary>Lets go of what is kept for sending again.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Before a connection runs.</summary>
    /// <returns>False when the other side's window cannot be.</returns>
    protected abstract bool Begin(WindowBody theirs);

    /// <summary>Reads packets until the end.</summary>
    protected abstract Task<ChannelEnd> Hear(PacketSocket socket, CancellationToken over);

    /// <summary>Writes packets; ends when there is nothing more to say.</summary>
    /// <returns>True when the other side has nothing more to say either.</returns>
    protected abstract Task<bool> Tell(PacketSocket socket, CancellationToken over);

    /// <summary>Wakes <see cref="News"/>; from any thread.</summary>
    protected void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Waits until something may have changed.</summary>
    protected ValueTask<bool> News(CancellationToken over) => _news.Reader.ReadAsync(over);

    /// <summary>The other side cannot go on.</summary>
    protected async Task<ChannelEnd> OnAbort(PacketSocket socket, PacketHeader header, CancellationToken over)
    {
        var payload = await socket.ReadPayload(header, over).ConfigureAwait(false);
        _abortHeard = true;
        link.Fail(new JobFailureException(AbortBody.Read(payload) ?? new JobFailure.Internal("The other side "
            + "ended for a reason that this program does not know.")));
        return ChannelEnd.Aborted;
    }

    private async Task SayWhy(PacketSocket socket, Exception cause)
    {
        using var patience = new CancellationTokenSource(LastWordWithin);
        try
        {
            await socket.Write(PacketKind.Abort, 0, AbortBody.Write(failureOf(cause)),
                patience.Token).ConfigureAwait(false);
            await socket.Close(patience.Token).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // Who cannot be told notices that the session is over when it comes again.
        }
    }

    private async Task<ChannelEnd> EndOf(Task running)
    {
        try
        {
            await running.ConfigureAwait(false);
            return running is Task<ChannelEnd> hearing ? await hearing.ConfigureAwait(false) : ChannelEnd.Lost;
        }
        catch (ConnectionLostException lost)
        {
            if (LostBy.Length == 0 || lost.Message != PacketSocket.GivenUp) LostBy = lost.Message;
            return ChannelEnd.Lost;
        }
        catch (OperationCanceledException)
        {
            return ChannelEnd.Lost;
        }
        catch (DataLinkException)
        {
            return ChannelEnd.Aborted; // the link failed: whoever failed it has said why
        }
    }
}

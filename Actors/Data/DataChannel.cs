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
internal abstract class DataChannel<T>
    where T : class, IDisposable
{
    private static readonly TimeSpan LastWordWithin = TimeSpan.FromSeconds(2);

    private readonly Func<Exception, JobFailure> _failureOf;
    private readonly Action<string> _say;
    private readonly TaskCompletionSource<Exception> _stopped =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new(); // without a timer: nothing to dispose
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile bool _abortHeard;

    /// <summary>A channel.</summary>
    /// <param name="link">This process's end.</param>
    /// <param name="failureOf">What the other side is told of what the link failed with.</param>
    /// <param name="say">Takes what the log must name, behind the connection's name.</param>
    protected DataChannel(DataLink<T> link, Func<Exception, JobFailure> failureOf, Action<string> say)
    {
        (Link, _failureOf, _say) = (link, failureOf, say);
        _ = link.Failed.ContinueWith(
            failed => Stop(failed.Result), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Cancelled when the link has failed or the channel was stopped; never, when it came to its
    /// end.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Whether the other side needs nothing more of this one, but perhaps to hear so.</summary>
    public virtual bool HasAll => false;

    /// <summary>Why the connection was lost last; empty before.</summary>
    public string LostBy { get; private set; } = "";

    /// <summary>How often something new has arrived or was acknowledged: whether a connection was of any use.</summary>
    public long Progress { get; protected set; }

    protected DataLink<T> Link { get; }

    /// <summary>What has arrived here and what there is room for, for a connection that begins; of a sender all zero.
    /// While none runs.</summary>
    public abstract WindowBody Opening();

    /// <summary>Runs over a connection until it ends. The socket is closed then.</summary>
    /// <param name="socket">Behind its handshake.</param>
    /// <param name="theirs">The other side's window.</param>
    public async Task<ChannelEnd> Run(PacketSocket socket, WindowBody theirs)
    {
        LostBy = "";
        if (!Begin(theirs))
        {
            LostBy = socket.Cut("It has what was never sent.").Message;
            await socket.DisposeAsync().ConfigureAwait(false);
            return ChannelEnd.Lost;
        }
        using var over = new CancellationTokenSource();
        var hearing = EndOf(Hear(socket, over.Token));
        var telling = EndOf(Tell(socket, over.Token));
        ChannelEnd end;
        try
        {
            end = await First(hearing, telling, over.Token).ConfigureAwait(false);
            if (end == ChannelEnd.Aborted && !_abortHeard) await SayWhy(socket, hearing).ConfigureAwait(false);
            if (end == ChannelEnd.Whole && hearing.IsCompleted) await Close(socket).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await socket.DisposeAsync().ConfigureAwait(false);
            await hearing.ConfigureAwait(false);
            await telling.ConfigureAwait(false);
        }
        if (end != ChannelEnd.Lost) Release();
        return end;
    }

    /// <summary>Ends the connection that runs, and tells the other side why. Only the first counts.</summary>
    /// <param name="cause">Why.</param>
    public void Stop(Exception cause)
    {
        if (_stopped.TrySetResult(cause)) _stop.Cancel();
    }

    /// <summary>Gives up for good: the link fails with this. While no connection runs.</summary>
    /// <param name="failure">Why.</param>
    public void Lose(JobFailure failure)
    {
        Link.Fail(new JobFailureException(failure));
        Release();
    }

    /// <summary>Lets go of what is kept for sending again. While no connection runs.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Before a connection runs.</summary>
    /// <returns>False when the other side's window cannot be.</returns>
    protected abstract bool Begin(WindowBody theirs);

    /// <summary>Reads packets until the end.</summary>
    protected abstract Task<ChannelEnd> Hear(PacketSocket socket, CancellationToken over);

    /// <summary>Writes packets; ends as whole when neither side has anything more to say.</summary>
    protected abstract Task<ChannelEnd> Tell(PacketSocket socket, CancellationToken over);

    /// <summary>Wakes <see cref="News"/>; from any thread.</summary>
    protected void Wake() => _news.Writer.TryWrite(true);

    /// <summary>Waits until something may have changed.</summary>
    protected ValueTask<bool> News(CancellationToken over) => _news.Reader.ReadAsync(over);

    /// <summary>The other side cannot go on.</summary>
    protected async Task<ChannelEnd> OnAbort(PacketSocket socket, PacketHeader header, CancellationToken over)
    {
        var payload = await socket.ReadPayload(header, over).ConfigureAwait(false);
        _abortHeard = true;
        Link.Fail(new JobFailureException(AbortBody.Read(payload) ?? new JobFailure.Internal("The other side "
            + "ended for a reason that this program does not know.")));
        return ChannelEnd.Aborted;
    }

    private async Task<ChannelEnd> First(Task<ChannelEnd> hearing, Task<ChannelEnd> telling, CancellationToken over)
    {
        var first = await Task.WhenAny(hearing, telling, _stopped.Task).ConfigureAwait(false);
        if (first == telling && await telling.ConfigureAwait(false) == ChannelEnd.Whole)
            await Task.WhenAny(hearing, Task.Delay(LastWordWithin, over)).ConfigureAwait(false);
        // Who has said the last word has all, however the connection ends
        if (telling.IsCompleted && await telling.ConfigureAwait(false) == ChannelEnd.Whole) return ChannelEnd.Whole;
        return first == hearing ? await hearing.ConfigureAwait(false)
            : first == telling ? await telling.ConfigureAwait(false)
            : ChannelEnd.Aborted;
    }

    /// <summary>
    /// Behind its last word this side reads on until the other has closed, since a socket that is closed with unread
    /// data takes the last word back. Who hears is the only reader as long as he hears.
    /// </summary>
    private async Task SayWhy(PacketSocket socket, Task hearing)
    {
        var cause = await _stopped.Task.ConfigureAwait(false); // whatever aborts stops first
        using var patience = new CancellationTokenSource(LastWordWithin);
        try
        {
            await socket.Write(PacketKind.Abort, 0, AbortBody.Write(_failureOf(cause)),
                patience.Token).ConfigureAwait(false);
            await socket.EndWriting(patience.Token).ConfigureAwait(false);
            await Task.WhenAny(hearing, Task.Delay(Timeout.Infinite, patience.Token)).ConfigureAwait(false);
            if (hearing.IsCompleted) await socket.Drain(patience.Token).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            // Who cannot be told notices that the session is over when it comes again.
        }
    }

    private static async Task Close(PacketSocket socket)
    {
        using var patience = new CancellationTokenSource(LastWordWithin);
        await socket.Close(patience.Token).ConfigureAwait(false);
    }

    /// <summary>Never fails: what it may end with is a value.</summary>
    private async Task<ChannelEnd> EndOf(Task<ChannelEnd> running)
    {
        try
        {
            return await running.ConfigureAwait(false);
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
        catch (DataLinkException ended)
        {
            Stop(ended.InnerException ?? ended); // whoever failed it has said why
            return ChannelEnd.Aborted;
        }
        catch (Exception broken)
        {
            // Nobody waits for this task but the connection: both its ends must hear that it is over.
            _say($"ends for a mistake of this program: {broken}");
            Link.Fail(new JobFailureException(_failureOf(broken)));
            Stop(broken);
            return ChannelEnd.Aborted;
        }
    }
}

using Backup.Media.Packets;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>
/// Gives what comes out of a link to another process. Sends only what there is room for over there; keeps each element
/// until it has arrived, so that a new connection goes on where the old one broke.
/// </summary>
internal sealed class Outgoing<T>(
    DataLink<T> link, ElementCodec<T> codec, Func<Exception, JobFailure> failureOf, Action<string> say)
    : DataChannel<T>(link, failureOf, say)
    where T : class, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<T> _kept = new();
    private readonly MemoryStream _spared = new();
    private Task<T?>? _reading;
    private long _first;
    private long _written;
    private long _arrived;
    private long _bytes;
    private long _room;
    private long _informationSent;
    private long _informationRoom;
    private bool _ended;

    public override WindowBody Opening() => default;

    public override void Release()
    {
        Task<T?>? reading;
        lock (_lock)
        {
            while (_kept.TryDequeue(out var left)) left.Dispose();
            _ended = true;
            (reading, _reading) = (_reading, null);
        }
        // What was asked for when the connection ended belongs to nobody; a link that failed gives nothing.
        _ = reading?.ContinueWith(
            static read =>
            {
                if (read.IsCompletedSuccessfully) read.Result?.Dispose();
                else _ = read.Exception;
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    protected override bool Begin(WindowBody theirs)
    {
        lock (_lock)
        {
            if (theirs.Next < _first || theirs.Next > _first + _kept.Count) return false;
            (_written, _arrived, _room, _informationRoom) =
                (theirs.Next, theirs.Next, theirs.Room, theirs.InformationRoom);
            _informationSent = 0;
            _spared.SetLength(0);
            Forget();
            return true;
        }
    }

    protected override async Task<ChannelEnd> Hear(PacketSocket socket, CancellationToken over)
    {
        if (socket.Version < Handshake.AlwaysSparingVersion) Link.Spare([]); // it may never say
        while (true)
        {
            var header = await socket.ReadHeader(over).ConfigureAwait(false);
            switch (header.Kind)
            {
                case PacketKind.Window:
                    var window = WindowBody.Read(await socket.ReadPayload(header, over).ConfigureAwait(false));
                    if (window is not { } theirs || !Take(theirs)) throw socket.Cut("It sent a window that cannot be.");
                    break;
                case PacketKind.Sealed:
                    if (SealedBody.Read(await socket.ReadPayload(header, over).ConfigureAwait(false)) is not { } done)
                        throw socket.Cut("It acknowledged no fragment.");
                    if (Link.SealedFragment is not { } before
                        || before < done.Fragment) Link.Acknowledge(done.Fragment, done.Root);
                    break;
                case PacketKind.Spared when codec.Purpose == ConnectionPurpose.Restore:
                    OnSpared(await socket.ReadPayload(header, over).ConfigureAwait(false), header.Sequence, socket);
                    break;
                case PacketKind.Heartbeat:
                    break;
                case PacketKind.Done when _ended:
                    return ChannelEnd.Whole;
                case PacketKind.Abort:
                    return await OnAbort(socket, header, over).ConfigureAwait(false);
                default:
                    throw socket.Cut($"It sent a packet ({header.Kind}) that has no place here.");
            }
        }
    }

    private void OnSpared(byte[] piece, long left, PacketSocket socket)
    {
        if (_spared.Length + piece.Length + left > SparedItems.BytesMax)
            throw socket.Cut($"It spares more than {SparedItems.BytesMax >> 20} MiB of items.");
        _spared.Write(piece);
        if (left > 0) return;
        Link.Spare(_spared.ToArray());
        _spared.SetLength(0);
    }

    protected override async Task<ChannelEnd> Tell(PacketSocket socket, CancellationToken over)
    {
        while (await Next(over).ConfigureAwait(false) is { } element)
        {
            var information = codec.Information(element);
            while (!HasRoom(information.Length)) await News(over).ConfigureAwait(false);
            await socket.WriteElement(_written, information, codec.Kind, codec.Bytes(element),
                over).ConfigureAwait(false);
            lock (_lock)
            {
                _written++;
                _informationSent += information.Length;
                Forget();
            }
        }
        var end = new byte[EndBody.Size];
        new EndBody(_written, _bytes).WriteTo(end);
        await socket.Write(PacketKind.End, _written, end, over).ConfigureAwait(false);
        await Task.Delay(Timeout.Infinite, over).ConfigureAwait(false); // the other side has the last word
        return ChannelEnd.Lost;
    }

    /// <summary>The next element: one that is kept, or the link's next; null behind the last.</summary>
    private async Task<T?> Next(CancellationToken over)
    {
        lock (_lock)
            if (_written - _first < _kept.Count) return _kept.ElementAt((int)(_written - _first));
        if (_ended) return null;
        _reading ??= Link.Read();
        var element = await _reading.WaitAsync(over).ConfigureAwait(false);
        _reading = null;
        if (element is null)
        {
            _ended = true;
            return null;
        }
        lock (_lock) _kept.Enqueue(element);
        _bytes += codec.Bytes(element).Length;
        return element;
    }

    /// <summary>Information that alone is more than the window goes when nothing else is on its way.</summary>
    private bool HasRoom(int informationBytes)
    {
        lock (_lock)
            return _written < _room
                && (_informationSent + informationBytes <= _informationRoom || _arrived == _written);
    }

    private bool Take(WindowBody theirs)
    {
        lock (_lock)
        {
            // One more than was written: it may have arrived before the writing of it returned.
            if (theirs.Next < _arrived || theirs.Next > _written + 1) return false;
            if (theirs.Next > _arrived) Progress++;
            (_arrived, _room, _informationRoom) = (theirs.Next, theirs.Room, theirs.InformationRoom);
            Forget();
        }
        Wake();
        return true;
    }

    private void Forget()
    {
        while (_first < Math.Min(_arrived, _written) && _kept.TryDequeue(out var arrived))
        {
            arrived.Dispose();
            _first++;
        }
    }
}

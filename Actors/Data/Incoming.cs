using Backup.Media.Packets;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>
/// Puts what another process gives into a link. It tells how much there is room for, so that it can always read, and a
/// slow drive never hides a dead client; memory is bounded by the link's capacity.
/// </summary>
internal sealed class Incoming<T> : DataChannel<T>
    where T : class, IDisposable
{
    /// <summary>Information on its way, in bytes; the window of its own.</summary>
    private const int InformationWindow = 4 << 20;

    /// <summary>Information of one element.</summary>
    private const int InformationMax = 128 << 20;

    private readonly ElementCodec<T> _codec;
    private byte[] _information = [];
    private int _informationLength;
    private bool _informationWhole;
    private volatile bool _given;
    private long _informationTaken;
    private long _next;
    private long _bytes;
    private long _taken;
    private long _toldNext;
    private long _toldRoom;
    private long _toldInformation;
    private volatile bool _asked;

    public Incoming(DataLink<T> link, ElementCodec<T> codec, Func<Exception, JobFailure> failureOf,
        Action<string> say)
        : base(link, failureOf, say)
    {
        _codec = codec;
        link.Taken = () =>
        {
            Interlocked.Increment(ref _taken);
            WakeToTell();
        };
        link.Acknowledged = Wake;
        link.Spares = Wake;
    }

    /// <summary>All was taken: what is left is to say so.</summary>
    public override bool HasAll => Link.Over.IsCompletedSuccessfully;

    private WindowBody Window
    {
        get
        {
            var next = Interlocked.Read(ref _next);
            return new(next, Math.Max(next, Interlocked.Read(ref _taken) + Link.Capacity),
                Interlocked.Read(ref _informationTaken) + InformationWindow);
        }
    }

    /// <summary>Of information each connection counts its own: what was on its way on the one before comes
    /// again.</summary>
    public override WindowBody Opening()
    {
        (_informationLength, _informationWhole) = (0, false);
        Interlocked.Exchange(ref _informationTaken, 0);
        Told(default);
        return Window;
    }

    protected override bool Begin(WindowBody theirs) => true;

    protected override async Task<ChannelEnd> Hear(PacketSocket socket, CancellationToken over)
    {
        while (true)
        {
            var header = await socket.ReadHeader(over).ConfigureAwait(false);
            if (_given && header.Kind is not (PacketKind.End or PacketKind.Heartbeat or PacketKind.Abort))
                throw socket.Cut($"It sent a packet ({header.Kind}) behind its end.");
            switch (header.Kind)
            {
                case PacketKind.Information:
                    await OnInformation(socket, header, over).ConfigureAwait(false);
                    break;
                case var kind when kind == _codec.Kind:
                    await OnElement(socket, header, over).ConfigureAwait(false);
                    break;
                case PacketKind.End:
                    var end = EndBody.Read(await socket.ReadPayload(header, over).ConfigureAwait(false));
                    if (end != new EndBody(_next, _bytes))
                        throw socket.Cut($"It ended after {end?.Elements} elements and {end?.Bytes} bytes, "
                            + $"{_next} and {_bytes} have arrived.");
                    Link.Complete();
                    _given = true;
                    Wake();
                    break;
                case PacketKind.Heartbeat:
                    _asked = true;
                    Wake();
                    break;
                case PacketKind.Abort:
                    return await OnAbort(socket, header, over).ConfigureAwait(false);
                default:
                    throw socket.Cut($"It sent a packet ({header.Kind}) that has no place here.");
            }
        }
    }

    /// <summary>Tells windows and sealed fragments; at the end that all was taken, then the other side
    /// closes.</summary>
    protected override async Task<ChannelEnd> Tell(PacketSocket socket, CancellationToken over)
    {
        int? acknowledged = null;
        var spares = socket.Version >= Handshake.SparingVersion;
        _ = Link.Over.ContinueWith(_ => Wake(), over, TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default);
        while (true)
        {
            if (Link.Sealed is { } news && news.Fragment != acknowledged)
            {
                await Say(socket, PacketKind.Sealed, SealedBody.Size, bytes =>
                    new SealedBody(news.Fragment, news.Root).WriteTo(bytes), over).ConfigureAwait(false);
                acknowledged = news.Fragment;
            }
            if (spares && Link.Spared.IsCompletedSuccessfully)
            {
                await SaySpared(socket, await Link.Spared.ConfigureAwait(false), over).ConfigureAwait(false);
                spares = false;
            }
            if (_given && Link.Over.IsCompletedSuccessfully)
            {
                await socket.Write(PacketKind.Done, 0, default, over).ConfigureAwait(false);
                return ChannelEnd.Whole;
            }
            var isAsked = _asked;
            if (isAsked) _asked = false;
            var now = Window;
            if (IsWorthTelling(now, isAsked))
            {
                Told(now);
                await Say(socket, PacketKind.Window, WindowBody.Size, bytes => now.WriteTo(bytes),
                    over).ConfigureAwait(false);
            }
            await News(over).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A few elements are told together. A sender that has nothing to do may wait for just these, since information
    /// that is longer than its window goes when all before has arrived: its heartbeat has them told as well.
    /// </summary>
    private bool IsWorthTelling(WindowBody now, bool isAsked)
    {
        var (room, next, information) = (now.Room - Volatile.Read(ref _toldRoom),
            now.Next - Volatile.Read(ref _toldNext), now.InformationRoom - Volatile.Read(ref _toldInformation));
        var few = isAsked ? 1 : Math.Max(1, (Link.Capacity + 2) / 4);
        return room >= few || next >= few || information >= (isAsked ? 1 : InformationWindow / 4);
    }

    private void Told(WindowBody now)
    {
        Volatile.Write(ref _toldRoom, now.Room);
        Volatile.Write(ref _toldNext, now.Next);
        Volatile.Write(ref _toldInformation, now.InformationRoom);
    }

    /// <summary>What was told may have changed meanwhile, but only to more: nothing that is worth it is left
    /// out.</summary>
    private void WakeToTell()
    {
        if (IsWorthTelling(Window, isAsked: false)) Wake();
    }

    private async Task OnInformation(PacketSocket socket, PacketHeader header, CancellationToken over)
    {
        if (header.Sequence != _next
            || _informationWhole) throw socket.Cut($"It sent information of element {header.Sequence}, expected "
                + $"{_next}.");
        var length = _informationLength + header.PayloadLength;
        if (length > InformationMax) throw socket.Cut($"It sent more than {InformationMax >> 20} MiB of "
            + $"information for one element.");
        if (length > _information.Length) Array.Resize(ref _information,
            Math.Max(length, Math.Min(2 * _information.Length, InformationMax)));
        await socket.ReadPayload(header, _information.AsMemory(_informationLength, header.PayloadLength),
            over).ConfigureAwait(false);
        _informationLength = length;
        _informationWhole = header.Flags != PacketFlags.More;
        Interlocked.Add(ref _informationTaken, header.PayloadLength);
        WakeToTell();
    }

    private async Task OnElement(PacketSocket socket, PacketHeader header, CancellationToken over)
    {
        if (header.Sequence != _next
            || !_informationWhole) throw socket.Cut($"It sent element {header.Sequence}, expected {_next} behind "
                + $"its information.");
        if (_next >= Interlocked.Read(ref _taken) + Link.Capacity) throw socket.Cut("It sent more than there is "
            + "room for.");
        var buffer = _codec.Rent(header.PayloadLength);
        T? element = null;
        try
        {
            await socket.ReadPayload(header, buffer.AsMemory(0, header.PayloadLength), over).ConfigureAwait(false);
            element = _codec.Make(_information.AsSpan(0, _informationLength), buffer, header.PayloadLength);
        }
        finally
        {
            if (element is null) _codec.Return(buffer);
        }
        if (element is null) throw Malformed(socket);
        (_informationLength, _informationWhole) = (0, false);
        if (_information.Length > InformationWindow) _information = [];
        _bytes += header.PayloadLength;
        Progress++;
        Interlocked.Increment(ref _next);
        await Link.Write(element).ConfigureAwait(false);
        WakeToTell();
    }

    /// <summary>The packet came as it was sent: sending it again would not mend it.</summary>
    private ConnectionLostException Malformed(PacketSocket socket)
    {
        Lose(new JobFailure.Internal("The other side sent an element that cannot be: its packets are whole, their "
            + "content is not."));
        return socket.Cut("It sent an element that cannot be.");
    }

    /// <summary>In pieces; each has the number of bytes that follow behind it.</summary>
    private static async Task SaySpared(PacketSocket socket, ReadOnlyMemory<byte> items, CancellationToken over)
    {
        do
        {
            var piece = items[..Math.Min(items.Length, PacketHeader.InformationMax)];
            items = items[piece.Length..];
            await socket.Write(PacketKind.Spared, items.Length, piece, over).ConfigureAwait(false);
        }
        while (items.Length > 0);
    }

    private static async Task Say(PacketSocket socket, PacketKind kind, int size, Action<byte[]> write,
        CancellationToken over)
    {
        var bytes = new byte[size];
        write(bytes);
        await socket.Write(kind, 0, bytes, over).ConfigureAwait(false);
    }
}

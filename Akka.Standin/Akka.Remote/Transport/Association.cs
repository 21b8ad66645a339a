using System.Diagnostics;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>
/// All that is between this system and the one at an address: the connections, what waits to be sent, and the system
/// messages that the peer has not acknowledged yet. One connection is used for sending; any may be received on.
/// </summary>
internal sealed partial class Association(Remoting remoting, Address peer)
{
    private static readonly TimeSpan KeptIdle = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeptQuarantined = TimeSpan.FromDays(5);

    private readonly Lock _receiving = new(); // taken before the other, never within it
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _urgent = new();
    private readonly Queue<byte[]> _normal = new();
    private readonly Queue<(long Sequence, byte[] Frame)> _unacknowledged = new();
    private readonly List<Link> _links = [];
    private readonly long _stream = Random.Shared.NextInt64();
    private Queue<byte[]> _unsent = new(); // of the unacknowledged, on this connection
    private Link _active;
    private bool _isDialing;
    private bool _isClosed;
    private bool _ackIsDue;
    private bool _turnIsDue;
    private long _turn;
    private long _peerTurn;
    private long _queuedBytes;
    private long _dropped;
    private string _refusedFor;
    private long _gateOpens;
    private long _lastUsed = Stopwatch.GetTimestamp();
    private long _owedSince;
    private long _nextSequence = 1;
    private long _peerStream;
    private long _delivered;
    private int? _uid;
    private int? _quarantined;

    internal Address Peer => peer;

    private bool IsQuarantined => _quarantined is not null && _quarantined == _uid;

    private Hello NewHello(HelloStatus status) => new(remoting.LocalAddress, remoting.Uid, peer, _stream,
        _unacknowledged.TryPeek(out var oldest) ? oldest.Sequence : _nextSequence, status);

    internal Hello Greeting()
    {
        lock (_lock) return NewHello(HelloStatus.Welcome);
    }

    internal bool Send(byte[] frame, bool isUrgent)
    {
        lock (_lock)
        {
            _lastUsed = Stopwatch.GetTimestamp();
            if (_isClosed || _queuedBytes > remoting.Settings.QueuedBytesMax
                || (_active is null && !_isDialing && _lastUsed < _gateOpens)) return false;
            if (IsQuarantined)
            {
                Go(); // another run of the peer may be there by now
                return false;
            }
            (isUrgent ? _urgent : _normal).Enqueue(frame);
            _queuedBytes += frame.Length;
            Go();
            return true;
        }
    }

    private void Go()
    {
        if (_active is not null) _active.Pulse();
        else if (!_isDialing && !_isClosed)
        {
            _isDialing = true;
            Task.Run(() => remoting.Dial(this));
        }
    }

    /// <summary>Takes over a connection whose peer has introduced itself; the answer is what it is told.</summary>
    internal Hello Greeted(Hello hello)
    {
        lock (_receiving)
        {
            lock (_lock) return Introduced(hello);
        }
    }

    private Hello Introduced(Hello hello)
    {
        if (_quarantined == hello.Uid) return NewHello(HelloStatus.Quarantined);
        if (_uid != hello.Uid)
        {
            foreach (var link in _links.ToArray()) link.Close(); // of an earlier run of the peer
            _uid = hello.Uid;
            _quarantined = null;
        }
        if (_peerStream != hello.Stream) _peerTurn = 0; // it has forgotten this system, and counts anew
        // What the peer does not send any more is not waited for.
        _delivered = _peerStream == hello.Stream
            ? Math.Max(_delivered, hello.NextSequence - 1) : hello.NextSequence - 1;
        _peerStream = hello.Stream;
        return NewHello(HelloStatus.Welcome);
    }

    internal void Linked(Link link)
    {
        lock (_lock)
        {
            if (!link.IsInbound) _isDialing = false;
            if (_isClosed || link.PeerUid != _uid)
            {
                link.Close();
                return;
            }
            _links.Add(link);
            _refusedFor = null;
            if (_active is null) Use(link);
        }
        remoting.Note($"Connected {(link.IsInbound ? "by" : "to")} [{peer}]");
    }

    private void Use(Link link)
    {
        _active = link;
        _turn++;
        _turnIsDue = true;
        _unsent = new Queue<byte[]>(_unacknowledged.Select(each => each.Frame));
        link.Pulse();
    }

    internal void Lost(Link link, string why)
    {
        lock (_lock)
        {
            _links.Remove(link);
            if (_active == link)
            {
                _active = null;
                if (_links.Count > 0) Use(_links[0]);
                else if ((_queuedBytes > 0 || _unacknowledged.Count > 0) && !IsQuarantined) Go();
            }
        }
        remoting.Note($"Connection to [{peer}] ended: {why}");
    }

    internal void DialFailed(string why)
    {
        int? silent = null;
        long dropped;
        lock (_lock)
        {
            _isDialing = false;
            if (_active is not null) return;
            _gateOpens = Stopwatch.GetTimestamp()
                + (long)(remoting.Settings.GateClosedFor.TotalSeconds * Stopwatch.Frequency);
            dropped = _dropped += _urgent.Count + _normal.Count;
            DropQueued();
            var owedFor = Stopwatch.GetElapsedTime(_owedSince);
            if (_unacknowledged.Count > 0 && _uid is null && owedFor > remoting.Settings.GiveUpUnknownAfter)
                DropSystem();
            else if (_unacknowledged.Count > 0 && owedFor > remoting.Settings.QuarantineAfterSilence) silent = _uid;
            if (_unacknowledged.Count > 0 && silent is null) DialLater();
        }
        // What is new is told; that it is still so is not, each few seconds.
        if (Interlocked.Exchange(ref _refusedFor, why) != why) remoting.Warn($"No connection to [{peer}]: {why}");
        remoting.Note($"No connection to [{peer}]: {why}; {dropped} messages were dropped so far");
        if (silent is { } uid) remoting.Quarantine(peer, uid, "it was silent for too long");
    }

    private void DropQueued()
    {
        _urgent.Clear();
        _normal.Clear();
        _queuedBytes = 0;
    }

    /// <summary>
    /// The next frames for the connection; false when there are none, or it is not the one that sends.
    /// </summary>
    internal bool Take(Link link, List<byte[]> batch)
    {
        lock (_lock)
        {
            if (link != _active) return false;
            if (IsQuarantined) return false;
            if (_turnIsDue) batch.Add(Frame.Of(FrameType.Turn, _turn));
            _turnIsDue = false;
            if (_ackIsDue) batch.Add(Frame.Of(FrameType.Ack, Volatile.Read(ref _delivered)));
            _ackIsDue = false;
            Move(_unsent, batch);
            Move(_urgent, batch);
            Move(_normal, batch);
            if (_normal.Count == 0 && _urgent.Count == 0) _queuedBytes = 0;
            return batch.Count > 0;
        }
    }

    private void Move(Queue<byte[]> queue, List<byte[]> batch)
    {
        const int framesMax = 256;
        while (batch.Count < framesMax && queue.TryDequeue(out var frame))
        {
            batch.Add(frame);
            if (queue != _unsent) _queuedBytes -= frame.Length;
        }
    }

    internal bool Quarantine(int uid)
    {
        lock (_lock)
        {
            if ((_uid is not null && _uid != uid) || _quarantined == uid) return false;
            _uid = _quarantined = uid;
            _lastUsed = Stopwatch.GetTimestamp();
            DropQueued();
            DropSystem();
            foreach (var link in _links.ToArray()) link.Close();
            return true;
        }
    }

    /// <summary>Forgets a peer that there is nothing to know about any more.</summary>
    internal bool Prune()
    {
        lock (_lock)
        {
            var kept = _quarantined is null ? KeptIdle : KeptQuarantined;
            if (_links.Count > 0 || _isDialing || _unacknowledged.Count > 0
                || Stopwatch.GetElapsedTime(_lastUsed) < kept) return false;
            return _isClosed = true;
        }
    }

    /// <summary>No new connections; those there are send what waits, and close.</summary>
    internal void Finish()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var link in _links) link.Finish();
        }
    }

    internal bool HasLinks
    {
        get
        {
            lock (_lock) return _links.Count > 0;
        }
    }

    internal void CloseLinks()
    {
        lock (_lock)
            foreach (var link in _links.ToArray()) link.Close();
    }
}

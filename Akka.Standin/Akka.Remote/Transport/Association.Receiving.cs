using System.Diagnostics;
using Akka.Actor;
using Akka.Serialization.Wire;

namespace Akka.Remote.Transport;

/// <summary>
/// What is received. System messages are numbered, kept until the peer acknowledges them, and delivered once and in order.
/// </summary>
internal sealed partial class Association
{
    internal bool SendSystem(byte[] frame)
    {
        int? lost;
        lock (_lock)
        {
            _lastUsed = Stopwatch.GetTimestamp();
            if (_isClosed || IsQuarantined) return false;
            if (_unacknowledged.Count == 0) _owedSince = _lastUsed;
            if (_unacknowledged.Count < remoting.Settings.SystemMessagesMax)
            {
                Frame.Number(frame, _nextSequence);
                _unacknowledged.Enqueue((_nextSequence++, frame));
                _unsent.Enqueue(frame);
                if (_active is not null || _isDialing || _lastUsed >= _gateOpens) Go();
                else DialLater();
                return true;
            }
            lost = _uid;
        }
        if (lost is { } uid) remoting.Quarantine(peer, uid, "too many system messages wait for it");
        return false;
    }

    private void DialLater()
    {
        var wait = TimeSpan.FromSeconds(Math.Max(0.01,
            (_gateOpens - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency));
        remoting.Later(wait, () =>
        {
            lock (_lock)
                if (_unacknowledged.Count > 0 && !IsQuarantined) Go();
        });
    }

    private void DropSystem()
    {
        _unacknowledged.Clear();
        _unsent.Clear();
    }

    /// <summary>The peer sends on this connection from now on; what is still on the way on another is too late.</summary>
    internal void Turned(Link link, long turn)
    {
        lock (_receiving)
        {
            link.Turn = turn;
            if (link.PeerUid == _uid && turn > _peerTurn) _peerTurn = turn;
        }
    }

    internal void Receive(Link link, byte[] body, Dictionary<string, IActorRef> refs)
    {
        lock (_receiving)
            if (link.Turn == _peerTurn && link.PeerUid == _uid) remoting.Deliver(body, refs);
    }

    internal void ReceiveSystem(Link link, byte[] body)
    {
        var from = new WireReader(body);
        from.Byte();
        var sequence = from.Int64();
        lock (_receiving) // two connections may deliver at once
        {
            lock (_lock)
                if (link.PeerUid != _uid || IsQuarantined) return;
            if (sequence == _delivered + 1)
            {
                remoting.DeliverSystem(from);
                Volatile.Write(ref _delivered, sequence);
            }
        }
        lock (_lock)
        {
            _ackIsDue = true;
            Go();
        }
    }

    internal void Acknowledged(Link link, long sequence)
    {
        lock (_lock)
        {
            if (link.PeerUid != _uid) return;
            while (_unacknowledged.TryPeek(out var oldest) && oldest.Sequence <= sequence) _unacknowledged.Dequeue();
            _owedSince = Stopwatch.GetTimestamp();
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>
/// A link that waits for its client under a token, and what becomes of its connections. It is never left behind: it
/// ends with its link, when its owner closes it, or when its client is away for longer than it may be; then the link
/// has failed with the reason.
/// </summary>
internal abstract class DataOffer
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly DataPlane _plane;
    private readonly ITimer _clock;
    private PacketSocket? _running;
    private byte[]? _nonce;
    private TimeSpan _patience;
    private long _since;
    private int _comers;
    private bool _busy; // a connection has it, or this process
    private bool _over;

    protected DataOffer(DataPassport passport, byte[] token, DataPlane plane)
    {
        (Passport, Token, _plane) = (passport, token, plane);
        Key = Sha256Digest.Of(token);
        _clock = plane.Options.Time.CreateTimer(
            _ => OnClock(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public DataPassport Passport { get; }

    public byte[] Token { get; }

    /// <summary>Where it is found: the token's digest.</summary>
    public Sha256Digest Key { get; }

    public abstract ConnectionPurpose? Purpose { get; }

    /// <summary>Whether another process has all that it will ever need, but perhaps for the last word.</summary>
    protected abstract bool HasAll { get; }

    /// <summary>What its link failed with; null: it did not.</summary>
    protected abstract JobFailure? Failure { get; }

    protected abstract string LostBy { get; }

    private string Name => string.Create(
        CultureInfo.InvariantCulture, $"The data connection of job {Passport.Job} with client {Passport.Client}");

    public static DataOffer Of<T>(DataLink<T> link, DataPassport passport, byte[] token, DataPlane plane)
        where T : class, IDisposable => new DataJoint<T>(link, passport, token, plane);

    /// <summary>The link, where it is of this kind.</summary>
    public DataLink<T>? LinkAs<T>()
        where T : class, IDisposable => (this as DataJoint<T>)?.Link;

    /// <summary>Begins to wait for its client; it can be found.</summary>
    public void Begin()
    {
        lock (_lock) WaitFor(_plane.Options.TokenLifetime);
        Watch();
    }

    /// <summary>True once its link, its owner or its client's absence has ended it.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock) return _over;
        }
    }

    /// <summary>True while no connection has it, nor this process.</summary>
    public bool IsFree
    {
        get
        {
            lock (_lock) return !_over && !_busy;
        }
    }

    /// <summary>Takes it for this process.</summary>
    /// <returns>False when it was taken before.</returns>
    public bool TakeHere()
    {
        lock (_lock)
        {
            if (_over || _busy || _nonce is not null) return false;
            _busy = true;
            Rest();
        }
        OnTakenHere();
        return true;
    }

    /// <summary>Takes it for the client with this nonce: whoever is first, or the same one again.</summary>
    /// <returns>Null where it is that client's; else why not.</returns>
    public RefusalReason? TakeFor(byte[] nonce)
    {
        lock (_lock)
        {
            if (_over) return RefusalReason.Ended;
            if (_nonce is not null)
                return CryptographicOperations.FixedTimeEquals(_nonce, nonce) ? null : RefusalReason.UsedToken;
            if (_busy) return RefusalReason.UsedToken;
            _nonce = nonce;
            // Its connection may still come to nothing
            WaitFor(_plane.Options.HandshakeWithin + _plane.Options.ReconnectWithin);
            return null;
        }
    }

    /// <summary>Ends what an earlier connection of the same client still does; only then its window is right.</summary>
    /// <returns>To be disposed behind the connection; null when the offer is over.</returns>
    /// <exception cref="ConnectionLostException">The client has connected once more meanwhile.</exception>
    public async Task<Held?> Turn(CancellationToken cancellation)
    {
        int number;
        lock (_lock)
        {
            number = ++_comers;
            _running?.Cut(Superseded);
        }
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        bool isOver;
        lock (_lock)
        {
            isOver = _over;
            if (!isOver && number == _comers)
            {
                _busy = true;
                Rest();
                return new Held(this, number);
            }
        }
        _turn.Release();
        return isOver ? null : throw new ConnectionLostException(Superseded);
    }

    /// <summary>What has arrived, for the welcome of a connection that begins; within its turn.</summary>
    public abstract WindowBody Opening();

    /// <summary>
    /// Ends it for its owner, with the reason for the other side. Where that has all already, it may still hear so.
    /// </summary>
    public void End(JobFailure why)
    {
        var isConnected = false;
        lock (_lock)
        {
            if (_over || (_nonce is not null && HasAll)) return;
            isConnected = _busy && _nonce is not null; // then the connection says why, and ends it
            if (!isConnected) _over = true;
        }
        if (isConnected) Stop(why);
        else BeOver(RefusalReason.Ended, why);
    }

    /// <summary>As <see cref="End"/>, where a client of another process has it, or had.</summary>
    public void EndTaken(Func<DataPassport, JobFailure> why)
    {
        lock (_lock)
            if (_nonce is null) return;
        End(why(Passport));
    }

    /// <summary>Its link has failed, or in this process come to its end: who is connected is told first.</summary>
    protected void OnLinkOver()
    {
        lock (_lock)
        {
            if (_over || (_busy && _nonce is not null)) return;
            _over = true;
        }
        BeOver(RefusalReason.Ended, null);
    }

    protected void Say(string what) => _plane.Options.Say($"{Name} {what}");

    /// <summary>Runs a connection.</summary>
    protected abstract Task<ChannelEnd> Run(PacketSocket socket, WindowBody theirs);

    /// <summary>Fails link and connection; within a connection's turn.</summary>
    protected abstract void Stop(JobFailure why);

    /// <summary>Fails the link, where it has not ended, and lets go of everything; outside any turn.</summary>
    protected abstract void Lose(JobFailure? why);

    /// <summary>Begins to look at its link, which may fail at any time.</summary>
    protected abstract void Watch();

    protected abstract void OnTakenHere();

    private const string Superseded = "The client has connected again.";

    private void WaitFor(TimeSpan patience)
    {
        (_patience, _since) = (patience, _plane.Options.Time.GetTimestamp());
        _clock.Change(patience, Timeout.InfiniteTimeSpan);
    }

    private void Rest() => _clock.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>The client is away for longer than it may be.</summary>
    private void OnClock()
    {
        lock (_lock)
        {
            if (_over || _busy) return;
            var rest = _patience - _plane.Options.Time.GetElapsedTime(_since);
            if (rest > TimeSpan.Zero)
            {
                _clock.Change(rest, Timeout.InfiniteTimeSpan); // one that was set before has fired late
                return;
            }
            _over = true;
        }
        var within = string.Create(CultureInfo.InvariantCulture, $"{_patience.TotalSeconds:0.#} s");
        var (reason, detail) = _nonce is null
            ? (RefusalReason.ExpiredToken, $"It did not connect within {within}.")
            : (RefusalReason.Ended, LostBy.Length == 0
                ? $"It did not come to its data within {within}."
                : $"Its data connection was lost and did not come again within {within}: {LostBy}");
        if (_nonce is null || !HasAll) Say($"is given up: {detail}");
        BeOver(reason, new JobFailure.ClientLost(Passport.Client, detail));
    }

    private void BeOver(RefusalReason reason, JobFailure? why)
    {
        _clock.Dispose();
        _plane.Bury(this, reason, why ?? Failure);
        Lose(why);
    }

    private async Task Serve(PacketSocket socket, WindowBody theirs, int number)
    {
        lock (_lock)
        {
            if (number != _comers) throw socket.Cut(Superseded);
            _running = socket;
        }
        if (number > 1) Say("came again.");
        var end = await Run(socket, theirs).ConfigureAwait(false);
        if (end == ChannelEnd.Lost && Failure is null) Say($"was lost: {LostBy}");
        else
        {
            lock (_lock)
            {
                if (_over) return;
                _over = true;
            }
            BeOver(RefusalReason.Ended, null);
        }
    }

    private void GiveBack()
    {
        bool ends;
        lock (_lock)
        {
            (_running, _busy) = (null, false);
            ends = !_over && Failure is not null;
            if (ends) _over = true;
            else if (!_over) WaitFor(_plane.Options.ReconnectWithin);
        }
        _turn.Release();
        if (ends) BeOver(RefusalReason.Ended, null);
    }

    /// <summary>The right to use the offer, from its welcome to its end.</summary>
    public sealed class Held(DataOffer offer, int number) : IDisposable
    {
        /// <summary>Joins the link with a connection, behind its welcome, until that ends.</summary>
        /// <exception cref="ConnectionLostException">It has what was never sent, or another has come.</exception>
        public Task Serve(PacketSocket socket, WindowBody theirs) => offer.Serve(socket, theirs, number);

        /// <summary>Ends the offer for a reason that lies in the program.</summary>
        public void Break(JobFailure why) => offer.Stop(why);

        public void Dispose() => offer.GiveBack();
    }
}

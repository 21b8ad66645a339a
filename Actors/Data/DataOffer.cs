using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>A link that waits for its client under a token, and what becomes of its connections.</summary>
internal abstract class DataOffer
{
    private DataOffer(DataPassport passport, byte[] secret, DateTimeOffset expires)
    {
        (Passport, Expires) = (passport, expires);
        (Secret, Key) = (secret, Sha256Digest.Of(secret));
    }

    public DataPassport Passport { get; }

    public DateTimeOffset Expires { get; }

    /// <summary>The token, and after the first connection the secret with which the client may come again.</summary>
    public byte[] Secret { get; private set; }

    /// <summary>Where it is found: the secret's digest.</summary>
    public Sha256Digest Key { get; private set; }

    /// <summary>True once a client of another process has it.</summary>
    public bool IsTaken { get; private set; }

    public abstract ConnectionPurpose? Purpose { get; }

    /// <summary>What has arrived, for the welcome.</summary>
    public abstract WindowBody Window { get; }

    public static DataOffer Of<T>(DataLink<T> link, DataPassport passport, byte[] token, DateTimeOffset expires,
        DataPlane plane)
        where T : class, IDisposable => new Joint<T>(link, passport, token, expires, plane);

    /// <summary>The link, where it is of this kind.</summary>
    public DataLink<T>? LinkAs<T>()
        where T : class, IDisposable => (this as Joint<T>)?.Link;

    public void Renew(byte[] secret)
    {
        IsTaken = true;
        (Secret, Key) = (secret, Sha256Digest.Of(secret));
    }

    /// <summary>Ends what an earlier connection of the same client still does; only then its window is right.</summary>
    public abstract Task<IDisposable> Turn(CancellationToken cancellation);

    /// <summary>Joins the link with a connection, behind its welcome, until that ends.</summary>
    public abstract Task Serve(PacketSocket socket, WindowBody theirs);

    private sealed class Joint<T> : DataOffer
        where T : class, IDisposable
    {
        private readonly DataPlane _plane;
        private readonly DataChannel<T>? _channel;
        private readonly ElementCodec<T>? _codec = ElementCodecs.Of<T>();
        private readonly SemaphoreSlim _turn = new(1, 1);
        private PacketSocket? _running;
        private int _connections;

        public Joint(DataLink<T> link, DataPassport passport, byte[] token, DateTimeOffset expires, DataPlane plane)
            : base(passport, token, expires)
        {
            (Link, _plane) = (link, plane);
            _channel = _codec switch
            {
                null => null,
                { Purpose: ConnectionPurpose.Save } => new Incoming<T>(link, _codec, FailureOf),
                _ => new Outgoing<T>(link, _codec, FailureOf),
            };
        }

        public DataLink<T> Link { get; }

        public override ConnectionPurpose? Purpose => _codec?.Purpose;

        public override WindowBody Window => _channel!.Window;

        public override async Task<IDisposable> Turn(CancellationToken cancellation)
        {
            Volatile.Read(ref _running)?.Cut("The client has connected again.");
            await _turn.WaitAsync(cancellation).ConfigureAwait(false);
            return new Held(_turn);
        }

        public override async Task Serve(PacketSocket socket, WindowBody theirs)
        {
            Volatile.Write(ref _running, socket);
            var number = Interlocked.Increment(ref _connections);
            ChannelEnd end;
            try
            {
                end = await _channel!.Run(socket, theirs).ConfigureAwait(false);
            }
            catch (ConnectionLostException)
            {
                end = ChannelEnd.Lost;
            }
            Volatile.Write(ref _running, null);
            if (end == ChannelEnd.Lost) _ = WaitForAnother(number);
            else _plane.Close(this);
        }

        /// <summary>The client may come again for a while; then its attempt is lost.</summary>
        private async Task WaitForAnother(int number)
        {
            var options = _plane.Options;
            await Task.WhenAny(Task.Delay(options.ReconnectWithin, options.Time),
                _channel!.Failed).ConfigureAwait(false);
            if (!_channel.Failed.IsCompleted && Volatile.Read(ref _connections) != number) return;
            _plane.Close(this);
            if (_channel.Failed.IsCompleted) _channel.Release();
            else
                _channel.Lose(new JobFailure.ClientLost(
                    Passport.Client,
                        $"Its data connection was lost and did not come again within "
                            + $"{options.ReconnectWithin.TotalSeconds:0.#} s: {_channel.LostBy}"));
        }

        private JobFailure FailureOf(Exception cause) =>
            JobFailureException.Of(cause, posix => new JobFailure.LibraryError(Passport.Library, posix.Message));
    }

    private sealed class Held(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}

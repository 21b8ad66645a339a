using System.Net;
using System.Security.Cryptography;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>
/// Where sessions of storage and client meet: a storage session opens a link under a one-time token, the client that
/// has the token takes it, once. In one process they share the link itself; a client in another process gets a link of
/// its own that a connection joins with it. Safe from any thread.
/// </summary>
public sealed class DataPlane
{
    private const int PastMax = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<Sha256Digest, DataOffer> _open = [];
    private readonly Dictionary<Sha256Digest, Past> _past = [];
    private readonly Queue<Sha256Digest> _pastOrder = new();
    private readonly Dictionary<JobId, Epoch> _newest = [];

    /// <summary>A plane of one process.</summary>
    /// <param name="options">Names and limits.</param>
    public DataPlane(DataPlaneOptions options) => Options = options;

    /// <summary>Names and limits.</summary>
    public DataPlaneOptions Options { get; }

    /// <summary>Identity of this process, new at each start.</summary>
    public string Process { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Where clients in other processes connect; set by the data server when it listens.</summary>
    public DataEndpoint? Endpoint { get; internal set; }

    /// <summary>Connects to the client of an offer, and again until that is over; set by the data server.</summary>
    internal Action<DataOffer, DnsEndPoint>? Caller { get; set; }

    /// <summary>Where storage nodes call this client; set by the call port when it listens.</summary>
    internal DataCalls? Calls { get; set; }

    /// <summary>Links that wait for their client, or are in use.</summary>
    internal int OpenCount
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <summary>
    /// Opens a link for one client. It fails, so that its owner hears of it, when nobody connects in
    /// <see cref="DataPlaneOptions.TokenLifetime"/>, when a connection is lost for longer than
    /// <see cref="DataPlaneOptions.ReconnectWithin"/>, and when a newer attempt of the job opens one.
    /// </summary>
    /// <param name="link">The link; ArchiveChunk: the client gives, RestoreBatch: it takes.</param>
    /// <param name="passport">For whom.</param>
    /// <typeparam name="T">What flows.</typeparam>
    /// <returns>Where the client connects, with a token of 256 random bits.</returns>
    public DataAddress Open<T>(DataLink<T> link, DataPassport passport)
        where T : class, IDisposable
    {
        var token = RandomNumberGenerator.GetBytes(Handshake.SecretSize);
        var offer = DataOffer.Of(link, passport, token, this);
        Epoch newest;
        DataOffer[] old;
        lock (_lock)
        {
            _open[offer.Key] = offer;
            newest = _newest.GetValueOrDefault(passport.Job);
            if (newest.CompareTo(passport.Epoch) < 0) newest = _newest[passport.Job] = passport.Epoch;
            old = [.. _open.Values.Where(each =>
                each.Passport.Job == passport.Job && each.Passport.Epoch.CompareTo(newest) < 0)];
        }
        offer.Begin();
        foreach (var each in old) each.End(new JobFailure.Fenced(each.Passport.Epoch, newest));
        if (PlaceOf(passport) is { } place) Caller?.Invoke(offer, place);
        return new DataAddress(Options.Node, Convert.ToHexStringLower(token), EndpointFor(passport));
    }

    /// <summary>Where whoever takes the session is called; null: he connects. What any node may take is another
    /// storage node's, wherever the client is.</summary>
    private DnsEndPoint? PlaceOf(DataPassport passport) =>
        passport.AnyNode ? null : Options.CallOf.GetValueOrDefault(passport.Client);

    private DataEndpoint? EndpointFor(DataPassport passport) =>
        Endpoint is not { } endpoint ? null
        : PlaceOf(passport) is { } place ? endpoint with { Host = place.Host, Port = place.Port, Calls = true }
        : !passport.AnyNode && Options.HostOf.TryGetValue(passport.Client, out var host)
            ? endpoint with { Host = host } : endpoint;

    /// <summary>
    /// Takes a link; its token is used up. To another process the connection is made behind the link: what goes wrong
    /// there fails the link.
    /// </summary>
    /// <param name="address">From the orders.</param>
    /// <param name="passport">For whom.</param>
    /// <typeparam name="T">What flows.</typeparam>
    /// <returns>The link, or null when this process has none under the token.</returns>
    public DataLink<T>? Take<T>(DataAddress address, DataPassport passport)
        where T : class, IDisposable
    {
        if (address.Endpoint is { } endpoint && endpoint.Process != Process)
            return DataDialer.Connect<T>(address, endpoint, passport, this);
        if (KeyOf(address.Token) is not { } key) return null;
        DataOffer? offer;
        lock (_lock) offer = _open.GetValueOrDefault(key);
        return offer?.LinkAs<T>() is { } link && offer.TakeHere() ? link : null;
    }

    /// <summary>
    /// Ends a session: nobody can connect with its token any more, the link fails, and a connection that runs tells
    /// the other side why and is closed, within seconds. A link whose data was all taken has ended well; then only a
    /// client that has not heard so may still come, for <see cref="DataPlaneOptions.ReconnectWithin"/>.
    /// </summary>
    /// <param name="token">The token; one that is not open, or over already, is left alone.</param>
    /// <param name="why">What both sides are told.</param>
    public void Close(string token, JobFailure why)
    {
        if (KeyOf(token) is not { } key) return;
        DataOffer? offer;
        lock (_lock) offer = _open.GetValueOrDefault(key);
        offer?.End(why);
    }

    /// <summary>The job is over: nothing has to be remembered of its attempts.</summary>
    /// <param name="job">The job.</param>
    public void Forget(JobId job)
    {
        lock (_lock) _newest.Remove(job);
    }

    /// <summary>Ends all sessions whose clients are in other processes: this one stops.</summary>
    internal void EndTaken(string detail)
    {
        DataOffer[] open;
        lock (_lock) open = [.. _open.Values];
        foreach (var offer in open)
            offer.EndTaken(passport => new JobFailure.StorageLost(passport.Library, detail));
    }

    /// <summary>Finds what a client of another process is to be joined with, and takes it for that client.</summary>
    /// <param name="hello">Its first words.</param>
    /// <param name="epoch">Its attempt.</param>
    /// <param name="peer">The node that its certificate names; null where connections are plain.</param>
    /// <returns>The offer, or why not.</returns>
    internal (DataOffer? Offer, Refusal? Refusal) Admit(Hello hello, Epoch epoch, string? peer)
    {
        if (hello.VersionMin > Handshake.Version || hello.VersionMax < Handshake.VersionMin)
            return (null, OtherVersion(hello.VersionMin, hello.VersionMax));
        var key = Sha256Digest.Of(hello.Token);
        lock (_lock)
        {
            var offer = _open.GetValueOrDefault(key);
            var past = _past.GetValueOrDefault(key);
            if ((offer?.Passport.Job ?? past?.Job) is { } job && IsOld(job, epoch) is { } refusal)
                return (null, refusal);
            if (offer is null)
                return past is not null
                    ? Refuse(past.Reason, past.Sentence)
                    : Refuse(RefusalReason.UnknownToken,
                        "No session of this node has this token. The node was restarted, or the orders are another's.");
            // The digest above was compared in an order that depends on its bits, the token itself is not.
            if (!CryptographicOperations.FixedTimeEquals(offer.Token, hello.Token))
                return Refuse(RefusalReason.UnknownToken, "No session of this node has this token.");
            if (WrongClient(offer.Passport, hello, epoch, peer) is { } wrong) return (null, wrong);
            if (offer.Purpose != hello.Purpose) return Refuse(RefusalReason.WrongSession, OtherSession);
            return offer.TakeFor(hello.Nonce) switch
            {
                null => (offer, null),
                RefusalReason.UsedToken => Refuse(RefusalReason.UsedToken, "The token was used before, by another."),
                var reason => Refuse(reason.Value, "The session is over."),
            };
        }
    }

    /// <summary>Why a client of these versions is refused.</summary>
    internal static Refusal OtherVersion(int min, int max) => Because(RefusalReason.Version,
        $"This node speaks versions {Handshake.VersionMin} to {Handshake.Version} of the data plane, the client "
            + $"{min} to {max}. Upgrade the older one.");

    /// <summary>A refusal by this program.</summary>
    internal static Refusal Because(RefusalReason reason, string sentence, Epoch current = default) =>
        new(reason, Handshake.VersionMin, Handshake.Version, current, sentence);

    /// <summary>Why a session that is over is refused from now on.</summary>
    internal Refusal PastOf(DataOffer offer)
    {
        lock (_lock)
            return _past.TryGetValue(offer.Key, out var past)
                ? Because(past.Reason, past.Sentence)
                : Because(RefusalReason.Ended, "The session is over.");
    }

    /// <summary>An offer is over: who comes with its token is told why.</summary>
    internal void Bury(DataOffer offer, RefusalReason reason, JobFailure? why)
    {
        var sentence = reason == RefusalReason.ExpiredToken
            ? $"The token was to be used within {Options.TokenLifetime.TotalMinutes:0.#} minutes."
            : why is null ? "The session is over." : $"The session is over: {FailureText.Sentence(why)}";
        lock (_lock)
        {
            _open.Remove(offer.Key);
            if (!_past.TryAdd(offer.Key, new Past(reason, offer.Passport.Job, sentence))) return;
            _pastOrder.Enqueue(offer.Key);
            while (_pastOrder.Count > PastMax) _past.Remove(_pastOrder.Dequeue());
        }
    }

    private const string OtherSession = "The token is another session's.";

    private Refusal? IsOld(JobId job, Epoch epoch) =>
        _newest.GetValueOrDefault(job) is var newest && newest.CompareTo(epoch) > 0
            ? Because(RefusalReason.OldEpoch,
                $"Attempt {newest} of job {job} has taken over from attempt {epoch}.", newest)
            : null;

    private static Refusal? WrongClient(DataPassport passport, Hello hello, Epoch epoch, string? peer)
    {
        if (passport.Job != hello.Job || passport.Epoch != epoch)
            return Because(RefusalReason.WrongSession, OtherSession);
        var client = passport.Client.Value;
        return peer is not null && peer != client && !passport.AnyNode
            ? Because(RefusalReason.Certificate,
                $"The session is for client \"{client}\", the certificate for \"{peer}\".")
            : hello.Node != client
                ? Because(RefusalReason.WrongSession, $"The session is for client \"{client}\", not for this one.")
                : null;
    }

    private static (DataOffer?, Refusal?) Refuse(RefusalReason reason, string sentence) =>
        (null, Because(reason, sentence));

    private static Sha256Digest? KeyOf(string token) =>
        token.Length == 2 * Handshake.SecretSize
            && token.All(char.IsAsciiHexDigit) ? Sha256Digest.Of(Convert.FromHexString(token)) : null;

    private sealed record Past(RefusalReason Reason, JobId Job, string Sentence);
}

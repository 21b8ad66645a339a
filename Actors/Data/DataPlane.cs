using System.Security.Cryptography;
using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Clients;

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

    /// <summary>Opens a link for one client. Older attempts of the job are refused from now on.</summary>
    /// <param name="link">The link; ArchiveChunk: the client gives, RestoreBatch: it takes.</param>
    /// <param name="passport">For whom.</param>
    /// <typeparam name="T">What flows.</typeparam>
    /// <returns>Where the client connects, with a token of 256 random bits.</returns>
    public DataAddress Open<T>(DataLink<T> link, DataPassport passport)
        where T : class, IDisposable
    {
        var token = RandomNumberGenerator.GetBytes(Handshake.SecretSize);
        var offer = DataOffer.Of(link, passport, token, Options.Time.GetUtcNow() + Options.TokenLifetime, this);
        lock (_lock)
        {
            _open[offer.Key] = offer;
            if (!_newest.TryGetValue(passport.Job, out var newest)
                || newest.CompareTo(passport.Epoch) < 0) _newest[passport.Job] = passport.Epoch;
        }
        return new DataAddress(Options.Node, Convert.ToHexStringLower(token), Endpoint);
    }

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
            return DataDialer.Connect<T>(address, endpoint, passport, Options);
        if (KeyOf(address.Token) is not { } key) return null;
        lock (_lock)
        {
            if (!_open.TryGetValue(key, out var offer) || offer.LinkAs<T>() is not { } link
                || offer.IsTaken) return null;
            Bury(offer, RefusalReason.UsedToken);
            return link;
        }
    }

    /// <summary>Closes a token: nobody can connect with it any more. A connection that runs goes on until its link
    /// ends.</summary>
    /// <param name="token">The token.</param>
    public void Close(string token)
    {
        if (KeyOf(token) is not { } key) return;
        lock (_lock)
            if (_open.TryGetValue(key, out var offer)) Bury(offer, RefusalReason.Ended);
    }

    /// <summary>The job is over: nothing has to be remembered of its attempts.</summary>
    /// <param name="job">The job.</param>
    public void Forget(JobId job)
    {
        lock (_lock) _newest.Remove(job);
    }

    /// <summary>Finds what a client of another process is to be joined with; its token is used up.</summary>
    /// <returns>The offer, or why not.</returns>
    internal (DataOffer? Offer, Refusal? Refusal) Admit(Hello hello, Epoch epoch)
    {
        if (hello.VersionMin > Handshake.Version || hello.VersionMax < Handshake.VersionMin)
            return Refuse(RefusalReason.Version,
                $"This node speaks versions {Handshake.VersionMin} to {Handshake.Version} of the data plane, the "
                    + $"client {hello.VersionMin} to {hello.VersionMax}. Upgrade the older one.");
        var key = Sha256Digest.Of(hello.Secret);
        lock (_lock)
        {
            if (!_open.TryGetValue(key, out var offer))
                return _past.TryGetValue(key, out var past)
                    ? Refuse(past.Reason,
                        past.Reason == RefusalReason.UsedToken ? "The token was used before."
                        : "The session is over.", _newest.GetValueOrDefault(past.Job))
                    : Refuse(RefusalReason.UnknownToken,
                        "No session of this node has this token. The node was restarted, or the orders are another's.");
            // The digest above was compared in an order that depends on its bits, the secret itself is not.
            if (!CryptographicOperations.FixedTimeEquals(offer.Secret,
                hello.Secret)) return Refuse(RefusalReason.UnknownToken, "No session of this node has this token.");
            var newest = _newest.GetValueOrDefault(offer.Passport.Job);
            if (newest.CompareTo(offer.Passport.Epoch) > 0 || newest.CompareTo(epoch) > 0)
                return Refuse(RefusalReason.OldEpoch,
                    $"Attempt {newest} of job {offer.Passport.Job} has taken over from attempt {epoch}.", newest);
            if (!offer.IsTaken && Options.Time.GetUtcNow() > offer.Expires)
            {
                Bury(offer, RefusalReason.ExpiredToken);
                return Refuse(RefusalReason.ExpiredToken,
                    $"The token was to be used within {Options.TokenLifetime.TotalMinutes:0.#} minutes.");
            }
            if (offer.Passport.Job != hello.Job || offer.Passport.Epoch != epoch || offer.Purpose != hello.Purpose
                || hello.Again != offer.IsTaken)
                return Refuse(RefusalReason.WrongSession, "The token is another session's.");
            return (offer, null);
        }
    }

    /// <summary>A client has connected: its token is void, and a secret of the connection lets it come again.</summary>
    /// <returns>The secret; null when another was quicker.</returns>
    internal byte[]? Hand(DataOffer offer, bool again)
    {
        lock (_lock)
        {
            if (again || offer.IsTaken) return again == offer.IsTaken ? offer.Secret : null;
            Bury(offer, RefusalReason.UsedToken);
            offer.Renew(RandomNumberGenerator.GetBytes(Handshake.SecretSize));
            _open[offer.Key] = offer;
            return offer.Secret;
        }
    }

    /// <summary>A session's connection is over.</summary>
    internal void Close(DataOffer offer)
    {
        lock (_lock)
            if (_open.ContainsKey(offer.Key)) Bury(offer, RefusalReason.Ended);
    }

    private static (DataOffer?, Refusal?) Refuse(RefusalReason reason, string sentence, Epoch current = default) =>
        (null, new Refusal(reason, Handshake.VersionMin, Handshake.Version, current, sentence));

    private static Sha256Digest? KeyOf(string token) =>
        token.Length == 2 * Handshake.SecretSize
            && token.All(char.IsAsciiHexDigit) ? Sha256Digest.Of(Convert.FromHexString(token)) : null;

    private void Bury(DataOffer offer, RefusalReason reason)
    {
        _open.Remove(offer.Key);
        if (!_past.TryAdd(offer.Key, new Past(reason, offer.Passport.Job))) return;
        _pastOrder.Enqueue(offer.Key);
        while (_pastOrder.Count > PastMax) _past.Remove(_pastOrder.Dequeue());
    }

    private sealed record Past(RefusalReason Reason, JobId Job);
}

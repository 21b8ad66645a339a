using System.Security.Cryptography.X509Certificates;

namespace Backup.Actors.Security;

/// <summary>
/// The security of a running node: its identity and the deny-list, both read again when their files change, so that a
/// renewed certificate and a denied one need no restart. Safe from any thread.
/// </summary>
public sealed class NodeSecurity
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private readonly ReadAgain<NodeIdentity> _identity;
    private readonly ReadAgain<HashSet<string>>? _denied;
    private readonly TimeProvider _time;

    /// <summary>Reads identity and deny-list.</summary>
    /// <param name="identityFile">What `backup enrol` wrote.</param>
    /// <param name="denyListFile">A fingerprint a line, `#` before remarks; null: nobody is denied.</param>
    /// <param name="checkHostNames">Whether a server's certificate must name the host that was connected to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onTrouble">Told when a changed file cannot be used; what was read before stays.</param>
    /// <exception cref="IdentityException">One of them cannot be read.</exception>
    public NodeSecurity(string identityFile, string? denyListFile, bool checkHostNames, TimeProvider time,
        Action<string> onTrouble)
    {
        (_time, ChecksHostNames) = (time, checkHostNames);
        _identity = new ReadAgain<NodeIdentity>(identityFile, NodeIdentity.Load, time, LookAgain, onTrouble);
        _denied = denyListFile is null ? null
            : new ReadAgain<HashSet<string>>(denyListFile, ReadDenied, time, LookAgain, onTrouble);
    }

    /// <summary>Whether a server's certificate must name the host that was connected to.</summary>
    public bool ChecksHostNames { get; }

    /// <summary>Who this node is now.</summary>
    public NodeIdentity Identity => _identity.Value;

    /// <summary>Examines a peer.</summary>
    /// <param name="peer">What it showed; null: nothing.</param>
    /// <param name="expected">Who it should be.</param>
    public PeerVerdict Check(X509Certificate2? peer, PeerExpectation expected) =>
        PeerCheck.Examine(peer, Identity.Authorities, IsDenied, expected, _time.GetUtcNow());

    /// <summary>Whether a certificate is on the deny-list.</summary>
    /// <param name="fingerprint">64 lower-case hexadecimal digits.</param>
    public bool IsDenied(string fingerprint) => _denied is not null && _denied.Value.Contains(fingerprint);

    /// <summary>A sentence when this node's certificate ends soon or has ended; else null.</summary>
    /// <param name="before">How long before its end.</param>
    public string? ExpiryWarning(TimeSpan before) => Identity.ExpiryWarning(_time.GetUtcNow(), before);

    private static HashSet<string> ReadDenied(string file)
    {
        var denied = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                number++;
                var text = line.Split('#')[0].Replace(":", "", StringComparison.Ordinal).Trim().ToLowerInvariant();
                if (text.Length == 0) continue;
                if (text.Length != 64 || !text.All(char.IsAsciiHexDigit))
                    throw new IdentityException($"{file}:{number} is no fingerprint: expected 64 hexadecimal "
                        + $"digits, as `openssl x509 -fingerprint -sha256` prints them.");
                denied.Add(text);
            }
            return denied;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"The deny-list {file} cannot be read: {unreadable.Message}");
        }
    }
}

/// <summary>What a file says, read again when the file was changed; one that cannot be read leaves what there
/// was.</summary>
internal sealed class ReadAgain<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly string _file;
    private readonly Func<string, T> _read;
    private readonly TimeProvider _time;
    private readonly TimeSpan _every;
    private readonly Action<string> _onTrouble;
    private (DateTime Written, long Length, T Value) _last;
    private long _looked;

    public ReadAgain(string file, Func<string, T> read, TimeProvider time, TimeSpan every, Action<string> onTrouble)
    {
        (_file, _read, _time, _every, _onTrouble) = (file, read, time, every, onTrouble);
        var (written, length) = Stamp();
        _last = (written, length, read(file));
        _looked = time.GetTimestamp();
    }

    public T Value
    {
        get
        {
            lock (_lock)
            {
                if (_time.GetElapsedTime(_looked) < _every) return _last.Value;
                _looked = _time.GetTimestamp();
                var (written, length) = Stamp();
                if ((written, length) == (_last.Written, _last.Length)) return _last.Value;
                try
                {
                    _last = (written, length, _read(_file));
                }
                catch (IdentityException unusable)
                {
                    _last = (written, length, _last.Value); // told once for each change
                    _onTrouble($"{unusable.Message} What was read before stays in force.");
                }
                return _last.Value;
            }
        }
    }

    private (DateTime, long) Stamp()
    {
        var file = new FileInfo(_file);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : (default, -1);
    }
}

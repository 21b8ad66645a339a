using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Backup.Actors.Data;

/// <summary>
/// Where sessions of storage and client of one process meet: a storage session opens a link under a one-time token, the
/// client that has the token takes it, once.
/// </summary>
public sealed class DataPlane
{
    private readonly ConcurrentDictionary<string, object> _open = new(StringComparer.Ordinal);

    /// <summary>Opens a link for one client.</summary>
    /// <param name="link">The link.</param>
    /// <returns>The token: 256 random bits.</returns>
    public string Open(object link)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        _open[token] = link;
        return token;
    }

    /// <summary>Takes a link; its token is used up.</summary>
    /// <param name="token">The token.</param>
    /// <typeparam name="TLink">The kind of link.</typeparam>
    /// <returns>The link, or null when the token is unknown, used up or for another kind.</returns>
    public TLink? Take<TLink>(string token)
        where TLink : class =>
        _open.TryRemove(token, out var link) ? link as TLink : null;

    /// <summary>Closes a token that nobody took.</summary>
    /// <param name="token">The token.</param>
    public void Close(string token) => _open.TryRemove(token, out _);
}

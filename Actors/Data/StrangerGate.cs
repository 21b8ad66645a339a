using System.Net;

namespace Backup.Actors.Data;

/// <summary>
/// Bounds what connections may cost that have not shown a token: their number, their number from one address, and the
/// lines that are written about them. Safe from any thread.
/// </summary>
/// <param name="options">Limits.</param>
/// <param name="port">What the lines call the port.</param>
internal sealed class StrangerGate(DataPlaneOptions options, string port)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _strangers = [];
    private int _count;
    private long _minute = long.MinValue;
    private int _lines;
    private int _unsaid;

    /// <summary>Lets a connection in.</summary>
    /// <returns>False when there are too many.</returns>
    public bool Enter(IPAddress from)
    {
        lock (_lock)
        {
            var here = _strangers.GetValueOrDefault(from);
            if (_count >= options.StrangersMax || here >= options.StrangersPerAddressMax) return false;
            _strangers[from] = here + 1;
            _count++;
            return true;
        }
    }

    /// <summary>The place of one that was let in.</summary>
    public Place Stranger(IPAddress from) => new(this, from);

    /// <summary>The place of one that this process connected to: no stranger.</summary>
    public static Place Called(IPAddress to) => new(null, to);

    /// <summary>A line about a connection that was refused.</summary>
    public void Refused(IPAddress from, string why) =>
        Say($"A connection from {from} to the {port} was refused: {why}");

    /// <summary>A line about what was not taken; beyond so many a minute they are only counted.</summary>
    public void Say(string line)
    {
        string? before = null;
        lock (_lock)
        {
            var minute = options.Time.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
            if (minute != _minute)
            {
                if (_unsaid > 0) before = $"{_unsaid} more connections to the {port} were refused before.";
                (_minute, _lines, _unsaid) = (minute, 0, 0);
            }
            if (++_lines > options.RefusalLinesPerMinute)
            {
                _unsaid++;
                return;
            }
        }
        if (before is not null) options.Say(before);
        options.Say(line);
    }

    private void Leave(IPAddress from)
    {
        lock (_lock)
        {
            _count--;
            if (--_strangers[from] == 0) _strangers.Remove(from);
        }
    }

    /// <summary>Of a connection that has shown no token yet.</summary>
    public sealed class Place(StrangerGate? gate, IPAddress from)
    {
        private int _left = gate is null ? 1 : 0;

        public IPAddress From => from;

        /// <summary>True until it has left.</summary>
        public bool IsOne => Volatile.Read(ref _left) == 0;

        /// <summary>It is no stranger any more, or gone; counts once.</summary>
        public void Leave()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) gate!.Leave(from);
        }
    }
}

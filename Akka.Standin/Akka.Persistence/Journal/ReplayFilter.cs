using Akka.Configuration;
using Akka.Event;

namespace Akka.Persistence.Journal;

/// <summary>Finds in a replay the traces of two actors that wrote under one persistence id at the same time.
/// A window of events is held back, so that those of an older writer can still be left out when a newer one overlaps
/// them.</summary>
internal sealed class ReplayFilter(Config config, ILoggingAdapter log, Action<IPersistentRepresentation> pass)
{
    private readonly string _mode = config.GetString("replay-filter.mode").ToLowerInvariant() switch
    {
        "off" or "false" => "off",
        ("repair-by-discard-old" or "fail" or "warn") and var known => known,
        var other => throw new ConfigurationException(
            $"replay-filter.mode is '{other}': expected repair-by-discard-old, fail, warn or off."),
    };

    private readonly int _windowSize = config.GetInt("replay-filter.window-size");
    private readonly int _maxOldWriters = config.GetInt("replay-filter.max-old-writers");
    private readonly List<string> _oldWriters = [];
    private LinkedList<IPersistentRepresentation> _window = [];
    private string _writer = "";
    private long _lastSequenceNr;

    public void Take(IPersistentRepresentation persistent)
    {
        if (_mode == "off")
        {
            pass(persistent);
            return;
        }
        if (_window.Count >= _windowSize) PassFirst();
        if (persistent.WriterGuid == _writer)
            TakeOfCurrentWriter(persistent);
        else if (!_oldWriters.Contains(persistent.WriterGuid))
            TakeOfNewWriter(persistent);
        else if (Keeps(persistent, "an event of an old writer, which has been replaced"))
            _window.AddLast(persistent);
    }

    public void Flush()
    {
        while (_window.Count > 0) PassFirst();
    }

    private void TakeOfCurrentWriter(IPersistentRepresentation persistent)
    {
        if (persistent.SequenceNr < _lastSequenceNr
            && !Keeps(persistent, "a sequence number that does not go on")) return;
        _lastSequenceNr = persistent.SequenceNr;
        _window.AddLast(persistent);
    }

    private void TakeOfNewWriter(IPersistentRepresentation persistent)
    {
        if (_writer.Length > 0) _oldWriters.Add(_writer);
        if (_oldWriters.Count > _maxOldWriters) _oldWriters.RemoveAt(0);
        (_writer, _lastSequenceNr) = (persistent.WriterGuid, persistent.SequenceNr);
        _window = new(_window.Where(old =>
            old.SequenceNr < persistent.SequenceNr || Keeps(old, "an event that a newer writer wrote once more")));
        _window.AddLast(persistent);
    }

    private void PassFirst()
    {
        pass(_window.First!.Value);
        _window.RemoveFirst();
    }

    private bool Keeps(IPersistentRepresentation persistent, string what)
    {
        var issue = $"Replay of {persistent.PersistenceId}: {what} (sequence number {persistent.SequenceNr}, "
            + $"writer {persistent.WriterGuid}). Two actors have written under this id at the same time.";
        if (_mode == "fail") throw new InvalidOperationException(issue);
        log.Warning("{0}", issue);
        return _mode == "warn";
    }
}

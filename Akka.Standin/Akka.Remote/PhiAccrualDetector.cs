using System.Diagnostics;
using Akka.Configuration;

namespace Akka.Remote;

/// <summary>
/// Suspects a peer by how unusual its silence is, after the intervals of its heartbeats so far; a pause that is
/// acceptable in any case comes on top.
/// </summary>
internal sealed class PhiAccrualDetector
{
    private readonly double _threshold;
    private readonly double _minDeviation; // milliseconds, as all below
    private readonly double _acceptablePause;
    private readonly Queue<double> _intervals = new();
    private readonly int _maxSamples;
    private double _sum;
    private double _squares;
    private long _last;

    internal PhiAccrualDetector(Config config)
    {
        _threshold = config.GetDouble("threshold");
        _maxSamples = config.GetInt("max-sample-size");
        _minDeviation = config.GetTimeSpan("min-std-deviation").TotalMilliseconds;
        _acceptablePause = config.GetTimeSpan("acceptable-heartbeat-pause").TotalMilliseconds;
        var first = config.GetTimeSpan("heartbeat-interval").TotalMilliseconds;
        Add(first - first / 4);
        Add(first + first / 4);
    }

    internal bool IsMonitoring => _last != 0;

    internal bool IsAvailable => !IsMonitoring || Phi(Stopwatch.GetElapsedTime(_last).TotalMilliseconds) < _threshold;

    internal void Heartbeat()
    {
        // A silence that was a failure says nothing about how the peer usually beats.
        if (IsMonitoring && IsAvailable) Add(Stopwatch.GetElapsedTime(_last).TotalMilliseconds);
        _last = Stopwatch.GetTimestamp();
    }

    private void Add(double interval)
    {
        if (_intervals.Count >= _maxSamples)
        {
            var oldest = _intervals.Dequeue();
            _sum -= oldest;
            _squares -= oldest * oldest;
        }
        _intervals.Enqueue(interval);
        _sum += interval;
        _squares += interval * interval;
    }

    private double Phi(double silence)
    {
        var mean = _sum / _intervals.Count;
        var variance = Math.Max(0, _squares / _intervals.Count - mean * mean);
        var y = (silence - mean - _acceptablePause) / Math.Max(Math.Sqrt(variance), _minDeviation);
        var e = Math.Exp(-y * (1.5976 + 0.070566 * y * y)); // the usual approximation of the normal distribution
        return y > 0 ? -Math.Log10(e / (1 + e)) : -Math.Log10(1 - 1 / (1 + e));
    }
}

using System.Globalization;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Actors.Storage;

/// <content>How much drives and volumes were used, and what the drives reported.</content>
internal sealed partial class DriveBook
{
    private const int DaysMax = 400;
    private const int AlertsMax = 50;
    private static readonly TimeSpan RecentFor = TimeSpan.FromDays(1);

    private readonly SortedDictionary<int, DeviceWear> _drives = [];
    private readonly SortedDictionary<int, SortedDictionary<string, DeviceWear>> _days = [];
    private readonly SortedDictionary<string, DeviceWear> _volumes = new(StringComparer.Ordinal);
    private readonly List<DriveAlert> _alerts = [];
    private readonly SortedDictionary<int, DateTimeOffset> _cleaned = [];

    /// <summary>A job had a volume in a drive.</summary>
    /// <param name="drive">The drive's number.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="wear">What it did with it.</param>
    /// <param name="alerts">What the drive reported.</param>
    /// <param name="now">The moment.</param>
    public void Used(
        int drive, VolumeName volume, DeviceWear wear, IReadOnlyList<DriveAlert> alerts, DateTimeOffset now)
    {
        lock (_turn)
        {
            Add(_drives, drive, wear);
            Add(_volumes, volume.Value, wear);
            if (!_days.TryGetValue(drive, out var days))
                _days[drive] = days = new SortedDictionary<string, DeviceWear>(StringComparer.Ordinal);
            Add(days, now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), wear);
            if (days.Count > DaysMax) days.Remove(days.Keys.First());
            foreach (var alert in alerts)
            {
                var own = _alerts.Where(each => each.Drive == alert.Drive).ToList();
                if (own.Count >= AlertsMax) _alerts.Remove(own[0]);
                _alerts.Add(alert);
            }
            Keep();
        }
    }

    /// <summary>A drive was cleaned: that it asked for it is no news any more.</summary>
    public void Cleaned(int drive, DateTimeOffset now)
    {
        lock (_turn)
        {
            _cleaned[drive] = now;
            Keep();
        }
    }

    /// <summary>What was counted of a drive; null: nothing.</summary>
    public DeviceHistory? HistoryOf(int drive)
    {
        lock (_turn)
            return _drives.TryGetValue(drive, out var total)
                ? new DeviceHistory(
                    total, [.. _days[drive].Select(day => new DeviceDay(day.Key, day.Value))],
                    [.. _alerts.Where(alert => alert.Drive.Number == drive)])
                : null;
    }

    /// <summary>What was counted of the library; null: nothing.</summary>
    public DeviceHistory? History()
    {
        lock (_turn)
            return _drives.Count == 0 ? null : new DeviceHistory(
                _drives.Values.Aggregate((one, other) => one.With(other)), [], [.. _alerts],
                [.. _volumes.Select(volume => new VolumeWear(new VolumeName(volume.Key), volume.Value))]);
    }

    /// <summary>What the drives reported in the last day, and no cleaning has mended since.</summary>
    public IReadOnlyList<DriveAlert> Recent(DateTimeOffset now)
    {
        lock (_turn)
            return
            [
                .. _alerts.Where(alert => now - alert.At < RecentFor
                    && !(alert.Number is 20 or 21 && _cleaned.TryGetValue(alert.Drive.Number, out var cleaned)
                        && cleaned >= alert.At)),
            ];
    }

    private static void Add<T>(SortedDictionary<T, DeviceWear> to, T key, DeviceWear wear) where T : notnull =>
        to[key] = to.TryGetValue(key, out var before) ? before.With(wear) : wear;

    private void Take(KeptDriveUse? kept, LibraryName library)
    {
        if (kept is null) return;
        foreach (var (drive, wear) in kept.Drives) _drives[drive] = wear;
        foreach (var (drive, days) in kept.Days)
            _days[drive] = new SortedDictionary<string, DeviceWear>(days, StringComparer.Ordinal);
        foreach (var (volume, wear) in kept.Volumes) _volumes[volume] = wear;
        foreach (var (drive, at) in kept.Cleaned) _cleaned[drive] = at;
        _alerts.AddRange(kept.Alerts.Select(alert => new DriveAlert(
            alert.At, new DriveId(library, alert.Drive), alert.Number, alert.Name, alert.Level,
            new VolumeName(alert.Volume))));
    }

    private KeptDriveUse? KeptUse() => _drives.Count + _cleaned.Count == 0 ? null : new KeptDriveUse(
        new(_drives), _days.ToDictionary(day => day.Key, day => new Dictionary<string, DeviceWear>(day.Value)),
        new(_volumes), new(_cleaned),
        [
            .. _alerts.Select(alert => new KeptAlert(
                alert.At, alert.Drive.Number, alert.Number, alert.Name, alert.Level, alert.Volume.Value)),
        ]);
}

internal sealed record KeptDriveUse(
    Dictionary<int, DeviceWear> Drives, Dictionary<int, Dictionary<string, DeviceWear>> Days,
    Dictionary<string, DeviceWear> Volumes, Dictionary<int, DateTimeOffset> Cleaned, IReadOnlyList<KeptAlert> Alerts);

internal sealed record KeptAlert(
    DateTimeOffset At, int Drive, int Number, string Name, string Level, string Volume);

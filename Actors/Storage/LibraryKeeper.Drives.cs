using System.Collections.Concurrent;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>What becomes of the drives.</summary>
internal sealed partial class LibraryKeeper
{
    /// <summary>Since when, by whom and why a drive is disabled; null: it is not. From any thread.</summary>
    /// <param name="drive">From 0.</param>
    public DisabledDrive? DisabledOf(int drive) =>
        drive < _options.Drives ? _driveBook?.DisabledOf(drive) : null;

    /// <summary>
    /// Cleans a drive: on its thread, with no session using it. The changer does nothing else for as long as the drive
    /// keeps the cartridge.
    /// </summary>
    /// <param name="drive">The drive.</param>
    /// <returns>The answer to the operator.</returns>
    public IReply Clean(int drive)
    {
        lock (_changer)
        {
            Unmount(drive);
            Look(); // one that was put in since counts
            Rings.Note(drive, "cleaning", $"An operator has drive {Id(drive)} cleaned.");
            var answer = _library.Clean(drive, out var used);
            if (answer == LibraryAnswer.Empty)
                return Conflict($"Drive {Id(drive)} was not cleaned. {_library.Trouble}");
            Expect(answer);
            Rings.Note(
                drive, "cleaned",
                $"Drive {Id(drive)} was cleaned by {used!.Name}, use {used.Uses} of {used.UsesMax} of it.");
            Count(book => book.Cleaned(drive, TimeProvider.System.GetUtcNow()));
            return new DriveCleaned(Id(drive), used.Name, used.Uses, used.UsesMax, IsDone: true);
        }
    }

    private readonly Dictionary<int, (DateTimeOffset Since, long Bytes)> _uses = [];
    private readonly HashSet<int> _failed = []; // drives whose volume is taken out of use for an error
    private readonly ConcurrentQueue<(int Drive, LogSeverity Severity, string Text)> _reported = [];

    /// <summary>What drives have reported since it was asked last, for the log of the job that is at work. From any
    /// thread.</summary>
    public IEnumerable<(int Drive, LogSeverity Severity, string Text)> TakeReports()
    {
        while (_reported.TryDequeue(out var report)) yield return report;
    }

    private void BeginUse(int drive, VolumeName volume)
    {
        if (drive < _options.Drives && _driveBook is not null)
            _uses.TryAdd(drive, (TimeProvider.System.GetUtcNow(), _library.Measure(volume).Bytes));
    }

    /// <summary>
    /// What the drive has to report of itself and of the volume in it. One whose cartridge is bad takes no more data.
    /// </summary>
    private DriveLook? Ask(int drive, KnownVolume loaded)
    {
        if (_library.Look(drive) is not { } look) return null;
        if (look.Trouble.Length > 0) Rings.Note(drive, "alerts-unknown", look.Trouble);
        foreach (var alert in look.Alerts)
        {
            var text = $"Drive {Id(drive)} reports {alert} with volume {loaded.Identity.Name}.";
            Rings.Note(drive, "tape-alert", text);
            _reported.Enqueue((drive, SeverityOf(alert), text));
        }
        if (look.Alerts.FirstOrDefault(alert => alert.IsOfMedium) is { } bad)
            Note(loaded with
            {
                State = VolumeLife.After(loaded.State, VolumeEvent.Failed).State,
                Error = $"{bad} in drive {Id(drive)}",
            });
        return look;
    }

    private void EndUse(int drive, VolumeName volume, DriveLook? look)
    {
        var hasFailed = _failed.Remove(drive);
        if (!_uses.Remove(drive, out var use)) return;
        var now = TimeProvider.System.GetUtcNow();
        var wear = new DeviceWear(
            1, Math.Max(0, _library.Measure(volume).Bytes - use.Bytes), look?.BytesRead ?? 0,
            (now - use.Since).TotalHours, hasFailed ? 1 : 0, look?.SoftErrors ?? 0);
        Count(book => book.Used(
            drive, volume, wear,
            [
                .. (look?.Alerts ?? []).Select(alert => new DriveAlert(
                    now, Id(drive), alert.Number, alert.Name, alert.Level.ToString().ToLowerInvariant(), volume)),
            ],
            now));
    }

    /// <summary>Numbers that cannot be kept keep no job from its work.</summary>
    private void Count(Action<DriveBook> count)
    {
        if (_driveBook is null) return;
        try
        {
            count(_driveBook);
        }
        catch (Exception lost) when (lost is IOException or UnauthorizedAccessException)
        {
            Rings.Note("statistics-lost", $"What was counted of a drive could not be kept: {lost.Message}");
        }
    }

    private static LogSeverity SeverityOf(TapeAlert alert) => alert.Level switch
    {
        TapeAlertLevel.Information => LogSeverity.Info,
        TapeAlertLevel.Warning => LogSeverity.Warning,
        _ => LogSeverity.Error,
    };
}

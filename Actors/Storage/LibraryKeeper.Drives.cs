using Backup.Media.Tape;
using Backup.Messages;
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
            return new DriveCleaned(Id(drive), used.Name, used.Uses, used.UsesMax, IsDone: true);
        }
    }
}

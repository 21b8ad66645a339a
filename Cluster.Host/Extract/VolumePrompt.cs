using Backup.Host.CommandLine;

namespace Backup.Host.Extract;

/// <summary>
/// Asks the person at the terminal for the volumes that are still missing: a disk is put in, or a directory named.
/// Where nobody is there, nothing is asked, and what is missing shows when it is read.
/// </summary>
internal static class VolumePrompt
{
    private const int AsksMax = 1000;

    /// <summary>Takes in what the person gives, until all is there or the person has no more.</summary>
    public static void Complete(FragmentShelf shelf, Bootstrap? meant, Screen screen, CancellationToken cancellation)
    {
        if (!screen.IsInteractive || screen.Json) return;
        for (var asks = 0; asks < AsksMax && shelf.Missing(meant) is [var volume, ..]; asks++)
        {
            cancellation.ThrowIfCancellationRequested();
            screen.Note(
                $"Volume {volume} is needed. Put it in and enter its directory, or nothing to go on without it:");
            if (screen.Input.ReadLine()?.Trim() is not { Length: > 0 } directory) return;
            try
            {
                shelf.Take(directory);
            }
            catch (CommandFailure unknown)
            {
                screen.Note(unknown.Message);
            }
        }
    }
}

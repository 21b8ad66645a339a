using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Media.Posix;
using Backup.Persistence.Catalog;

namespace Backup.Host.Node;

/// <summary>
/// What a node for one job does for the catalog at its end. It starts no further job: a pool gets the catalog from a
/// node that runs for good.
/// </summary>
internal static class SoloCatalogBackup
{
    /// <summary>Writes the bootstrap file and, where nothing goes to a pool, the copies. What fails is said.</summary>
    public static void Make(CatalogStore store, BackupSettings settings)
    {
        var rule = NodeOptions.SelfBackedUp(settings);
        if (!rule.Copies && rule.Bootstrap is null) return;
        try
        {
            if (Make(new SelfBackup(store, rule), rule, TimeProvider.System.GetUtcNow()) is { } failure)
                Say(settings, CatalogFailureText.Sentence(failure));
        }
        catch (Exception refused) when (refused is PosixException or IOException or UnauthorizedAccessException)
        {
            Say(settings, refused.Message);
        }
    }

    private static CatalogFailure? Make(SelfBackup backup, SelfBackupRule rule, DateTimeOffset now)
    {
        if (!backup.Look(now).Is(out var standing, out var failure)) return failure;
        if (backup.WriteBootstrap(now).Failure is { } unwritten) return unwritten;
        if (rule.Policy is not null || !backup.IsDue(standing, now)) return null;
        if (backup.Copy(now).Failure is { } notCopied) return notCopied;
        backup.Cover(standing.Covers!.Value);
        return null;
    }

    /// <summary>There is no actor system any more that would log it.</summary>
    private static void Say(BackupSettings settings, string why) => LogText.Write(
        new Error(null, "catalog", typeof(SoloCatalogBackup), $"The catalog is not backed up: {why}"),
        settings.Log.Format);
}

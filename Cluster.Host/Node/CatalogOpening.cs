using Akka.Event;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Persistence.Catalog.Sqlite;

namespace Backup.Host.Node;

/// <summary>Opens the catalog that the settings name.</summary>
internal static class CatalogOpening
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For a node. A server that is away is waited for, without end: it starts at the same time as the node after a
    /// power cut, and is restarted when its administrator likes. A command that runs one job alone has somebody before
    /// it who is told.
    /// </summary>
    /// <exception cref="NodeStartException">It cannot be opened, and waiting would not mend it.</exception>
    /// <exception cref="OperationCanceledException">It was waited for, and the node is to stop.</exception>
    public static async Task<CatalogStore> Open(BackupSettings settings, NodeMode mode, CancellationToken cancellation)
    {
        var (said, saidAt) = ("", 0L);
        while (true)
        {
            if (Once(settings).Is(out var store, out var failure))
            {
                if (said.Length > 0)
                    Say(settings, new Info(Source, typeof(CatalogOpening), $"The catalog {store.Place} is there."));
                return store;
            }
            var sentence = CatalogFailureText.Sentence(failure);
            if (settings.Catalog.Provider == CatalogProvider.Sqlite || mode == NodeMode.Solo || !failure.MayPass)
                throw new NodeStartException(sentence, 1);
            if (sentence != said || TimeProvider.System.GetElapsedTime(saidAt) > SayAgainAfter)
            {
                Say(settings, new Warning(Source, typeof(CatalogOpening), $"{sentence} The node waits for it."));
                (said, saidAt) = (sentence, TimeProvider.System.GetTimestamp());
            }
            await Task.Delay(AskAgainAfter, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>For commands that only look, where no node runs.</summary>
    public static CatalogAnswer<CatalogStore> OpenReadOnly(BackupSettings settings) =>
        settings.Catalog.Provider == CatalogProvider.Sqlite
            ? SqliteCatalog.OpenReadOnly(settings.Node.DataDirectory, TimeProvider.System)
            : PostgresCatalog.OpenReadOnly(settings.Catalog.Place, TimeProvider.System);

    private const string Source = "catalog";

    private static CatalogAnswer<CatalogStore> Once(BackupSettings settings) =>
        settings.Catalog.Provider == CatalogProvider.Sqlite
            ? SqliteCatalog.Open(settings.Node.DataDirectory, TimeProvider.System)
            : PostgresCatalog.Open(settings.Catalog.Place, TimeProvider.System);

    /// <summary>There is no actor system yet that would log it.</summary>
    private static void Say(BackupSettings settings, LogEvent what) => LogText.Write(what, settings.Log.Format);
}

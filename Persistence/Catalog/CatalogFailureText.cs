namespace Backup.Persistence.Catalog;

/// <summary>The one place where the operator's sentence about a failure of the catalog is made.</summary>
public static class CatalogFailureText
{
    private const string Rebuild =
        "Stop the node, move the file (with its -wal and -shm files) away, and rebuild the catalog from the media "
        + "with `backup scan LIBRARY`.";

    private const string RebuildOnServer =
        "Stop all nodes, drop the schema `backup` of that database, and rebuild the catalog from the media with "
        + "`backup scan LIBRARY`.";

    /// <summary>The sentences for a failure: what happened, to what, what to do.</summary>
    /// <param name="failure">Any failure.</param>
    public static string Sentence(CatalogFailure failure) => failure switch
    {
        CatalogFailure.Busy f => $"The catalog is busy: {f.Detail}. It is tried again.",
        CatalogFailure.Full f =>
            $"No space is left for the catalog {f.Place}. Free space on its file system; jobs go on then.",
        CatalogFailure.Unavailable f when IsServer(f.Place) =>
            $"The catalog {f.Place} cannot be reached or used: {f.Detail}. Check that its server runs, and the "
            + "settings under `backup.catalog`.",
        CatalogFailure.Unavailable f =>
            $"The catalog {f.Place} cannot be read or written: {f.Detail}. Check its file system and the file's owner "
            + $"and permissions.",
        CatalogFailure.ReadOnly f =>
            $"The catalog {f.Place} cannot be written here. Check that its directory and files are writable for this "
            + $"user.",
        CatalogFailure.InUse f =>
            $"Another process writes the catalog in {f.Directory}. A data directory belongs to one node: stop the "
            + $"other one, or use another directory.",
        CatalogFailure.Absent f =>
            $"There is no catalog {f.Place}. Start the node once to make it, or rebuild it from the media with "
            + $"`backup scan LIBRARY`.",
        CatalogFailure.Corrupt f =>
            $"The catalog {f.Place} is damaged: {f.Detail}. {(IsServer(f.Place) ? RebuildOnServer : Rebuild)}",
        CatalogFailure.Foreign f when IsServer(f.Place) =>
            $"The schema `backup` of {f.Place} is another program's, and is left as it is. Choose another database.",
        CatalogFailure.Foreign f =>
            $"{f.Place} is a database of another program, and is left as it is. Choose another data directory, or "
            + $"move the file away.",
        CatalogFailure.NewerSchema f =>
            $"The catalog {f.Place} has schema version {f.Found}, this program knows versions up to {f.Known}. Use the "
            + $"newer program; "
            + "to go back, restore the copy of the catalog from before the upgrade.",
        CatalogFailure.OlderSchema f =>
            $"The catalog {f.Place} has schema version {f.Found}, this program needs {f.Known}. Start the node once: "
            + $"it brings the catalog up to date.",
        CatalogFailure.OlderEpoch f =>
            $"The epoch {f.Given} of {f.Subject} is not the current one ({f.Current}): a newer attempt has taken "
            + $"over. This one must stop.",
        CatalogFailure.Unknown f =>
            $"The catalog knows no {f.Subject}. `backup scan LIBRARY` reads what the media hold.",
        CatalogFailure.BaseNotUsable f =>
            $"Image {f.Image} builds on image {f.Base}, which cannot be used for it: {f.Detail}",
        CatalogFailure.Contradiction f =>
            $"The catalog's record of {f.Subject} says otherwise: it holds {f.Expected}, and was told {f.Found}. "
            + $"Nothing was changed.",
        _ => throw new ArgumentOutOfRangeException(nameof(failure),
            $"No sentence is written for {failure.GetType().Name}."),
    };

    private static bool IsServer(string place) => place.StartsWith("postgresql://", StringComparison.Ordinal);
}

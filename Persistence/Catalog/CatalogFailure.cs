using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What may go wrong with a catalog in a healthy program. The database's exceptions become these in one place
/// (<c>SqliteFailures</c>, <c>PostgresFailures</c>); any other exception is a mistake of the program and is thrown.
/// </summary>
public abstract record CatalogFailure
{
    private CatalogFailure()
    {
    }

    /// <summary>True when the same call may succeed later without anybody's doing.</summary>
    public virtual bool MayPass => false;

    /// <summary>Others hold the database, or what of it is needed, for longer than the wait allows.</summary>
    /// <param name="Detail">The database's message.</param>
    public sealed record Busy(string Detail) : CatalogFailure
    {
        /// <inheritdoc/>
        public override bool MayPass => true;
    }

    /// <summary>The disk or the quota is full; nothing of the call was recorded.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    public sealed record Full(string Place) : CatalogFailure
    {
        /// <inheritdoc/>
        public override bool MayPass => true;
    }

    /// <summary>
    /// Reading or writing the database's files failed, or they cannot be opened; its server does not serve. What was
    /// being written may have been recorded all the same: every call may be repeated.
    /// </summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    /// <param name="Detail">The database's message.</param>
    public sealed record Unavailable(string Place, string Detail) : CatalogFailure
    {
        /// <inheritdoc/>
        public override bool MayPass => true;
    }

    /// <summary>The database cannot be written: its file, directory or this opening is read only.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    public sealed record ReadOnly(string Place) : CatalogFailure;

    /// <summary>Another process has the catalog of this directory open for writing.</summary>
    /// <param name="Directory">The data directory.</param>
    public sealed record InUse(string Directory) : CatalogFailure;

    /// <summary>There is no catalog, and this opening may not make one.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    public sealed record Absent(string Place) : CatalogFailure;

    /// <summary>The database is damaged, or something in it is not what was written.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    /// <param name="Detail">What was found.</param>
    public sealed record Corrupt(string Place, string Detail) : CatalogFailure;

    /// <summary>The database is another program's.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    public sealed record Foreign(string Place) : CatalogFailure;

    /// <summary>A newer version of this program wrote the catalog.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    /// <param name="Found">Its schema version.</param>
    /// <param name="Known">The newest that this program knows.</param>
    public sealed record NewerSchema(string Place, int Found, int Known) : CatalogFailure;

    /// <summary>An older version of this program wrote the catalog, and this opening may not change it.</summary>
    /// <param name="Place">The database: a file, or postgresql://….</param>
    /// <param name="Found">Its schema version.</param>
    /// <param name="Known">The version that this program needs.</param>
    public sealed record OlderSchema(string Place, int Found, int Known) : CatalogFailure;

    /// <summary>A newer attempt has taken over: the caller's epoch is not the recorded one.</summary>
    /// <param name="Subject">Whose epoch, as `job 12` or `volume D0001`.</param>
    /// <param name="Given">The caller's.</param>
    /// <param name="Current">The recorded one.</param>
    public sealed record OlderEpoch(string Subject, Epoch Given, Epoch Current) : CatalogFailure;

    /// <summary>What the call is about is not in the catalog.</summary>
    /// <param name="Subject">What, as `job 12`.</param>
    public sealed record Unknown(string Subject) : CatalogFailure;

    /// <summary>An incremental cannot be recorded: what it names as its base is not there, or is another.</summary>
    /// <param name="Image">The incremental.</param>
    /// <param name="Base">What it names.</param>
    /// <param name="Detail">What was found instead, a sentence.</param>
    public sealed record BaseNotUsable(ImageId Image, ImageId Base, string Detail) : CatalogFailure;

    /// <summary>What is recorded contradicts the call; nothing was changed.</summary>
    /// <param name="Subject">What, as `fragment 3 of image …`.</param>
    /// <param name="Expected">What the catalog holds.</param>
    /// <param name="Found">What the call says.</param>
    public sealed record Contradiction(string Subject, string Expected, string Found) : CatalogFailure;
}

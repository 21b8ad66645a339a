using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>How the spool of a library is.</summary>
/// <param name="Library">The library.</param>
/// <param name="UsedBytes">What it holds, with what jobs write at this moment; null: its node does not say.</param>
/// <param name="SizeBytes">What it may hold; null: as much as its disk takes, or its node does not say.</param>
/// <param name="FreeBytes">What its disk took when a job last began or ended there; null: its node does not
/// say.</param>
/// <param name="ReservePercent">What of it fulls leave to incrementals while no drive writes, 0 to 100.</param>
/// <param name="IsDegraded">No drive of the library could be written when that was tried last: the reserve is
/// kept.</param>
/// <param name="Images">Sealed images that wait there for a volume.</param>
/// <param name="Fragments">Their fragments.</param>
/// <param name="Bytes">What these have there.</param>
/// <param name="Leaving">What is on its way to a volume, by job.</param>
public sealed record SpoolState(
    LibraryName Library,
    long? UsedBytes,
    long? SizeBytes,
    long? FreeBytes,
    int ReservePercent,
    bool IsDegraded,
    int Images,
    int Fragments,
    long Bytes,
    IReadOnlyList<SpoolLeaving> Leaving);

/// <summary>An image that goes from a spool to a volume.</summary>
/// <param name="Job">The job that takes it there; it may wait for a drive.</param>
/// <param name="Image">The image.</param>
/// <param name="Pool">The pool of the volume.</param>
public sealed record SpoolLeaving(JobId Job, ImageId Image, PoolName Pool);

/// <summary>What of an image lies on a spool.</summary>
/// <param name="Fragments">How many of its fragments, 1 or more.</param>
/// <param name="Pool">The pool for whose volumes they wait.</param>
/// <param name="Volumes">Where on the spool, by name.</param>
public sealed record SpooledFragments(int Fragments, PoolName Pool, IReadOnlyList<VolumeName> Volumes);

using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>What every header and index on a medium says about its image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Job">The job that writes it.</param>
/// <param name="Policy">The policy of the job.</param>
/// <param name="FileSet">The file set of the policy.</param>
/// <param name="Client">The client whose data it is.</param>
/// <param name="Level">0 (full) to 9.</param>
/// <param name="Since">The moment that it protects from: the job's first attempt began to read then.</param>
/// <param name="Base">The image that an incremental builds on; null for a full.</param>
/// <param name="Recorded">False: an image beside the chain, which is never a base.</param>
/// <param name="Rules">Digest of what the file set selects, by which a changed one is known; null: not
/// known.</param>
/// <param name="MergedFrom">Of a full that was made of a chain, without its client: the newest image of the chain.
/// Null: made by its client.</param>
public sealed record ImageHeader(
    ImageId Image,
    JobId Job,
    PolicyName Policy,
    FileSetName FileSet,
    ClientName Client,
    int Level,
    DateTimeOffset Since,
    BaseImage? Base = null,
    bool Recorded = true,
    Sha256Digest? Rules = null,
    BaseImage? MergedFrom = null);

/// <summary>The identity of the image that an incremental builds on.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Root">The root of its last fragment.</param>
public sealed record BaseImage(ImageId Image, Sha256Digest Root);

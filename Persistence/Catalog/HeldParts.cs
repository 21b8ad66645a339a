using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What a volume holds, in one place: every tape file that a fragment of the catalog needs, its index too. A statement
/// that asks whether a volume may be used again, or what lies on it, asks here.
/// </summary>
internal static class HeldParts
{
    /// <summary>As a table: volume, tape_file, image, fragment, copy, bytes.</summary>
    public const string All =
        "volume_use";

    /// <summary>Whether nothing in the catalog needs a volume.</summary>
    public static bool HoldsNothing(CatalogTransaction transaction, VolumeName volume) => transaction.Number(
        $"SELECT COUNT(*) FROM {All} held WHERE volume = @Name", new { Name = Columns.Of(volume.Value) }) is 0;
}

/// <summary>What a volume holds of an image.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Image">The image.</param>
/// <param name="TapeFiles">Tape files of it, indexes too.</param>
/// <param name="Bytes">Bytes of data.</param>
public readonly record struct VolumeHolding(VolumeName Volume, ImageId Image, int TapeFiles, long Bytes);

/// <summary>A tape file of a purged image, or of a copy that is out of use, still on its volume.</summary>
/// <param name="Position">Where.</param>
/// <param name="Uuid">The identity that the volume had.</param>
/// <param name="Key">The fragment that it was of.</param>
/// <param name="IsGone">Whether its space was given back.</param>
public readonly record struct ReleasedFile(TapePosition Position, VolumeUuid Uuid, FragmentKey Key, bool IsGone);

/// <summary>What people say of an image.</summary>
public enum ImageMarkKind
{
    /// <summary>It is kept until somebody takes this back.</summary>
    Hold = 1,

    /// <summary>The same, and only who may do everything takes it back.</summary>
    LegalHold = 2,

    /// <summary>A word by which a rule may keep it.</summary>
    Tag = 3,
}

/// <summary>A mark of an image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Kind">Hold or tag.</param>
/// <param name="Name">The tag; empty for holds.</param>
/// <param name="Note">Why; null: not said.</param>
/// <param name="At">Since when.</param>
public sealed record ImageMark(
    ImageId Image, ImageMarkKind Kind, string Name, string? Note, DateTimeOffset At);

/// <summary>What came of the removal of an image.</summary>
/// <param name="Why">Why it stays; null: it is gone.</param>
/// <param name="Files">Tape files that were let go.</param>
public sealed record PurgeOutcome(string? Why, int Files);

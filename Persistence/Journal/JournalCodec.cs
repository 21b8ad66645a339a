using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Backup.Persistence.Journal;

/// <summary>
/// Events to bytes and back. Every type has a manifest with a version, `backup-job.fragment-closed.1`, and is UTF-8 JSON. A type only
/// gains optional last fields; a change beyond that is a new type with the next version, and the old one stays readable.
/// </summary>
public static class JournalCodec
{
    private static readonly IReadOnlyList<(string Manifest, JsonTypeInfo Type)> Known =
    [
        ("backup-job.created.1", JournalJson.Default.BackupCreated),
        ("backup-job.attempt-started.1", JournalJson.Default.BackupAttemptStarted),
        ("backup-job.resources-granted.1", JournalJson.Default.BackupResourcesGranted),
        ("backup-job.transfer-started.1", JournalJson.Default.BackupTransferStarted),
        ("backup-job.fragment-closed.1", JournalJson.Default.BackupFragmentClosed),
        ("backup-job.attempt-lost.1", JournalJson.Default.BackupAttemptLost),
        ("backup-job.cancel-requested.1", JournalJson.Default.BackupCancelRequested),
        ("backup-job.image-sealed.1", JournalJson.Default.BackupImageSealed),
        ("backup-job.ended.1", JournalJson.Default.BackupEnded),
        ("restore-job.created.1", JournalJson.Default.RestoreCreated),
        ("restore-job.attempt-started.1", JournalJson.Default.RestoreAttemptStarted),
        ("restore-job.resources-granted.1", JournalJson.Default.RestoreResourcesGranted),
        ("restore-job.transfer-started.1", JournalJson.Default.RestoreTransferStarted),
        ("restore-job.fragment-restored.1", JournalJson.Default.RestoreFragmentRestored),
        ("restore-job.attempt-lost.1", JournalJson.Default.RestoreAttemptLost),
        ("restore-job.cancel-requested.1", JournalJson.Default.RestoreCancelRequested),
        ("restore-job.ended.1", JournalJson.Default.RestoreEnded),
        ("verify-job.created.1", JournalJson.Default.VerifyCreated),
        ("verify-job.attempt-started.1", JournalJson.Default.VerifyAttemptStarted),
        ("verify-job.resources-granted.1", JournalJson.Default.VerifyResourcesGranted),
        ("verify-job.comparison-started.1", JournalJson.Default.VerifyComparisonStarted),
        ("verify-job.fragment-verified.1", JournalJson.Default.VerifyFragmentVerified),
        ("verify-job.attempt-lost.1", JournalJson.Default.VerifyAttemptLost),
        ("verify-job.cancel-requested.1", JournalJson.Default.VerifyCancelRequested),
        ("verify-job.ended.1", JournalJson.Default.VerifyEnded),
    ];

    private static readonly Dictionary<Type, (string Manifest, JsonTypeInfo Type)> ByType = Known.ToDictionary(one => one.Type.Type);

    private static readonly Dictionary<string, JsonTypeInfo> ByManifest =
        Known.ToDictionary(one => one.Manifest, one => one.Type, StringComparer.Ordinal);

    /// <summary>All manifests that can be read.</summary>
    public static IReadOnlyCollection<string> Manifests => ByManifest.Keys;

    /// <summary>The manifest under which a value is kept.</summary>
    /// <param name="value">An event of a journal.</param>
    /// <exception cref="JournalCorruptException">The type has no codec.</exception>
    public static string ManifestOf(object value) => Codec(value).Manifest;

    /// <summary>The bytes of a value.</summary>
    /// <param name="value">An event of a journal.</param>
    /// <exception cref="JournalCorruptException">The type has no codec.</exception>
    public static byte[] ToBytes(object value) => JsonSerializer.SerializeToUtf8Bytes(value, Codec(value).Type);

    /// <summary>The value of some bytes.</summary>
    /// <param name="manifest">As <see cref="ManifestOf"/> gave it.</param>
    /// <param name="bytes">As <see cref="ToBytes"/> gave them, by this version or an older one.</param>
    /// <exception cref="JournalCorruptException">The manifest is unknown, or the bytes are not of it.</exception>
    public static object FromBytes(string manifest, byte[] bytes)
    {
        if (!ByManifest.TryGetValue(manifest, out var type))
        {
            throw new JournalCorruptException(
                $"The journal holds an event \"{manifest}\", which this version does not know. A newer version wrote it, or it is damaged.");
        }
        try
        {
            return JsonSerializer.Deserialize(bytes, type)
                ?? throw new JournalCorruptException($"The journal's event \"{manifest}\" is empty.");
        }
        catch (JsonException error)
        {
            throw new JournalCorruptException($"The journal's event \"{manifest}\" cannot be read: {error.Message}", error);
        }
    }

    private static (string Manifest, JsonTypeInfo Type) Codec(object value) => ByType.TryGetValue(value.GetType(), out var codec)
        ? codec
        : throw new JournalCorruptException($"{value.GetType()} has no codec in the journal: add it to {nameof(JournalCodec)}.");
}

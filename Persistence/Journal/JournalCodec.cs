using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Backup.Persistence.Journal;

/// <summary>
/// Events to bytes and back. Every type has a manifest with a version, `job.fragment-closed.1`, and is UTF-8 JSON. A
/// type only gains optional last fields; a change beyond that is a new type with the next version, and the old one
/// stays readable.
/// </summary>
public static class JournalCodec
{
    private static readonly IReadOnlyList<(string Manifest, JsonTypeInfo Type)> Known =
    [
        ("job.created.1", JournalJson.Default.Created),
        ("job.granted.1", JournalJson.Default.Granted),
        ("job.attempt-started.1", JournalJson.Default.AttemptStarted),
        ("job.session-opened.1", JournalJson.Default.SessionOpened),
        ("job.fragment-closed.1", JournalJson.Default.FragmentClosed),
        ("job.client-finished.1", JournalJson.Default.ClientFinished),
        ("job.storage-finished.1", JournalJson.Default.StorageFinished),
        ("job.attempt-lost.1", JournalJson.Default.AttemptLost),
        ("job.client-released.1", JournalJson.Default.ClientReleased),
        ("job.storage-released.1", JournalJson.Default.StorageReleased),
        ("job.resumed.1", JournalJson.Default.Resumed),
        ("job.cancel-requested.1", JournalJson.Default.CancelRequested),
        ("job.scripts-ended.1", JournalJson.Default.ScriptsEnded),
        ("job.request-assigned.1", JournalJson.Default.RequestAssigned),
        ("job.ended.1", JournalJson.Default.Ended),
    ];

    private static readonly Dictionary<Type, (string Manifest, JsonTypeInfo Type)> ByType =
        Known.ToDictionary(one => one.Type.Type);

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
                $"The journal holds an event \"{manifest}\", which this version does not know. A newer version wrote "
                + $"it, or it is damaged.");
        }
        try
        {
            return JsonSerializer.Deserialize(bytes, type)
                ?? throw new JournalCorruptException($"The journal's event \"{manifest}\" is empty.");
        }
        catch (JsonException error)
        {
            throw new JournalCorruptException($"The journal's event \"{manifest}\" cannot be read: {error.Message}",
                error);
        }
    }

    private static (string Manifest, JsonTypeInfo Type) Codec(object value) =>
        ByType.TryGetValue(value.GetType(), out var codec)
            ? codec
            : throw new JournalCorruptException(
                $"{value.GetType()} has no codec in the journal: add it to {nameof(JournalCodec)}.");
}

using System.Text.Json.Serialization;

namespace Backup.Persistence.Journal;

/// <summary>
/// The generated readers and writers of journal events. Names of fields and of enum members are what the journal holds:
/// they never change. A field that is missing and not optional, or null and not nullable, is refused.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowOutOfOrderMetadataProperties = true,
    Converters =
    [
        typeof(JobIdConverter),
        typeof(EpochConverter),
        typeof(ImageIdConverter),
        typeof(DigestConverter),
        typeof(RequestIdConverter),
        typeof(PolicyNameConverter),
        typeof(ClientNameConverter),
        typeof(FileSetNameConverter),
        typeof(PoolNameConverter),
        typeof(VolumeNameConverter),
        typeof(LibraryNameConverter),
    ])]
[JsonSerializable(typeof(JobEvents.Created))]
[JsonSerializable(typeof(JobEvents.Granted))]
[JsonSerializable(typeof(JobEvents.AttemptStarted))]
[JsonSerializable(typeof(JobEvents.SessionOpened))]
[JsonSerializable(typeof(JobEvents.FragmentClosed))]
[JsonSerializable(typeof(JobEvents.ClientFinished))]
[JsonSerializable(typeof(JobEvents.StorageFinished))]
[JsonSerializable(typeof(JobEvents.AttemptLost))]
[JsonSerializable(typeof(JobEvents.ClientReleased))]
[JsonSerializable(typeof(JobEvents.StorageReleased))]
[JsonSerializable(typeof(JobEvents.Resumed))]
[JsonSerializable(typeof(JobEvents.CancelRequested))]
[JsonSerializable(typeof(JobEvents.ScriptsEnded))]
[JsonSerializable(typeof(JobEvents.RequestAssigned))]
[JsonSerializable(typeof(JobEvents.Ended))]
internal sealed partial class JournalJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Backup.Persistence.Journal;

/// <summary>
/// The generated readers and writers of journal events. Names of fields and of enum members are what the journal holds: they never
/// change. A field that is missing and not optional, or null and not nullable, is refused.
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
[JsonSerializable(typeof(BackupEvents.Created), TypeInfoPropertyName = "BackupCreated")]
[JsonSerializable(typeof(BackupEvents.AttemptStarted), TypeInfoPropertyName = "BackupAttemptStarted")]
[JsonSerializable(typeof(BackupEvents.ResourcesGranted), TypeInfoPropertyName = "BackupResourcesGranted")]
[JsonSerializable(typeof(BackupEvents.TransferStarted), TypeInfoPropertyName = "BackupTransferStarted")]
[JsonSerializable(typeof(BackupEvents.FragmentClosed), TypeInfoPropertyName = "BackupFragmentClosed")]
[JsonSerializable(typeof(BackupEvents.AttemptLost), TypeInfoPropertyName = "BackupAttemptLost")]
[JsonSerializable(typeof(BackupEvents.CancelRequested), TypeInfoPropertyName = "BackupCancelRequested")]
[JsonSerializable(typeof(BackupEvents.ImageSealed), TypeInfoPropertyName = "BackupImageSealed")]
[JsonSerializable(typeof(BackupEvents.Ended), TypeInfoPropertyName = "BackupEnded")]
[JsonSerializable(typeof(RestoreEvents.Created), TypeInfoPropertyName = "RestoreCreated")]
[JsonSerializable(typeof(RestoreEvents.AttemptStarted), TypeInfoPropertyName = "RestoreAttemptStarted")]
[JsonSerializable(typeof(RestoreEvents.ResourcesGranted), TypeInfoPropertyName = "RestoreResourcesGranted")]
[JsonSerializable(typeof(RestoreEvents.TransferStarted), TypeInfoPropertyName = "RestoreTransferStarted")]
[JsonSerializable(typeof(RestoreEvents.FragmentRestored), TypeInfoPropertyName = "RestoreFragmentRestored")]
[JsonSerializable(typeof(RestoreEvents.AttemptLost), TypeInfoPropertyName = "RestoreAttemptLost")]
[JsonSerializable(typeof(RestoreEvents.CancelRequested), TypeInfoPropertyName = "RestoreCancelRequested")]
[JsonSerializable(typeof(RestoreEvents.Ended), TypeInfoPropertyName = "RestoreEnded")]
[JsonSerializable(typeof(VerifyEvents.Created), TypeInfoPropertyName = "VerifyCreated")]
[JsonSerializable(typeof(VerifyEvents.AttemptStarted), TypeInfoPropertyName = "VerifyAttemptStarted")]
[JsonSerializable(typeof(VerifyEvents.ResourcesGranted), TypeInfoPropertyName = "VerifyResourcesGranted")]
[JsonSerializable(typeof(VerifyEvents.ComparisonStarted), TypeInfoPropertyName = "VerifyComparisonStarted")]
[JsonSerializable(typeof(VerifyEvents.FragmentVerified), TypeInfoPropertyName = "VerifyFragmentVerified")]
[JsonSerializable(typeof(VerifyEvents.AttemptLost), TypeInfoPropertyName = "VerifyAttemptLost")]
[JsonSerializable(typeof(VerifyEvents.CancelRequested), TypeInfoPropertyName = "VerifyCancelRequested")]
[JsonSerializable(typeof(VerifyEvents.Ended), TypeInfoPropertyName = "VerifyEnded")]
internal sealed partial class JournalJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Messages.Jobs;

namespace Backup.Media.Packets;

/// <summary>Why a data connection ends early: the failure as JSON, with the codes of
/// <see cref="JobFailure"/>.</summary>
public static class AbortBody
{
    /// <summary>Writes it; a failure with too long a text is told by its sentence alone.</summary>
    /// <param name="failure">Why.</param>
    public static byte[] Write(JobFailure failure)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(failure, AbortJson.Default.JobFailure);
        return bytes.Length <= PacketHeader.AbortMax
            ? bytes
            : JsonSerializer.SerializeToUtf8Bytes(new JobFailure.Internal("The other side's reason is too long to "
                + "tell; see its log."), AbortJson.Default.JobFailure);
    }

    /// <summary>Reads it; null where it cannot be, or is of a newer version.</summary>
    /// <param name="payload">Not trusted.</param>
    public static JobFailure? Read(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, AbortJson.Default.JobFailure);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>The generated reader and writer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowOutOfOrderMetadataProperties = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(JobFailure))]
internal sealed partial class AbortJson : JsonSerializerContext;

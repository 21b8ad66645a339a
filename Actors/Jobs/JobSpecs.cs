using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Jobs;

/// <summary>Job definitions and reports as the JSON that the catalog's rows hold.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, Converters = [typeof(DigestText)])]
[JsonSerializable(typeof(JobSpec))]
[JsonSerializable(typeof(JobReport))]
internal sealed partial class JobJson : JsonSerializerContext;

/// <summary>A digest as 64 digits: by itself it has no member that JSON would show.</summary>
internal sealed class DigestText : JsonConverter<Sha256Digest>
{
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Sha256Digest.TryParse(reader.GetString(), out var digest)
            ? digest : throw new JsonException("Expected 64 hexadecimal digits.");

    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>Job definitions as the catalog's rows hold them.</summary>
public static class JobSpecs
{
    /// <summary>The JSON of a definition.</summary>
    /// <param name="spec">Any definition.</param>
    public static string Write(JobSpec spec) => JsonSerializer.Serialize(spec, JobJson.Default.JobSpec);

    /// <summary>The definition in a row.</summary>
    /// <param name="json">What <see cref="Write(JobSpec)"/> made.</param>
    /// <exception cref="JsonException">Something else.</exception>
    public static JobSpec Read(string json) =>
        JsonSerializer.Deserialize(json, JobJson.Default.JobSpec)
        ?? throw new JsonException("A job's definition is null.");

    /// <summary>The JSON of a report.</summary>
    /// <param name="report">Any report.</param>
    public static string Write(JobReport report) => JsonSerializer.Serialize(report, JobJson.Default.JobReport);

    /// <summary>The report in a row.</summary>
    /// <param name="json">What <see cref="Write(JobReport)"/> made; null: there is none.</param>
    public static JobReport? ReadReport(string? json) =>
        json is null ? null : JsonSerializer.Deserialize(json, JobJson.Default.JobReport);
}

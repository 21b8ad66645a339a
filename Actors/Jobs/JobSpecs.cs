using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Jobs;

/// <summary>Job definitions and reports as the JSON that the catalog's rows hold.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(JobSpec))]
[JsonSerializable(typeof(JobReport))]
internal sealed partial class JobJson : JsonSerializerContext;

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

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Host.Operations;

/// <summary>Ids and names as plain text or numbers in JSON: "nightly", 12, "5f1c…", "tapes/0".</summary>
internal static class WireText
{
    public static IEnumerable<JsonConverter> Converters =>
    [
        new JobNumber(),
        new Text<ImageId>(text => ImageId.TryParse(text, out var image) ? image : null),
        new Text<RequestId>(text => text.Length is > 0 and <= 128 ? new RequestId(text) : null),
        new Text<PolicyName>(text => IsName(text) ? new PolicyName(text) : null),
        new Text<ClientName>(text => IsName(text) ? new ClientName(text) : null),
        new Text<NodeName>(text => IsName(text) ? new NodeName(text) : null),
        new Text<FileSetName>(text => IsName(ChosenFiles.WholeOf(text)) ? new FileSetName(text) : null),
        new Text<PoolName>(text => IsName(text) ? new PoolName(text) : null),
        new Text<VolumeName>(text => IsName(text) ? new VolumeName(text) : null),
        new Text<LibraryName>(text => IsName(text) ? new LibraryName(text) : null),
        new Text<DriveId>(Drive),
    ];

    /// <summary>The rule of all names: letters, digits, dot, dash, underscore; 1 to 64 characters.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= 64
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    /// <summary>A drive, as `tapes/0`; null: it is none.</summary>
    public static DriveId? Drive(string text)
    {
        var cut = text.LastIndexOf('/');
        return cut > 0 && IsName(text[..cut])
            && int.TryParse(text.AsSpan(cut + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new DriveId(new LibraryName(text[..cut]), number)
            : null;
    }

    private sealed class Text<T>(Func<string, T?> parse) : JsonConverter<T> where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && parse(reader.GetString()!) is { } value
                ? value
                : throw new JsonException($"Expected a {typeof(T).Name}.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }

    private sealed class JobNumber : JsonConverter<JobId>
    {
        public override JobId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number > 0
                ? new JobId(number)
                : throw new JsonException("Expected a job number of 1 or more.");

        public override void Write(Utf8JsonWriter writer, JobId value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Value);
    }
}

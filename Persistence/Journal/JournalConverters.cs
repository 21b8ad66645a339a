using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Journal;

/// <summary>A value that is one JSON string.</summary>
internal abstract class TextConverter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException($"Expected text for {typeof(T).Name}, found {reader.TokenType}.");
        return read(reader.GetString()!);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
}

/// <summary>A value that is one JSON number.</summary>
internal abstract class NumberConverter<T>(Func<T, long> write, Func<long, T> read) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value))
            throw new JsonException($"Expected a whole number for {typeof(T).Name}, found {reader.TokenType}.");
        return read(value);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(write(value));
}

internal sealed class JobIdConverter() : NumberConverter<JobId>(value => value.Value, number => new JobId(number));

internal sealed class EpochConverter() : NumberConverter<Epoch>(value => value.Value, number => new Epoch(number));

internal sealed class ImageIdConverter() : TextConverter<ImageId>(
    value => value.ToString(),
    text => ImageId.TryParse(text, out var image) ? image : throw new JsonException($"Expected 32 hexadecimal digits, found \"{text}\"."));

internal sealed class DigestConverter() : TextConverter<Sha256Digest>(
    value => value.ToString(),
    text => Sha256Digest.TryParse(text, out var digest) ? digest : throw new JsonException($"Expected 64 hexadecimal digits, found \"{text}\"."));

internal sealed class RequestIdConverter() : TextConverter<RequestId>(value => value.Value, text => new RequestId(text));

internal sealed class PolicyNameConverter() : TextConverter<PolicyName>(value => value.Value, text => new PolicyName(text));

internal sealed class ClientNameConverter() : TextConverter<ClientName>(value => value.Value, text => new ClientName(text));

internal sealed class FileSetNameConverter() : TextConverter<FileSetName>(value => value.Value, text => new FileSetName(text));

internal sealed class PoolNameConverter() : TextConverter<PoolName>(value => value.Value, text => new PoolName(text));

internal sealed class VolumeNameConverter() : TextConverter<VolumeName>(value => value.Value, text => new VolumeName(text));

internal sealed class LibraryNameConverter() : TextConverter<LibraryName>(value => value.Value, text => new LibraryName(text));

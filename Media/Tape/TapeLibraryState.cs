using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Media.Posix;
using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>What no changer and no drive remembers, in a file of the node. A file that is lost costs numbers.</summary>
internal sealed class TapeLibraryState
{
    private readonly string _file;
    private readonly Dictionary<string, KeptTape> _tapes;
    private readonly Dictionary<string, int> _cleanings;

    private TapeLibraryState(string file, KeptTapes kept) => (_file, _tapes, _cleanings) =
        (file, new(kept.Tapes, StringComparer.Ordinal), new(kept.Cleanings, StringComparer.Ordinal));

    public static TapeLibraryState Open(string file)
    {
        try
        {
            if (File.Exists(file)
                && JsonSerializer.Deserialize(File.ReadAllBytes(file), KeptTapesJson.Default.KeptTapes) is { } kept)
                return new TapeLibraryState(file, kept);
        }
        catch (JsonException)
        {
            File.Move(file, file + ".damaged", overwrite: true); // for whoever asks; counting begins anew
        }
        return new TapeLibraryState(file, new KeptTapes([], []));
    }

    public (long Bytes, int Files) Measure(VolumeName volume) =>
        _tapes.TryGetValue(volume.Value, out var tape) ? (tape.Bytes, tape.Files) : (0, 0);

    /// <summary>What was written in one load, and how many tape files there are then.</summary>
    public void Note(VolumeName volume, (long Bytes, int Files) written)
    {
        if (written.Bytes == 0) return;
        var (bytes, files) = Measure(volume);
        _tapes[volume.Value] = new KeptTape(bytes + written.Bytes, Math.Max(files, written.Files));
        Keep();
    }

    public void Forget(VolumeName volume)
    {
        if (_tapes.Remove(volume.Value)) Keep();
    }

    public int CleanedWith(string name) => _cleanings.GetValueOrDefault(name);

    public void CountCleaning(string name)
    {
        _cleanings[name] = CleanedWith(name) + 1;
        Keep();
    }

    private void Keep() => Durable.WriteAtomically(
        _file, JsonSerializer.SerializeToUtf8Bytes(new KeptTapes(_tapes, _cleanings), KeptTapesJson.Default.KeptTapes));
}

internal sealed record KeptTapes(Dictionary<string, KeptTape> Tapes, Dictionary<string, int> Cleanings);

internal sealed record KeptTape(long Bytes, int Files);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(KeptTapes))]
internal sealed partial class KeptTapesJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// What a storage node knows of the volumes of one library without asking anybody: kept in a file of its own, so that a
/// volume that failed is not tried again after a restart. Not for two threads at a time.
/// </summary>
internal sealed class VolumeBook
{
    /// <summary>What is said of a volume without a label, which may be labelled.</summary>
    public const string Blank = "a blank medium";

    /// <summary>Requests that are remembered; nobody repeats one after so many others.</summary>
    private const int IntentsMax = 200;

    private readonly string _file;
    private readonly Dictionary<VolumeName, KnownVolume> _volumes = [];
    private readonly Dictionary<VolumeName, string> _unusable = [];
    private readonly List<LabelIntent> _intents = [];

    /// <summary>Runs that are remembered: what begins after so many others is none of them.</summary>
    private const int RunsMax = 50;

    private readonly List<KeptRun> _runs = [];

    private VolumeBook(string file) => _file = file;

    /// <summary>The library's identity; null when this node has never opened it.</summary>
    public LibraryId? Library { get; private set; }

    /// <summary>All volumes with a good label.</summary>
    public IReadOnlyCollection<KnownVolume> Volumes => _volumes.Values;

    public static VolumeBook Open(string file)
    {
        var book = new VolumeBook(file);
        if (!File.Exists(file)) return book;
        var kept = JsonSerializer.Deserialize(File.ReadAllBytes(file), VolumeBookJson.Default.KeptBook)!;
        if (LibraryId.TryParse(kept.Library, out var library)) book.Library = library;
        foreach (var volume in kept.Volumes)
        {
            if (!VolumeId.TryParse(volume.Id, out var id)) continue;
            var name = new VolumeName(volume.Name);
            book._volumes[name] = new KnownVolume(
                new VolumeIdentity(name, id), new PoolName(volume.Pool), volume.State, volume.LabelledAt,
                volume.Error, null, VolumeId.TryParse(volume.Replaces, out var replaced) ? replaced : null)
            {
                FirstWritten = volume.FirstWritten,
                LastWritten = volume.LastWritten,
                Images = volume.Images,
                TapeFiles = volume.TapeFiles,
                Note = volume.Note,
                Before = volume.Before,
                IsExported = volume.Exported,
            };
        }
        book._runs.AddRange(kept.Runs ?? []);
        foreach (var intent in kept.Labelling ?? [])
            if (VolumeId.TryParse(intent.Id, out var id))
                book._intents.Add(new LabelIntent(
                    new RequestId(intent.Request), new VolumeIdentity(new VolumeName(intent.Name), id)));
        return book;
    }

    public void Know(LibraryId library)
    {
        if (Library == library) return;
        Library = library;
        Keep();
    }

    public KnownVolume? Find(VolumeName volume) => _volumes.GetValueOrDefault(volume);

    public KnownVolume? InDrive(int drive) => _volumes.Values.FirstOrDefault(volume => volume.Drive == drive);

    /// <summary>Which volume an operator's request labels; null when it is new.</summary>
    public VolumeIdentity? IntendedBy(RequestId request) =>
        _intents.Find(intent => intent.Request == request)?.Volume;

    /// <summary>The volumes of all requests whose ids begin so, in their order.</summary>
    public IReadOnlyList<VolumeIdentity> IntendedUnder(string prefix) => [.. _intents
        .Where(intent => intent.Request.Value.StartsWith(prefix, StringComparison.Ordinal))
        .Select(intent => intent.Volume)];

    /// <summary>
    /// Kept before a label is written: a request that is repeated, also after a crash, labels the same volume.
    /// </summary>
    public void Intend(RequestId request, VolumeIdentity volume)
    {
        if (_intents.Count == IntentsMax) _intents.RemoveAt(0);
        _intents.Add(new LabelIntent(request, volume));
        Keep();
    }

    /// <summary>The volumes on which backups of a run of a plan began to write.</summary>
    public IReadOnlyCollection<VolumeName> WrittenBy(string run) =>
        [.. (_runs.Find(kept => kept.Run == run)?.Volumes ?? []).Select(volume => new VolumeName(volume))];

    /// <summary>A backup of a run begins to write on a volume: kept, as a restart gives it no further ones.</summary>
    public void Write(string run, VolumeName volume)
    {
        var at = _runs.FindIndex(kept => kept.Run == run);
        if (at >= 0 && _runs[at].Volumes.Contains(volume.Value)) return;
        if (at < 0 && _runs.Count == RunsMax) _runs.RemoveAt(0);
        if (at < 0) _runs.Add(new KeptRun(run, [volume.Value]));
        else _runs[at] = new KeptRun(run, [.. _runs[at].Volumes, volume.Value]);
        Keep();
    }

    /// <summary>True when its label was sought and nothing was found.</summary>
    public bool IsBlank(string volume) => _unusable.GetValueOrDefault(new VolumeName(volume)) == Blank;

    public string? WhyUnusable(VolumeName volume) => _unusable.GetValueOrDefault(volume);

    /// <summary>The volume cannot be used as long as this process runs, or until its label reads well.</summary>
    public void Unusable(VolumeName volume, string why) => _unusable[volume] = why;

    public void Put(KnownVolume volume)
    {
        var before = _volumes.GetValueOrDefault(volume.Identity.Name);
        _volumes[volume.Identity.Name] = volume;
        _unusable.Remove(volume.Identity.Name);
        if (before is null || before with { Drive = volume.Drive } != volume) Keep();
    }

    private void Keep() => Durable.WriteAtomically(_file, JsonSerializer.SerializeToUtf8Bytes(
        new KeptBook(
            Library?.ToString() ?? "",
            [
                .. _volumes.Values.Select(volume => new KeptVolume(
                    volume.Identity.Name.Value, volume.Identity.Id.ToString(), volume.Pool.Value, volume.State,
                    volume.LabelledAt, volume.Error, volume.Replaces?.ToString(), volume.FirstWritten,
                    volume.LastWritten, volume.Images, volume.TapeFiles, volume.Note, volume.Before,
                    volume.IsExported)),
            ],
            [
                .. _intents.Select(intent => new KeptIntent(
                    intent.Request.Value, intent.Volume.Name.Value, intent.Volume.Id.ToString())),
            ],
            _runs.Count > 0 ? _runs : null),
        VolumeBookJson.Default.KeptBook));
}

/// <summary>A volume whose label was read.</summary>
/// <param name="Identity">Name and identity on its label.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="State">What it may be used for.</param>
/// <param name="LabelledAt">When it was labelled.</param>
/// <param name="Error">Why it is in error; null otherwise.</param>
/// <param name="Drive">The drive it is in; null in its slot.</param>
/// <param name="Replaces">The identity that it had before it was labelled anew; null: none is known.</param>
internal sealed record KnownVolume(
    VolumeIdentity Identity, PoolName Pool, VolumeState State, DateTimeOffset LabelledAt, string? Error, int? Drive,
    VolumeId? Replaces)
{
    /// <summary>When data was first written to it; null: never, or before this was kept.</summary>
    public DateTimeOffset? FirstWritten { get; init; }

    /// <summary>When data was last written to it; null: never, or before this was kept.</summary>
    public DateTimeOffset? LastWritten { get; init; }

    /// <summary>Sessions that wrote to it: an image each.</summary>
    public int Images { get; init; }

    /// <summary>Of one that may be labelled anew: tape files that were on it when nothing of them was kept.</summary>
    public int TapeFiles { get; init; }

    /// <summary>Why an operator has set its state; null: nobody has, or said nothing.</summary>
    public string? Note { get; init; }

    /// <summary>Of one that was taken to another place: the state that it had before; null: it was not.</summary>
    public VolumeState? Before { get; init; }

    /// <summary>Whether an operator put it into an import/export slot, to be taken out: no job takes it.</summary>
    public bool IsExported { get; init; }
}

/// <summary>A request that labels a volume.</summary>
internal sealed record LabelIntent(RequestId Request, VolumeIdentity Volume);

internal sealed record KeptBook(
    string Library, IReadOnlyList<KeptVolume> Volumes, IReadOnlyList<KeptIntent>? Labelling = null,
    IReadOnlyList<KeptRun>? Runs = null);

internal sealed record KeptRun(string Run, IReadOnlyList<string> Volumes);

internal sealed record KeptVolume(
    string Name, string Id, string Pool, VolumeState State, DateTimeOffset LabelledAt, string? Error,
    string? Replaces = null, DateTimeOffset? FirstWritten = null, DateTimeOffset? LastWritten = null, int Images = 0,
    int TapeFiles = 0, string? Note = null, VolumeState? Before = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Exported = false);

internal sealed record KeptIntent(string Request, string Name, string Id);

[JsonSourceGenerationOptions(UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(KeptBook))]
internal sealed partial class VolumeBookJson : JsonSerializerContext;

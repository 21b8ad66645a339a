using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// How a library and its drives are and what happened to them, for whoever asks while their threads work. From any
/// thread.
/// </summary>
/// <param name="options">The library, with its drives and those of its spool.</param>
/// <param name="clock">The clock.</param>
/// <param name="books">What is kept of its drives; null: nothing is.</param>
internal sealed class LibraryRings(LibraryOptions options, TimeProvider clock, DriveBooks? books = null)
{
    private readonly EventRing _library = new(clock, "closed");
    private readonly IReadOnlyList<EventRing> _drives =
        [.. Enumerable.Range(0, options.DrivesInAll).Select(_ => new EventRing(clock, "closed"))];

    private Func<IReadOnlyList<MountRequest>> _awaited = () => [];
    private Func<SpoolState?> _spool = () => null;

    /// <summary>The library can be used.</summary>
    /// <param name="awaited">What is asked of people in this library now; from any thread.</param>
    /// <param name="spool">How its spool is; null: it has none. From any thread.</param>
    public void Opened(Func<IReadOnlyList<MountRequest>> awaited, Func<SpoolState?> spool)
    {
        Volatile.Write(ref _awaited, awaited);
        Volatile.Write(ref _spool, spool);
        _library.Become("open", "open", "opened", $"Library {options.Library} is open.");
        foreach (var drive in _drives)
            drive.Become("idle", "idle", "opened", $"Library {options.Library} is open.");
    }

    /// <summary>The library cannot be used.</summary>
    /// <param name="why">The sentence.</param>
    public void Closed(string why)
    {
        _library.Become("closed", "closed", "closed", why, why);
        foreach (var drive in _drives) drive.Become("closed", "closed", "closed", why, why);
    }

    /// <summary>A session has the drive, with nothing in it yet.</summary>
    public void Held(int drive, JobId job) => Become(
        drive, "held", $"job {job}", "held", $"Job {job} has drive {Id(drive)}.");

    /// <summary>A session has a volume in the drive.</summary>
    public void Mounted(int drive, JobId job, VolumeName volume) => Become(
        drive, "mounted", $"job {job}, volume {volume}", "mounted",
        $"Volume {volume} is in drive {Id(drive)} for job {job}.");

    /// <summary>The session that has the drive waits for a volume.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="job">The session's job.</param>
    /// <param name="why">What is not there, as a sentence.</param>
    public void Waits(int drive, JobId job, string why) => Become(
        drive, "waiting", $"job {job} waits for a volume", "waits", $"Job {job} waits in drive {Id(drive)}: {why}",
        why);

    /// <summary>The session has the drive as before, and what it asked for failed.</summary>
    public void Failed(int drive, JobId job, string why)
    {
        Note(drive, "mount-failed", $"Drive {Id(drive)}, job {job}: {why}");
        Held(drive, job);
    }

    /// <summary>The volume in the drive takes no more data.</summary>
    public void Retired(int drive, JobId job, VolumeState state, string? error)
    {
        var why = error is null ? "." : $": {error}";
        Note(drive, "retired", $"The volume in drive {Id(drive)} is {state.ToString().ToLowerInvariant()}{why}");
        Held(drive, job);
    }

    /// <summary>The session is done with the drive.</summary>
    public void Released(int drive, JobId job) =>
        Become(drive, "idle", "idle", "released", $"Job {job} gave drive {Id(drive)} back.");

    /// <summary>Something happened to a drive that changes nothing of who has it.</summary>
    public void Note(int drive, string code, string text)
    {
        _library.Note(code, text);
        _drives[drive].Note(code, text);
    }

    /// <summary>Something happened to the library.</summary>
    public void Note(string code, string text) => _library.Note(code, text);

    /// <summary>What a drive does now.</summary>
    public string Doing(int drive) => _drives[drive].Doing is "idle" && books?.DisabledOf(Id(drive)) is { } disabled
        ? disabled.Sentence() : _drives[drive].Doing;

    /// <summary>How it is; null: there is no such drive.</summary>
    /// <param name="look">The question, about this library or a drive of it.</param>
    public ObjectShown? Show(NodeProtocol.Look look)
    {
        var awaited = Volatile.Read(ref _awaited)();
        if (look.Kind == ObjectKind.Library)
        {
            var shown = _library.Show(look.Kind, look.Name, look.EventsMax);
            return shown with
            {
                WaitsFor = [.. shown.WaitsFor, .. Sentences(awaited)],
                Spool = Volatile.Read(ref _spool)(),
                History = books?.HistoryOf(options.Library),
            };
        }
        if (ObjectLook.DriveOf(look.Name) is not { } drive || options.IndexOf(drive) is not { } at) return null;
        var waits = Sentences(awaited.Where(request => request.Drive.Number == drive.Number));
        var one = _drives[at].Show(look.Kind, look.Name, look.EventsMax);
        if (waits.Count > 0) one = one with { WaitsFor = waits };
        if (books?.HistoryOf(drive) is { } history) one = one with { History = history };
        return books?.DisabledOf(drive) is not { } disabled ? one : one with
        {
            State = one.State == "idle" ? "disabled" : one.State,
            Disabled = disabled,
        };
    }

    private static IReadOnlyList<string> Sentences(IEnumerable<MountRequest> awaited) =>
        [.. awaited.Select(request => WaitText.Sentence(new WaitReason.VolumeAwaited(request)))];

    private void Become(int drive, string state, string what, string code, string text, string? waitsFor = null)
    {
        if (!_drives[drive].Become(state, what, code, text, waitsFor)) return;
        _library.Note(code, text);
    }

    private DriveId Id(int drive) => options.IdOf(drive);
}

/// <summary>The rings of all libraries of a node; they outlive the tries to open one. State of one actor.</summary>
/// <param name="books">What is kept of their drives.</param>
internal sealed class RingShelf(DriveBooks books)
{
    private readonly Dictionary<LibraryName, LibraryRings> _rings = [];

    /// <summary>Those of a library.</summary>
    public LibraryRings Of(LibraryOptions library)
    {
        if (!_rings.TryGetValue(library.Library, out var rings))
            _rings[library.Library] = rings = new LibraryRings(library, TimeProvider.System, books);
        return rings;
    }

    /// <summary>Of what is in memory: a drive that is busy keeps nobody waiting.</summary>
    public NodeProtocol.Looked Show(NodeProtocol.Look look) =>
        new(_rings.GetValueOrDefault(new LibraryName(look.LibraryName()))?.Show(look));
}

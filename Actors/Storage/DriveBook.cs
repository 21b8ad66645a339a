using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Media.Posix;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// What a storage node keeps of the drives of one library, in a file of its own, which is there also while the library
/// cannot be opened. From any thread.
/// </summary>
internal sealed partial class DriveBook
{
    /// <summary>Requests that are remembered; nobody repeats one after so many others.</summary>
    private const int RequestsMax = 50;

    private readonly Lock _turn = new();
    private readonly string _file;
    private readonly SortedDictionary<int, DisabledDrive> _disabled = [];
    private readonly List<string> _requests = [];
    private DateTimeOffset? _since;
    private string? _identity;

    private DriveBook(string file) => _file = file;

    /// <summary>Since when the library is this node's, and its identity; null before it was opened.</summary>
    public (DateTimeOffset Since, string Identity)? Held
    {
        get
        {
            lock (_turn) return _since is { } since && _identity is { } identity ? (since, identity) : null;
        }
    }

    /// <summary>The library was opened. One with another identity is another library.</summary>
    /// <param name="identity">Its identity.</param>
    /// <param name="now">The moment.</param>
    public void Opened(string identity, DateTimeOffset now)
    {
        lock (_turn)
        {
            if (_identity == identity) return;
            (_since, _identity) = (now, identity);
            Keep();
        }
    }

    /// <summary>The file, by that of the library's volumes.</summary>
    /// <param name="bookFile">As <see cref="VolumeBook"/> has it.</param>
    public static string FileOf(string bookFile) => $"{bookFile}.drives";

    /// <summary>Reads it; one that is not there is empty.</summary>
    /// <param name="library">The library.</param>
    /// <param name="file">Its file.</param>
    /// <exception cref="JsonException">It is damaged. It is not taken for empty: a drive would come back into use that
    /// somebody took out of it.</exception>
    public static DriveBook Open(LibraryName library, string file)
    {
        var book = new DriveBook(file);
        if (!File.Exists(file)) return book;
        var kept = JsonSerializer.Deserialize(File.ReadAllBytes(file), DriveBookJson.Default.KeptDrives)
            ?? throw new JsonException($"Expected what is known of drives in {file}, found nothing.");
        foreach (var drive in kept.Disabled)
            book._disabled[drive.Number] =
                new DisabledDrive(new DriveId(library, drive.Number), drive.Since, drive.By, drive.Why);
        book._requests.AddRange(kept.Requests);
        (book._since, book._identity) = (kept.Since, kept.Identity);
        book.Take(kept.Use, library);
        return book;
    }

    /// <summary>Since when, by whom and why a drive is disabled; null: it is not.</summary>
    /// <param name="number">The drive's number.</param>
    public DisabledDrive? DisabledOf(int number)
    {
        lock (_turn) return _disabled.GetValueOrDefault(number);
    }

    /// <summary>
    /// Takes a drive out of use, or into it. One that is disabled already keeps the moment since which it is.
    /// </summary>
    /// <param name="ask">The request; a repeated one changes nothing.</param>
    /// <param name="now">The moment.</param>
    /// <returns>As it is now; null: enabled.</returns>
    public DisabledDrive? Set(SetDrive ask, DateTimeOffset now)
    {
        lock (_turn)
        {
            var before = _disabled.GetValueOrDefault(ask.Drive.Number);
            if (_requests.Contains(ask.Request.Value)) return before;
            if (_requests.Count == RequestsMax) _requests.RemoveAt(0);
            _requests.Add(ask.Request.Value);
            if (ask.Use == DriveUse.Enabled) _disabled.Remove(ask.Drive.Number);
            else
                _disabled[ask.Drive.Number] = new DisabledDrive(
                    ask.Drive, before?.Since ?? now, ask.By ?? Somebody, ask.Reason ?? before?.Why);
            Keep();
            return _disabled.GetValueOrDefault(ask.Drive.Number);
        }
    }

    /// <summary>Who says so where nobody is named.</summary>
    public const string Somebody = "somebody";

    private void Keep() => Durable.WriteAtomically(_file, JsonSerializer.SerializeToUtf8Bytes(
        new KeptDrives(
            [
                .. _disabled.Values.Select(drive =>
                    new KeptDisabled(drive.Drive.Number, drive.Since, drive.By, drive.Why)),
            ],
            _requests,
            _since,
            _identity,
            KeptUse()),
        DriveBookJson.Default.KeptDrives));
}

internal sealed record KeptDrives(
    IReadOnlyList<KeptDisabled> Disabled, IReadOnlyList<string> Requests, DateTimeOffset? Since = null,
    string? Identity = null, KeptDriveUse? Use = null);

internal sealed record KeptDisabled(int Number, DateTimeOffset Since, string By, string? Why);

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(KeptDrives))]
internal sealed partial class DriveBookJson : JsonSerializerContext;

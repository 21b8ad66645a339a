using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Retention;

/// <summary>
/// Gives back the space of what was removed, where volumes are files on a disk, and lets volumes go that hold nothing
/// which is kept. What the medium says counts: a volume that holds something which the catalog does not know is left
/// alone, since the catalog may be an old copy.
/// </summary>
/// <param name="setup">What it works with.</param>
/// <param name="notes">Takes what was not done, and why.</param>
internal sealed class VolumeTending(RetentionSetup setup, List<string> notes)
{
    /// <summary>Tape files of one order: a message has its limit.</summary>
    private const int FilesMax = 5_000;

    private readonly List<VolumeName> _freed = [];

    /// <summary>Bytes that went back to disks.</summary>
    public long Bytes { get; private set; }

    /// <summary>Volumes that may be used again.</summary>
    public IReadOnlyList<VolumeName> Freed => _freed;

    /// <summary>Does it for all volumes.</summary>
    public async Task Tend()
    {
        var read = await setup.Catalog.Read(Look).ConfigureAwait(false);
        if (!read.Is(out var seen, out var failure))
        {
            notes.Add(CatalogFailureText.Sentence(failure));
            return;
        }
        var away = new HashSet<LibraryName>();
        foreach (var volume in seen.Volumes)
        {
            if (away.Contains(volume.Volume.Library)) continue;
            if (!await GiveBack(volume).ConfigureAwait(false)
                || (volume.IsEmpty && !await LetGo(volume.Volume, seen).ConfigureAwait(false)))
                away.Add(volume.Volume.Library);
        }
    }

    /// <summary>The volumes with which there is something to do.</summary>
    private static CatalogAnswer<Seen> Look(CatalogStore store)
    {
        if (!store.Volumes.List(new VolumeFilter()).Is(out var volumes, out var failure)
            || !store.Retention.Released().Is(out var released, out failure)
            || !store.Retention.Holdings().Is(out var holdings, out failure)
            || !store.Jobs.Unfinished().Is(out var jobs, out failure)) return failure;
        var held = holdings.Select(holding => holding.Volume).ToHashSet();
        var files = released.ToLookup(file => file.Position.Volume);
        // What a scan reads now may be wanted again
        var scans = jobs.Any(job => job.Kind == Messages.Jobs.JobKind.Scan);
        return new Seen(scans ? [] : [.. volumes.Select(volume => new Tended(
                volume,
                [.. files[volume.Name].Where(file => file.Uuid == volume.Uuid)],
                volume.State is VolumeState.Append or VolumeState.Full or VolumeState.Used
                    && volume.TapeFiles > 1 && !held.Contains(volume.Name)))
            .Where(tended => tended.Volume.State != VolumeState.Vaulted // it is asked when it is back
                && (tended.IsEmpty || tended.Released.Any(file => !file.IsGone)))]);
    }

    /// <returns>False when the library cannot be reached.</returns>
    private async Task<bool> GiveBack(Tended tended)
    {
        var volume = tended.Volume;
        foreach (var page in tended.Released.Where(file => !file.IsGone).Chunk(FilesMax))
        {
            if (!await AreReleased(volume, page).ConfigureAwait(false)) return true;
            var order = new VolumeProtocol.GiveBack(volume.Name, volume.Uuid, [.. page.Select(file => new TapeFileFound(
                file.Position.TapeFile, file.Key.Image, file.Key.Fragment, file.Key.Epoch))]);
            switch (await Ask(volume.Library, order).ConfigureAwait(false))
            {
                case VolumeProtocol.Done done:
                    Bytes += done.Bytes;
                    await setup.Catalog.Write(store => store.Retention.Gone(volume.Name, volume.Uuid, done.Files))
                        .ConfigureAwait(false);
                    break;
                case VolumeProtocol.NotDone refused:
                    notes.Add(refused.Why);
                    return true;
                default:
                    return false;
            }
        }
        return true;
    }

    /// <returns>False when the library cannot be reached.</returns>
    private async Task<bool> LetGo(VolumeRecord volume, Seen seen)
    {
        var answer = await Ask(volume.Library, new VolumeProtocol.Inspect(volume.Name, volume.Uuid))
            .ConfigureAwait(false);
        if (answer is VolumeProtocol.NotDone refused) notes.Add(refused.Why);
        if (answer is not VolumeProtocol.Inspected found) return answer is not null;
        if (await WhyKept(found, seen.ReleasedOn(volume)).ConfigureAwait(false) is { } why)
        {
            notes.Add($"Volume {volume.Name} is not used again: it holds {why}.");
            return true;
        }
        if (!await AreReleased(volume, []).ConfigureAwait(false)) return true;
        answer = await Ask(volume.Library, new VolumeProtocol.LetGo(volume.Name, volume.Uuid, found.TapeFiles))
            .ConfigureAwait(false);
        if (answer is VolumeProtocol.Done) _freed.Add(volume.Name);
        if (answer is VolumeProtocol.NotDone late) notes.Add(late.Why);
        return answer is not null;
    }

    /// <summary>Asked before each order: a scan that began since may find wanted what was released.</summary>
    private async Task<bool> AreReleased(VolumeRecord volume, IReadOnlyList<ReleasedFile> files)
    {
        var read = await setup.Catalog.Read<bool>(store =>
            !store.Jobs.Unfinished().Is(out var jobs, out var failure)
            || !store.Retention.Released(volume.Name).Is(out var released, out failure)
                ? failure
                : CatalogAnswer<bool>.Of(jobs.All(job => job.Kind != Messages.Jobs.JobKind.Scan)
                    && files.All(released.Contains))).ConfigureAwait(false);
        if (read.Is(out var are, out var unread) && are) return true;
        notes.Add(unread is null
            ? $"Volume {volume.Name} is left as it is: it is being scanned." : CatalogFailureText.Sentence(unread));
        return false;
    }

    private async Task<string?> WhyKept(
        VolumeProtocol.Inspected found, IReadOnlyDictionary<int, FragmentKey> released)
    {
        foreach (var file in found.Unknown)
            if (!released.ContainsKey(file)) return $"something in tape file {file} that cannot be read";
        // What a migration took out of use is of an image that lies elsewhere
        foreach (var key in found.Found
            .Select(file => (file.File, Key: new FragmentKey(file.Image, file.Fragment, file.Epoch)))
            .Where(file => !released.TryGetValue(file.File, out var known) || known != file.Key)
            .Select(file => file.Key).Distinct())
        {
            var read = await setup.Catalog.Read(store => store.Retention.WhyKept(key)).ConfigureAwait(false);
            if (!read.Is(out var why, out var failure)) return CatalogFailureText.Sentence(failure);
            if (why.Length > 0) return why;
        }
        return null;
    }

    /// <summary>Null when nobody answers; that is told once a library.</summary>
    private async Task<VolumeProtocol.IAnswer?> Ask(LibraryName library, VolumeProtocol.IWork work)
    {
        try
        {
            var answer = await setup.Nodes.Ask<object>(new NodeProtocol.ForVolume(library, work), setup.WorkWithin)
                .ConfigureAwait(false);
            if (answer is VolumeProtocol.IAnswer said) return said;
            notes.Add(answer is Refused refused ? refused.Sentence : $"Library {library} did not answer.");
        }
        catch (AskTimeoutException)
        {
            notes.Add($"Library {library} did not answer. Its volumes are looked after in the next run.");
        }
        return null;
    }

    private sealed record Tended(VolumeRecord Volume, IReadOnlyList<ReleasedFile> Released, bool IsEmpty);

    private sealed record Seen(IReadOnlyList<Tended> Volumes)
    {
        public IReadOnlyDictionary<int, FragmentKey> ReleasedOn(VolumeRecord volume) =>
            Volumes.First(tended => tended.Volume == volume).Released
                .ToDictionary(file => file.Position.TapeFile, file => file.Key);
    }
}

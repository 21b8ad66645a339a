using Akka.Actor;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// Does what operators ask of a library, on a drive that no job works with; the drives' own threads do it, one thing at
/// a time.
/// </summary>
/// <param name="library">The library.</param>
/// <param name="drives">Its drives' actors.</param>
internal sealed class MediaDesk(LibraryKeeper library, IReadOnlyList<IActorRef> drives)
{
    /// <summary>Answers that are remembered; nobody repeats a request after so many others.</summary>
    private const int AnswersMax = 100;

    /// <summary>Labels of one request: so many are remembered over restarts (<see cref="VolumeBook"/>).</summary>
    private const int LabelsMax = 100;

    /// <summary>Less than the asker waits (<see cref="Node.NodeFace"/>).</summary>
    private static readonly TimeSpan CleaningAnswer = TimeSpan.FromSeconds(90);

    private readonly Queue<(RequestId Request, Task<IReply> Answer)> _answers = [];

    /// <summary>
    /// Does it, once for a request id: what comes late a second time must not move what others have moved since. A
    /// refusal says why it is not done, and is not remembered.
    /// </summary>
    public Task<IReply> Answer(IMediaRequest request) => request switch
    {
        LabelVolume label => Label(label),
        LabelVolumes many => Once(many.Request, () => LabelMany(many)),
        MountVolume mount => Once(mount.Request, () => Mount(mount)),
        UnmountDrive unmount => Once(unmount.Request, () => Unmount(unmount)),
        VaultVolumes move => Once(move.Request, () => Task.Run(() => Move(move))),
        TakeInventory ask => Once(ask.Request, () => Inventory(ask)),
        ImportVolumes ask => Once(ask.Request, () => Import(ask)),
        ExportVolumes ask => Once(ask.Request, () => Task.Run(() => Done(() => library.Export(Names(ask.Volumes)!)))),
        MoveVolume ask => Once(
            ask.Request, () => Task.Run(() => Done(() => library.Move(ask.FromSlot, ask.ToSlot)))),
        CleanDrive clean => Once(clean.Request, () => Clean(clean)),
        UpdateVolume update => Once(update.Request, () => Task.Run(() => Changed(library.Update(update)))),
        _ => Task.FromResult<IReply>(
            new Refused(RefusalCode.BadRequest, $"{request.GetType().Name} is not known to this storage node.")),
    };

    /// <summary>Does what retention asks, on a drive that no job uses.</summary>
    public async Task<VolumeProtocol.IAnswer> Tend(VolumeProtocol.IWork work)
    {
        foreach (var drive in Enabled)
        {
            var tried = await On(drive, alsoWhileItWaits: false, () => library.Tend(drive, work))
                .ConfigureAwait(false);
            if (tried.InUseBy is not null) continue;
            if (work is VolumeProtocol.LetGo) library.Change();
            return tried.Answer switch
            {
                VolumeProtocol.IAnswer answer => answer,
                Refused refused => new VolumeProtocol.NotDone(work.Volume, refused.Sentence),
                _ => new VolumeProtocol.NotDone(work.Volume, $"Library {library.Name} did not answer."),
            };
        }
        return new VolumeProtocol.NotDone(
            work.Volume, $"All drives of library {library.Name} are used, or disabled.");
    }

    private Task<IReply> Once(RequestId request, Func<Task<IReply>> work)
    {
        lock (_answers)
        {
            var before = _answers.LastOrDefault(each => each.Request == request).Answer;
            if (before is { IsCompletedSuccessfully: false, IsCompleted: false }
                or { IsCompletedSuccessfully: true, Result: not Refused }) return before;
            var answer = work();
            _answers.Enqueue((request, answer));
            if (_answers.Count > AnswersMax) _answers.Dequeue();
            return answer;
        }
    }

    /// <summary>
    /// On an idle drive; if there is none, on one whose job waits for a volume: it is empty. Repeated, it is answered
    /// alike, though a job may write on the volume by now.
    /// </summary>
    private async Task<IReply> Label(LabelVolume ask, string? template = null)
    {
        if (library.LabelledBy(ask.Request) is { } before) return Labelled(before);
        var last = await OnFree(drive => library.Label(drive, ask, template)).ConfigureAwait(false);
        return last?.Answer is VolumeLabelled labelled ? Labelled(labelled) : Said(last);
    }

    /// <summary>As the other, if it is blank; null: it is left out without a word.</summary>
    private async Task<IReply?> LabelIfBlank(LabelVolume ask)
    {
        var last = await OnFree(drive => library.LabelIfBlank(drive, ask) ?? (object)LeftOut).ConfigureAwait(false);
        return ReferenceEquals(last?.Answer, LeftOut) ? null
            : last?.Answer is VolumeLabelled labelled ? Labelled(labelled) : Said(last);
    }

    private static readonly object LeftOut = new();

    private async Task<Tried?> OnFree(Func<int, object> work)
    {
        Tried? last = null;
        foreach (var alsoWhileItWaits in (bool[])[false, true])
            foreach (var drive in Enabled)
            {
                last = await On(drive, alsoWhileItWaits, () => work(drive)).ConfigureAwait(false);
                if (last.InUseBy is null) return last;
            }
        return last;
    }

    /// <summary>One after the other, each with an id of its own: jobs come to their volumes in between.</summary>
    private async Task<IReply> LabelMany(LabelVolumes ask)
    {
        var prefix = $"{ask.Request}#";
        if (ask.BarCodes) return await LabelByBarCode(ask, prefix).ConfigureAwait(false);
        if (library.NoTemplates is { } refused) return refused;
        var (done, skipped, jobs) = (new List<VolumeName>(), new List<string>(), new SortedSet<long>());
        foreach (var number in Enumerable.Range(1, Math.Min(ask.Count, LabelsMax)))
        {
            var one = new LabelVolume(new RequestId($"{prefix}{number}"), ask.Pool);
            var answer = await Label(one, ask.Template).ConfigureAwait(false);
            if (answer is VolumeLabelled labelled)
            {
                done.Add(labelled.Volume);
                jobs.UnionWith(labelled.Answers.Select(job => job.Value));
                continue;
            }
            if (done.Count == 0) return answer;
            skipped.Add(WhyNot(answer)); // the next one would be refused alike
            break;
        }
        return Told(ask, done, skipped, 0, jobs);
    }

    /// <summary>
    /// Each in one load, in which its label is read too where nobody has read it yet: with a changer that is what takes
    /// the time.
    /// </summary>
    private async Task<IReply> LabelByBarCode(LabelVolumes ask, string prefix)
    {
        var found = await Task.Run(() => Try(() => library.ByBarCode(prefix))).ConfigureAwait(false);
        if (found is Refused refused) return refused;
        var (names, others) = ((IReadOnlyList<VolumeName>, IReadOnlyList<string>))found;
        var (done, skipped, jobs) = (new List<VolumeName>(), others.ToList(), new SortedSet<long>());
        var looked = 0;
        foreach (var name in names)
        {
            if (done.Count == LabelsMax) break;
            looked++;
            var one = new LabelVolume(new RequestId($"{prefix}{name}"), ask.Pool, name);
            var answer = await LabelIfBlank(one).ConfigureAwait(false);
            if (answer is VolumeLabelled labelled)
            {
                done.Add(labelled.Volume);
                jobs.UnionWith(labelled.Answers.Select(job => job.Value));
            }
            else if (answer is not null) skipped.Add(WhyNot(answer));
        }
        return Told(ask, done, skipped, names.Count - looked, jobs);
    }

    private static string WhyNot(IReply answer) =>
        (answer as Refused)?.Sentence ?? $"Expected a label, found {answer.GetType().Name}.";

    private VolumesLabelled Told(
        LabelVolumes ask, IReadOnlyList<VolumeName> done, IReadOnlyList<string> skipped, int more,
        IEnumerable<long> jobs) =>
        new(ask.Pool, library.Name, done, skipped, more, [.. jobs.Select(job => new JobId(job))]);

    private IReply Labelled(VolumeLabelled labelled) => Changed(labelled with
    {
        Answers = JobsOf(library.Awaited.Where(request => request.Pool == labelled.Pool)),
    });

    /// <summary>Into the drive of a job that waits for it; else into an idle one.</summary>
    private async Task<IReply> Mount(MountVolume ask)
    {
        Tried? last = null;
        foreach (var drive in ask.Drive is { } named ? [named.Number] : DrivesFor(ask.Volume))
        {
            if (drive >= drives.Count) return NoSuchDrive();
            last = await On(drive, alsoWhileItWaits: ask.Drive is not null || Wants(drive, ask.Volume),
                () => (IReply?)library.Mount(drive, ask.Volume)
                    ?? new VolumeMounted(ask.Volume, new DriveId(library.Name, drive), []))
                .ConfigureAwait(false);
            if (last.InUseBy is not null) continue;
            if (last.Answer is not VolumeMounted mounted) return Said(last);
            var pool = library.PoolOf(ask.Volume);
            return Changed(mounted with
            {
                Answers = JobsOf(library.Awaited.Where(request => request.Volume == ask.Volume
                    || (request.Pool is not null && request.Pool == pool))),
            });
        }
        return Said(last);
    }

    private async Task<IReply> Unmount(UnmountDrive ask) => ask.Drive.Number >= drives.Count
        ? NoSuchDrive()
        : Said(await On(ask.Drive.Number, alsoWhileItWaits: true,
            () => new DriveUnmounted(ask.Drive, library.Unmount(ask.Drive.Number))).ConfigureAwait(false));

    /// <summary>
    /// Also a drive that is disabled: it is named. It may take longer than anybody waits, and is done all the same.
    /// </summary>
    private async Task<IReply> Clean(CleanDrive ask)
    {
        if (ask.Drive.Number >= drives.Count) return NoSuchDrive();
        var cleaning = On(ask.Drive.Number, alsoWhileItWaits: false, () => library.Clean(ask.Drive.Number));
        var first = await Task.WhenAny(cleaning, Task.Delay(CleaningAnswer)).ConfigureAwait(false);
        return first == cleaning ? Changed(Said(await cleaning.ConfigureAwait(false)))
            : new DriveCleaned(ask.Drive, null, 0, 0, IsDone: false);
    }

    /// <summary>Jobs that wait for a volume that is back look again.</summary>
    private IReply Move(VaultVolumes ask) => (IReply)Try(() =>
    {
        var volumes = ask.Volumes.Select(name => new VolumeName(name)).ToList();
        foreach (var volume in volumes)
            if (library.TakeOut(volume, ask.Place) is { } refused) return refused;
        return Changed(new VolumesVaulted(volumes, ask.Place));
    });

    /// <summary>
    /// The labels of those that are not known are read one by one, so that jobs come to their volumes in between.
    /// </summary>
    private async Task<IReply> Inventory(TakeInventory ask)
    {
        if (ask.ReadLabels)
            while (await OnIdle(drive => drive is { } idle && library.ReadNextLabel(idle)).ConfigureAwait(false)
                is true) { }
        return await OnIdle(drive => new InventoryTaken([library.Inventory(drive)])).ConfigureAwait(false)
            is IReply told ? Changed(told) : NoSuchDrive();
    }

    private async Task<IReply> Import(ImportVolumes ask) =>
        await OnIdle(drive => library.Import(drive, Names(ask.Volumes))).ConfigureAwait(false) is IReply told
            ? Changed(told) : NoSuchDrive();

    /// <summary>With the first drive that no session uses; where all are used, without one.</summary>
    private async Task<object?> OnIdle(Func<int?, object> work)
    {
        foreach (var drive in Enabled)
        {
            var tried = await On(drive, alsoWhileItWaits: false, () => work(drive)).ConfigureAwait(false);
            if (tried.InUseBy is null) return tried.Answer;
        }
        return await Task.Run(() => Try(() => work(null))).ConfigureAwait(false);
    }

    private IReply Done(Func<IReply> work) => Changed((IReply)Try(work));

    private static IReadOnlyList<VolumeName>? Names(IReadOnlyList<string>? names) =>
        names is null ? null : [.. names.Select(name => new VolumeName(name)).Distinct()];

    private IReadOnlyList<int> DrivesFor(VolumeName volume) =>
        [.. Enabled.OrderBy(drive => Wants(drive, volume) ? 0 : 1)];

    /// <summary>The drives that are not disabled: only who names one of the others has it.</summary>
    private IEnumerable<int> Enabled =>
        Enumerable.Range(0, drives.Count).Where(drive => library.DisabledOf(drive) is null);

    private bool Wants(int drive, VolumeName volume) => library.Awaited.Any(request => request.Drive.Number == drive
        && (request.Volume == volume || (request.Pool is not null && request.Pool == library.PoolOf(volume))));

    private Task<Tried> On(int drive, bool alsoWhileItWaits, Func<object> work)
    {
        var tried = new TaskCompletionSource<Tried>(TaskCreationOptions.RunContinuationsAsynchronously);
        drives[drive].Tell(
            new DriveProtocol.Operate(
                alsoWhileItWaits,
                () => tried.SetResult(new Tried(drive, Try(work), null)),
                holder => tried.SetResult(new Tried(drive, null, holder)),
                tried.SetException),
            ActorRefs.NoSender);
        return tried.Task;
    }

    /// <summary>A library that does not answer is the operator's to look after, and no fault of the drive.</summary>
    private static object Try(Func<object> work)
    {
        try
        {
            return work();
        }
        catch (JobFailureException failed)
        {
            return new Refused(RefusalCode.Unavailable, failed.Message);
        }
    }

    private IReply Changed(IReply answer)
    {
        library.Change();
        return answer;
    }

    private IReply Said(Tried? last) => last switch
    {
        { Answer: IReply answer } => answer,
        { InUseBy: { } holder } => new Refused(
            RefusalCode.Conflict,
            $"Drive {new DriveId(library.Name, last.Drive)} is used by job {holder.Job}. Wait until it has ended, or "
                + $"cancel it: `backup cancel {holder.Job}`."),
        null when library.DisabledOf(0) is { } disabled => new Refused(
            RefusalCode.Conflict,
            $"All drives of library {library.Name} are disabled; {disabled.Drive}: {disabled.Sentence()}. Enable one "
                + $"(`backup drive {disabled.Drive} enable`), or name it where the command takes a drive."),
        _ => NoSuchDrive(),
    };

    private Refused NoSuchDrive() => new(
        RefusalCode.BadRequest, drives.Count == 1
            ? $"Library {library.Name} has one drive, {new DriveId(library.Name, 0)}."
            : $"Library {library.Name} has {drives.Count} drives, numbered from 0.");

    private static IReadOnlyList<JobId> JobsOf(IEnumerable<MountRequest> requests) =>
        [.. requests.Select(request => request.Job)];

    /// <summary>What came of it on one drive.</summary>
    private sealed record Tried(int Drive, object? Answer, DriveHandle? InUseBy);
}

using Akka.Actor;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <content>Sessions that write what lies on volumes already, and which drive an order means.</content>
public sealed partial class StorageActor
{
    /// <summary>
    /// Where a copy is written with the image: in the first of its pools that lies in this library. Nobody is asked for
    /// a volume. Null: nowhere.
    /// </summary>
    private CopyDrive? SecondOf(StorageProtocol.OpenWrite write, OpenLibrary library)
    {
        if (write.Second is not { } second || library.Options.IndexOf(second) is null
            || _drives.DisabledOf(second) is not null) return null;
        var pools = (write.Spec.CopyTo ?? []).Where(library.Options.LabelPrefix.ContainsKey).ToList();
        if (pools.Count == 0) return null;
        var patience = new MountPatience(
            library.Keeper, write.Job, second, _options with { WaitForVolume = TimeSpan.Zero }, TimeProvider.System);
        return new CopyDrive(new DriveHandle(library.DriveOf(second), write.Job, patience), pools[0]);
    }

    private Props PropsOf(StorageProtocol.Merge merge, SessionStore store, DriveHandle drive)
    {
        var directory = _shelf.DirectoryOf(merge.Job);
        return MakeSession.Props(
            new MakeOrders(merge.Job, merge.Epoch, merge.Drive), _options, store, [drive], _uplink,
            context => new MergeWork(
                merge, context, directory, new VolumeWait(drive, context.Say, TimeProvider.System)));
    }

    private Props PropsOf(
        StorageProtocol.Copy copy, SessionStore store, OpenLibrary library, Func<DriveId, DriveHandle> handleOf)
    {
        var directory = _shelf.DirectoryOf(copy.Job);
        var writes = handleOf(copy.Drive);
        var spool = copy.Spec.FromSpool && library.Options.Spool is not null
            ? library.Options.SpoolReaderOf(copy.Drive) : (DriveId?)null;
        var reads = (spool ?? copy.Source) is { } source ? handleOf(source) : writes;
        var isAlone = copy.Source is null && copy.Spec.From == copy.Spec.Library;
        var (plane, buffered) = (_plane, _options.BufferedChunks);
        return MakeSession.Props(
            new MakeOrders(copy.Job, copy.Epoch, copy.Drive, isAlone ? 1 : 2), _options, store,
            ReferenceEquals(reads, writes) ? [writes] : [writes, reads], _uplink,
            context => new CopyWork(
                copy, context, directory, new VolumeWait(reads, context.Say, TimeProvider.System), writes, plane,
                buffered)
            {
                EmptySpool = spool is { } reader
                    ? () => library.Keeper.EmptySpool(library.Options.IndexOf(reader)!.Value, copy.Spec.Image) : null,
            });
    }

    /// <summary>
    /// What this node gives to another that copies it; the job's other half has an attempt of its own.
    /// </summary>
    private void BeginGiving(ClientProtocol.Give order)
    {
        var library = order.Drive.Library;
        OpenLibrary? open = null;
        var refused = _options.Libraries.FirstOrDefault(known => known.Library == library) is { } configured
            ? Open(configured, out open)
            : new JobFailure.LibraryError(library, "It is not configured on this node.");
        if (refused is null && open!.Options.IndexOf(order.Drive) is null)
            refused = new JobFailure.LibraryError(library, $"It was opened without a drive {order.Drive}.");
        if (refused is null && _drives.DisabledOf(order.Drive) is { } disabled)
            refused = new JobFailure.LibraryError(library, $"Drive {order.Drive} is {disabled.Sentence()}.");
        if (refused is not null)
        {
            _giving.Refuse(order, refused);
            return;
        }
        var handle = new DriveHandle(
            open!.DriveOf(order.Drive), order.Job,
            new MountPatience(open.Keeper, order.Job, order.Drive, _options, TimeProvider.System));
        var session = Context.Watch(Context.ActorOf(
            GiveSession.Props(order, _options, _plane, handle, _uplink), $"give-{order.Job}-epoch-{order.Epoch}"));
        IdleMemory.Begin();
        _giving.Begin(order, session);
    }

    private static DriveId DriveOf(StorageProtocol.ICommand order) => order switch
    {
        StorageProtocol.OpenWrite write => write.Drive,
        StorageProtocol.OpenRead read => read.Drive,
        StorageProtocol.CheckMedia check => check.Drive,
        StorageProtocol.Scan scan => scan.Drive,
        StorageProtocol.Merge merge => merge.Drive,
        StorageProtocol.Copy copy => copy.Drive,
        StorageProtocol.Scrub scrub => scrub.Drive,
        _ => throw new InvalidOperationException($"No drive is known for {order.GetType().Name}."),
    };

    private void StopHeld(JobId job)
    {
        if (_attempts.EpochOf(job) is { } epoch) _attempts.Stop(new StorageProtocol.Stop(job, epoch));
        if (_giving.EpochOf(job) is { } giving) _giving.Stop(new ClientProtocol.Stop(job, giving));
    }

    private static readonly AttemptWords GivingWords = new(
        (job, epoch) => new ClientProtocol.Unknown(job, epoch),
        (job, epoch) => new ClientProtocol.Stopped(job, epoch),
        (job, epoch, failure) => new ClientProtocol.Failed(job, epoch, failure),
        IsKept: report => report is ClientProtocol.Finished or ClientProtocol.Failed,
        IsLast: report => report is ClientProtocol.Finished or ClientProtocol.Failed,
        "The session that gives stopped without a word; see the node's log.");
}

using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <content>What operators and retention ask of libraries and drives.</content>
public sealed partial class StorageActor
{
    /// <summary>The answer goes to whoever asked, when the drive has done it.</summary>
    private void OnOperator(NodeProtocol.ForLibrary order)
    {
        if (order.Command is SetDrive set)
        {
            Sender.Tell(Set(set));
            return;
        }
        OpenLibrary? library = null;
        var refused = _options.Libraries.FirstOrDefault(known => known.Library == order.Library) is { } options
            ? Open(options, out library)
            : new JobFailure.LibraryError(order.Library, "It is not configured on this node.");
        if (refused is not null) Sender.Tell(new Refused(RefusalCode.Unavailable, FailureText.Sentence(refused)));
        else
            library!.Desk.Answer(order.Command).PipeTo(
                Sender, Self, failure: cause => new Refused(
                    RefusalCode.Unavailable, $"The library could not do it: {cause.GetBaseException().Message}"));
    }

    private void OnRetention(NodeProtocol.ForVolume order)
    {
        OpenLibrary? library = null;
        var refused = _options.Libraries.FirstOrDefault(known => known.Library == order.Library) is { } options
            ? Open(options, out library)
            : new JobFailure.LibraryError(order.Library, "It is not configured on this node.");
        if (refused is not null)
            Sender.Tell(new VolumeProtocol.NotDone(order.Work.Volume, FailureText.Sentence(refused)));
        else if (_scanning.ContainsValue(order.Library)) // it may find wanted what was let go
            Sender.Tell(new VolumeProtocol.NotDone(
                order.Work.Volume, $"Library {order.Library} is being scanned."));
        else
            library!.Desk.Tend(order.Work).PipeTo(
                Sender, Self, failure: cause => new VolumeProtocol.NotDone(
                    order.Work.Volume, $"The library could not do it: {cause.GetBaseException().Message}"));
    }

    /// <summary>
    /// Written at once, without a look at the library or a wait for the drive: what is broken is taken out of use when
    /// neither answers.
    /// </summary>
    private IReply Set(SetDrive set)
    {
        if (_options.Libraries.FirstOrDefault(known => known.Library == set.Drive.Library) is not { } library)
            return new Refused(
                RefusalCode.Unavailable, $"Library {set.Drive.Library} is not configured on this node.");
        if (set.Drive.IsOfSpool || library.IndexOf(set.Drive) is not { } index)
            return new Refused(
                RefusalCode.BadRequest,
                $"Expected a drive of library {library.Library}, numbered from 0 to {library.Drives - 1}, found "
                    + $"{set.Drive}.");
        var rings = _rings.Of(library);
        try
        {
            var book = _drives.Of(library.Library);
            var before = book.DisabledOf(set.Drive.Number);
            var disabled = book.Set(set, Context.System.Scheduler.Now);
            if (disabled is not null && disabled != before)
                rings.Note(index, "disabled", $"Drive {set.Drive} is {disabled.Sentence()}.");
            if (disabled is null && before is not null)
                rings.Note(index, "enabled", $"Drive {set.Drive} is enabled by {set.By ?? DriveBook.Somebody}.");
            return new DriveSet(
                set.Drive, disabled is null ? DriveUse.Enabled : DriveUse.Disabled, disabled, rings.Doing(index));
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            return new Refused(
                RefusalCode.Unavailable, $"What is known of the drives could not be kept: {trouble.Message}");
        }
    }

    /// <summary>Why an order gets none of its drives; null: it may use them.</summary>
    private JobFailure? OutOfUse(StorageProtocol.ICommand order)
    {
        IEnumerable<DriveId> all = order switch
        {
            StorageProtocol.OpenRead read => [read.Drive, .. read.More ?? []],
            StorageProtocol.Copy { Source: { } source } copy => [copy.Drive, source],
            _ => [DriveOf(order)],
        };
        return _drives.Disabled(all) is [var disabled, ..]
            ? new JobFailure.LibraryError(disabled.Drive.Library, $"Drive {disabled.Drive} is {disabled.Sentence()}.")
            : null;
    }

    /// <summary>Into the node's log, and into that of the job that is at work with the drive.</summary>
    private void OnReported(DriveProtocol.Reported reported)
    {
        _log.Warning("{0}", reported.Text);
        if (reported.Job is { } job && _attempts.EpochOf(job) is { } epoch)
            Self.Tell(new StorageProtocol.Said(job, epoch, reported.Severity, "tape-alert", reported.Text));
    }
}

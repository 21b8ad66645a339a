using Akka.Actor;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Storage;

namespace Backup.Actors.Jobs;

/// <content>What is said to the nodes that work for the job, and what becomes of those that are away.</content>
public sealed partial class JobSaga
{
    private readonly OrderGiven _order = new();

    /// <summary>It was asked for what it named and nobody heard; now it is told to stop, or asked again.</summary>
    private void OnLastWord(IAttemptMessage word)
    {
        if (!IsCurrent(word) || !_news.Items.Answered(word)) return;
        Release(storage: word is StorageProtocol.IReport, client: word is ClientProtocol.IReport);
    }

    /// <summary>
    /// An order came when the job was over, or nothing was heard of a node when the job let go of it: who works holds a
    /// drive, or memory, for nobody, and hears of the end from nobody else.
    /// </summary>
    private void StopWhoReports(object message)
    {
        if (message is StorageProtocol.IReport and not (StorageProtocol.Stopped or StorageProtocol.Unknown))
            ToStorage(new StorageProtocol.Stop(_job, _state.Epoch));
        if (message is ClientProtocol.IReport and not (ClientProtocol.Stopped or ClientProtocol.Unknown))
            ToClient(new ClientProtocol.Stop(_job, _state.Epoch));
    }

    private void Release(bool storage, bool client)
    {
        if (storage && !_state.StorageReleased) ToStorage(_news.Items.Release(_state, _state.Storage));
        if (client && !_state.ClientReleased) ToClient(_news.Items.Release(_state, _state.Client));
    }

    private void PursueTransfer(bool fresh)
    {
        var parts = JobParts.Of(_state.Spec!);
        if (parts.Client && _state.Client is null)
            ToClient(_order.Gives(fresh)
                ? JobOrders.ToClient(_job, _state) : new ClientProtocol.Query(_job, _state.Epoch));
        if (parts.Storage && _state.Storage is null && !fresh) ToStorage(new StorageProtocol.Query(_job, _state.Epoch));
    }

    private void ToStorage(StorageProtocol.ICommand command) =>
        _neighbours.Nodes.Tell(
            new NodeProtocol.ForStorage(JobOrders.LibraryOf(_state.Spec!)!.Value, _news.Talk.Told(command)));

    private void ToClient(ClientProtocol.ICommand command) => _neighbours.Nodes.Tell(_state.Spec is CopySpec copy
        ? new NodeProtocol.ForGiver(copy.From, _news.Talk.Told(command))
        : new NodeProtocol.ForClient(JobOrders.ClientOf(_state.Spec!)!.Value, _news.Talk.Told(command)));

    /// <summary>
    /// A node that is not heard of may be at work all the same, so the job waits for it; but not for ever, and not with
    /// giving up what it holds: nothing that is not heard of holds anything that a newer epoch does not take from it.
    /// </summary>
    private void OnAbsent(NodeProtocol.Absent absent)
    {
        if (!IsCurrent(absent)) return;
        _absent = absent;
        if (_state.Step == JobStep.Opening ? absent.Library is not null
            : absent.Client is not null || absent.Library == (_state.Spec as CopySpec)?.From) _order.Failed();
        var soon = _options.AskAgainAfter < AskWhileAbsent ? _options.AskAgainAfter : AskWhileAbsent;
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, soon);
        if (absent.For > (_state.Step == JobStep.Releasing ? ReleaseWithin : _options.AbsentMax)) Handle(absent);
    }

    /// <summary>
    /// A director that has just started has heard of nobody: whoever is there announces himself within this, and is
    /// told to stop.
    /// </summary>
    private TimeSpan ReleaseWithin =>
        2 * _options.AskAgainAfter < _options.AbsentMax ? 2 * _options.AskAgainAfter : _options.AbsentMax;
}

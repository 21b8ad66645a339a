using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <content>The jobs that this one begins beside itself.</content>
public sealed partial class JobSaga
{
    private CatalogQuestion? _cloning;
    private bool _hasCloned;

    private void ReceiveClones()
    {
        Command<ClonesBegun>(begun =>
        {
            _hasCloned = true;
            // The keeper begins them too, when it looks: this is only sooner
            foreach (var (job, spec) in begun.Jobs)
                Context.ActorSelection("/user/jobs").Tell(new JobProtocol.Start(job, spec), ActorRefs.NoSender);
        });
        Command<CloneTrouble>(trouble =>
        {
            _cloning?.Failed();
            _log.Warning("Job {0}: {1} It is tried again.", _job, trouble.Sentence);
        });
    }

    /// <summary>
    /// When its level stands in the journal. Asked for again after each recovery: what is there already is found.
    /// </summary>
    private void PursueClones()
    {
        if (_hasCloned || _state.Step is JobStep.Ending or JobStep.Over) return;
        if (JobClones.DueOf(_state) is not { } spec) return;
        var (job, now) = (_job, Now);
        _cloning ??= CatalogQuestion.Of(
            catalog => JobClones.Begin(catalog, job, spec, now), begun => new ClonesBegun(begun),
            failure => new CloneTrouble(CatalogFailureText.Sentence(failure)));
        _cloning.Ask(_neighbours.Catalog, Self, cause => new CloneTrouble(cause.Message));
    }

    /// <summary>A job does not end before its clones are recorded.</summary>
    private Func<CatalogStore, CatalogAnswer<T>> BehindClones<T>(Func<CatalogStore, CatalogAnswer<T>> end)
    {
        if (JobClones.DueOf(_state) is not { } spec) return end;
        var (job, now) = (_job, Now);
        return catalog => JobClones.Begin(catalog, job, spec, now).Failure is { } failure ? failure : end(catalog);
    }

    private sealed record ClonesBegun(IReadOnlyList<(JobId Job, JobSpec Spec)> Jobs)
        : INoSerializationVerificationNeeded;

    private sealed record CloneTrouble(string Sentence) : INoSerializationVerificationNeeded;
}

using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// The catalog of a director node: answers and records. Reads run on pool threads, writes one after another on a thread
/// of their own, so that neither a slow disk nor a long list keeps an actor's thread.
/// </summary>
public sealed class CatalogActor : ReceiveActor
{
    private readonly CatalogStore _store;
    private readonly IndexIntake _intake = new();
    private readonly Dictionary<(Sha256Digest Root, TapeFile Index), IActorRef> _recording = [];
    private IActorRef _writer = ActorRefs.Nobody;

    /// <summary>For <see cref="Props"/>.</summary>
    private CatalogActor(CatalogStore store)
    {
        _store = store;
        Receive<CatalogWork>(OnWork);
        Receive<CatalogProtocol.IndexPiece>(OnPiece);
        Receive<IndexWritten>(written => _recording.Remove((written.Root, written.Index)));
        Receive<CatalogProtocol.RecordVolume>(OnVolume);
        Receive<CatalogProtocol.RecordAbandoned>(OnAbandoned);
        var clock = Context.System.Scheduler;
        Receive<CatalogProtocol.ReadManifest>(request => Answer<CatalogProtocol.ManifestPage>(
            () => ManifestReading.Page(_store, request).Is(out var page, out var failure)
                ? page with { At = clock.Now } : failure));
        Receive<CatalogProtocol.RecordState>(OnState);
        Receive<CatalogProtocol.ReadState>(request => Answer(() => StateReading.Page(_store, request)));
        Receive<CatalogProtocol.ReadFragments>(request => Answer(() => FragmentReading.Page(_store, request)));
        Receive<CatalogProtocol.RetireCopies>(retire => Change(
            store => store.Copies.Retire(
                retire.Image, retire.Keep, retire.Pool, retire.Job, retire.Epoch,
                jobs => CopyReaders.Of(jobs, retire.Image, retire.Job)),
            done => new CatalogProtocol.CopiesRetired(retire.Image, done.ReadBy, done.Torn)));
        Receive<CatalogProtocol.MarkCopy>(mark => Change(
            store => store.Copies.Mark(
                new TapePosition(mark.Index.Volume, mark.Index.Number),
                mark.Damage is null ? CopyState.Good : CopyState.Damaged, mark.Damage, mark.Job, mark.Epoch),
            _ => new CatalogProtocol.CopyMarked(mark.Index)));
        Receive<CatalogProtocol.ReadJobEnds>(request => Answer(() => JobEndReading.Of(_store, request)));
    }

    /// <summary>A catalog actor.</summary>
    /// <param name="store">The catalog; closed by whoever opened it, after the actor system has ended.</param>
    public static Props Props(CatalogStore store) => Akka.Actor.Props.Create(() => new CatalogActor(store));

    /// <inheritdoc/>
    protected override void PreStart() =>
        _writer = Context.ActorOf(CatalogWriter.Props(_store).WithDispatcher("backup.catalog-dispatcher"), "writer");

    private void OnWork(CatalogWork work)
    {
        if (work.Writes) _writer.Tell(work);
        else _ = Task.Run(() => work.Run(_store)); // reports its result itself, a mistake too
    }

    private void OnPiece(CatalogProtocol.IndexPiece piece)
    {
        var asker = Sender;
        if (_recording.TryGetValue((piece.Root, piece.Index), out var first))
        {
            // The same message once more, whose answer must not come before that to the first.
            if (asker.Equals(first)) return;
            // Each repeat would wait in memory for a database that is slower than the asker's patience.
            asker.Tell(new CatalogProtocol.Failed(
                new JobFailure.CatalogError(
                    $"Fragment {piece.Fragment} of image {piece.Image} is still being recorded."), TryAgain: true));
            return;
        }
        if (_intake.Take(piece, Context.System.Scheduler.Now) is not { } index)
        {
            asker.Tell(new CatalogProtocol.PieceTaken(piece.Image, piece.Fragment, piece.Root, _intake.Next(piece)));
            return;
        }
        _recording.Add((piece.Root, piece.Index), asker);
        var written = Self.Write(store => IndexRecorder.Record(
            store, index, piece.Index, piece.FromMedium ? Authority.OfMedium : Authority.OfAttempt(piece.Epoch),
            OriginOf(piece), piece.Job));
        var over = new IndexWritten(piece.Root, piece.Index);
        written.PipeTo(Self, Self, _ => over, _ => over);
        written.PipeTo(asker, Self, answer => Closed(piece, answer), Broken);
    }

    private static string? OriginOf(CatalogProtocol.IndexPiece piece) =>
        piece.Node is { } node ? $"{(piece.FromMedium ? "scan" : "manager")} {node}" : null;

    private static object Closed(CatalogProtocol.IndexPiece piece, CatalogAnswer<Recorded> answer) =>
        answer.Is(out var recorded, out var failure)
            ? new CatalogProtocol.Closed(
                piece.Image, piece.Fragment, piece.Root, WasKnown: recorded == Recorded.Before)
            : FailureOf(failure);

    private void OnVolume(CatalogProtocol.RecordVolume request) =>
        Self.Write(store => VolumeRecording.Record(store, request.Volume)).PipeTo(
            Sender,
            Self,
            answer => answer.Is(out _, out var failure)
                ? new CatalogProtocol.VolumeRecorded(request.Volume.Name) : FailureOf(failure),
            Broken);

    private void OnState(CatalogProtocol.RecordState piece) =>
        Self.Write(store => store.States.Put(new StatePiece(
            piece.State, piece.Job, piece.Epoch, piece.Number, piece.Entries, piece.Block, piece.Last))).PipeTo(
            Sender,
            Self,
            answer => answer.Is(out _, out var failure)
                ? new CatalogProtocol.StateRecorded(piece.State, piece.Number) : FailureOf(failure),
            Broken);

    private void OnAbandoned(CatalogProtocol.RecordAbandoned found) =>
        Self.Write(store => IndexRecorder.Abandon(store, found)).PipeTo(
            Sender,
            Self,
            answer => answer.Is(out var listed, out var failure) ? listed : FailureOf(failure),
            Broken);

    private void Change<T>(Func<CatalogStore, CatalogAnswer<T>> work, Func<T, CatalogProtocol.IAnswer> done) =>
        Self.Write(work).PipeTo(
            Sender, Self, answer => answer.Is(out var value, out var failure) ? done(value) : FailureOf(failure),
            Broken);

    private void Answer<T>(Func<CatalogAnswer<T>> read)
        where T : class, CatalogProtocol.IAnswer =>
        Task.Run(read).PipeTo(
            Sender, Self, answer => answer.Is(out var value, out var failure) ? value : FailureOf(failure), Broken);

    private static CatalogProtocol.Failed FailureOf(CatalogFailure failure) => failure switch
    {
        CatalogFailure.BaseNotUsable other => new(
            new JobFailure.BaseNotUsable(other.Image, other.Base, other.Detail), TryAgain: false),
        CatalogFailure.OlderEpoch older => new(new JobFailure.Fenced(older.Given, older.Current), TryAgain: false),
        _ => new(
            new JobFailure.CatalogError(
                CatalogFailureText.Sentence(failure), Contradicts: failure is CatalogFailure.Contradiction),
            failure.MayPass),
    };

    private static CatalogProtocol.Failed Broken(Exception mistake) =>
        new(new JobFailure.Internal(mistake.Message), TryAgain: false);

    private sealed record IndexWritten(Sha256Digest Root, TapeFile Index) : INoSerializationVerificationNeeded;
}

/// <summary>Runs the catalog's writes one after another.</summary>
internal sealed class CatalogWriter : ReceiveActor
{
    private CatalogWriter(CatalogStore store) => Receive<CatalogWork>(work => work.Run(store));

    public static Props Props(CatalogStore store) => Akka.Actor.Props.Create(() => new CatalogWriter(store));
}

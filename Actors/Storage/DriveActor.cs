using Akka.Actor;
using Akka.Event;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// The only one that touches the medium in its drive: does one request at a time, in order, on a thread that may block, so that its
/// mailbox stays open. Requests answer for themselves; a session that is gone harms nobody.
/// </summary>
internal sealed class DriveActor : ReceiveActor
{
    private readonly LibraryKeeper _library;
    private readonly int _number;
    private readonly Queue<DriveProtocol.IRequest> _waiting = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private bool _busy;

    private DriveActor(LibraryKeeper library, int number)
    {
        (_library, _number) = (library, number);
        Receive<DriveProtocol.IRequest>(request => { _waiting.Enqueue(request); Next(); });
        Receive<RequestDone>(_ => { _busy = false; Next(); });
        Receive<Status.Failure>(failure =>
        {
            _log.Error(failure.Cause, "Drive {0}: a request failed.", _number);
            _busy = false;
            Next();
        });
    }

    public static Props Props(LibraryKeeper library, int number) => Akka.Actor.Props.Create(() => new DriveActor(library, number));

    private void Next()
    {
        if (_busy || !_waiting.TryDequeue(out var request)) return;
        _busy = true;
        Task.Run(() => Serve(request)).PipeTo(Self, success: () => RequestDone.Instance);
    }

    private void Serve(DriveProtocol.IRequest request)
    {
        switch (request)
        {
            case DriveProtocol.Work work:
                work.Run(_library.Drives[_number]);
                break;
            case DriveProtocol.MountForWriting mount:
                Answer(mount.Answer, () => new DriveProtocol.Mounted(_library.MountForWriting(_number, mount.Pool)));
                break;
            case DriveProtocol.MountForReading mount:
                Answer(mount.Answer, () => new DriveProtocol.Mounted(_library.MountForReading(_number, mount.Volume)));
                break;
            case DriveProtocol.Retire retire:
                _library.Retire(_number, retire.State, retire.Error);
                break;
            case DriveProtocol.Release release:
                Answer(release.Answer, () => { _library.Release(_number); return true; });
                break;
        }
    }

    /// <summary>What goes wrong is the asker's to judge: its stream fails with it.</summary>
    private static void Answer<T>(TaskCompletionSource<T> answer, Func<T> work)
    {
        try
        {
            answer.SetResult(work());
        }
        catch (Exception thrown)
        {
            answer.SetException(thrown);
        }
    }

    private sealed record RequestDone : INoSerializationVerificationNeeded
    {
        public static readonly RequestDone Instance = new();
    }
}

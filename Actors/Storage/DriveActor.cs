using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// The only one that touches the medium in its drive: does one request at a time, in order, on a thread of its own that
/// may block, so that its mailbox stays open and no pool's thread waits for a medium. Requests answer for themselves; a
/// session that is gone, or that was granted a drive which another one still uses, harms nobody: it is refused.
/// </summary>
internal sealed class DriveActor : ReceiveActor
{
    private readonly LibraryKeeper _library;
    private readonly int _number;
    private readonly Queue<DriveProtocol.IRequest> _waiting = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly WorkThread _thread;
    private readonly IActorRef _storage;
    private DriveHandle? _holder; // this and the next only on the drive's thread
    private bool _waits;
    private bool _busy;

    private DriveActor(LibraryKeeper library, int number)
    {
        (_library, _number, _storage) = (library, number, Context.Parent);
        _thread = new WorkThread($"drive-{number}");
        Receive<DriveProtocol.IRequest>(request => { _waiting.Enqueue(request); Next(); });
        Receive<RequestDone>(_ => { _busy = false; Next(); });
        Receive<Status.Failure>(failure =>
        {
            _log.Error(failure.Cause, "Drive {0}: a request failed.", _number);
            _busy = false;
            Next();
        });
    }

    public static Props Props(LibraryKeeper library, int number) =>
        Akka.Actor.Props.Create(() => new DriveActor(library, number));

    private void Next()
    {
        if (_busy || !_waiting.TryDequeue(out var request)) return;
        _busy = true;
        _thread.Do(() => Serve(request)).PipeTo(Self, success: () => RequestDone.Instance);
    }

    /// <summary>What waits is not forgotten: whoever asked is told.</summary>
    protected override void PostStop()
    {
        while (_waiting.TryDequeue(out var request))
            Refuse(request, new JobFailureException(new JobFailure.NodeStopped()));
        _thread.Dispose();
    }

    private void Serve(DriveProtocol.IRequest request)
    {
        var job = (_holder ?? request.By)?.Job;
        Do(request);
        foreach (var (drive, severity, text) in _library.TakeReports())
            _storage.Tell(new DriveProtocol.Reported(drive == _number ? job : null, severity, text));
    }

    private void Do(DriveProtocol.IRequest request)
    {
        if (request is DriveProtocol.Operate operate)
        {
            if (_holder is { } holder && !(_waits && operate.AlsoWhileItWaits)) operate.InUse(holder);
            else operate.Run();
            return;
        }
        if (!Holds(request))
        {
            Refuse(request, new JobFailureException(new JobFailure.LibraryError(
                _library.Name,
                $"Drive {_number} is not held by this session of job {request.By!.Job}, but by "
                    + $"{(_holder is null ? "none" : $"job {_holder.Job}")}.")));
            return;
        }
        switch (request)
        {
            case DriveProtocol.Work work:
                work.Run(_library.Drives[_number]);
                break;
            case DriveProtocol.MountForWriting mount:
                Mount(mount.By.Job, mount.Answer, () => _library.MountForWriting(
                    _number, mount.Pool, mount.By.Asks, mount.Run));
                break;
            case DriveProtocol.MountForReading mount:
                Mount(mount.By.Job, mount.Answer, () => _library.MountForReading(_number, mount.Volume));
                break;
            case DriveProtocol.Retire retire:
                _library.Retire(_number, retire.State, retire.Error);
                Rings.Retired(_number, retire.By.Job, retire.State, retire.Error);
                break;
            case DriveProtocol.Release { Answer: { } answer }:
                Leave();
                Answer(answer, () => { _library.Release(_number); return true; });
                break;
            case DriveProtocol.Release:
                Leave();
                _library.Release(_number);
                break;
        }
    }

    private LibraryRings Rings => _library.Rings;

    private void Leave()
    {
        if (_holder is { } holder) Rings.Released(_number, holder.Job);
        _holder = null;
    }

    private void Mount(
        JobId job, TaskCompletionSource<DriveProtocol.Mounted> answer, Func<VolumeIdentity> mount) =>
        Answer(answer, () =>
        {
            _waits = false;
            try
            {
                var mounted = mount();
                Rings.Mounted(_number, job, mounted.Name);
                return new DriveProtocol.Mounted(mounted);
            }
            catch (VolumeMissingException missing)
            {
                _waits = true;
                Rings.Waits(_number, job, missing.Message);
                throw;
            }
            catch (JobFailureException failed) when (failed.Failure is JobFailure.VolumeInUse)
            {
                Rings.Waits(_number, job, failed.Message);
                throw;
            }
            catch (Exception failed)
            {
                Rings.Failed(_number, job, failed.Message);
                throw;
            }
        });

    /// <summary>A drive that nobody holds is the next mount's; anything else is for its holder alone.</summary>
    private bool Holds(DriveProtocol.IRequest request)
    {
        if (_holder is null && request is DriveProtocol.MountForWriting or DriveProtocol.MountForReading
            && !request.By!.HasLeft)
        {
            _holder = request.By;
            Rings.Held(_number, request.By.Job);
        }
        return ReferenceEquals(_holder, request.By);
    }

    private static void Refuse(DriveProtocol.IRequest request, Exception why)
    {
        switch (request)
        {
            case DriveProtocol.Work work: work.Refuse(why); break;
            case DriveProtocol.MountForWriting mount: mount.Answer.SetException(why); break;
            case DriveProtocol.MountForReading mount: mount.Answer.SetException(why); break;
            case DriveProtocol.Operate operate: operate.Refuse(why); break;
            case DriveProtocol.Release release: release.Answer?.SetResult(false); break; // it holds nothing
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

using Backup.Media.Packets;
using Backup.Messages.Jobs;

namespace Backup.Actors.Data;

/// <summary>An offer with its link, and the channel that joins that with connections.</summary>
internal sealed class DataJoint<T> : DataOffer
    where T : class, IDisposable
{
    private readonly DataChannel<T>? _channel;
    private readonly ElementCodec<T>? _codec = ElementCodecs.Of<T>();

    public DataJoint(DataLink<T> link, DataPassport passport, byte[] token, DataPlane plane)
        : base(passport, token, plane)
    {
        Link = link;
        _channel = _codec switch
        {
            null => null,
            { Purpose: ConnectionPurpose.Save } => new Incoming<T>(link, _codec, FailureOf, Say),
            _ => new Outgoing<T>(link, _codec, FailureOf, Say),
        };
    }

    public DataLink<T> Link { get; }

    public override ConnectionPurpose? Purpose => _codec?.Purpose;

    protected override bool HasAll => _channel!.HasAll;

    protected override JobFailure? Failure => Link.Failed.IsCompleted ? FailureOf(Link.Failed.Result) : null;

    protected override string LostBy => _channel?.LostBy ?? "";

    public override WindowBody Opening() => _channel!.Opening();

    protected override Task<ChannelEnd> Run(PacketSocket socket, WindowBody theirs) =>
        _channel!.Run(socket, theirs);

    protected override void Stop(JobFailure why)
    {
        var cause = new JobFailureException(why);
        Link.Fail(cause);
        _channel!.Stop(cause);
    }

    protected override void Lose(JobFailure? why)
    {
        if (why is not null) Link.Fail(new JobFailureException(why));
        _channel?.Release();
    }

    protected override void Watch() => WhenOver(Link.Failed);

    protected override void OnTakenHere() => WhenOver(Link.Over);

    private void WhenOver(Task over) => over.ContinueWith(
        _ => OnLinkOver(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private JobFailure FailureOf(Exception cause) =>
        JobFailureException.Of(cause, posix => new JobFailure.LibraryError(Passport.Library, posix.Message));
}

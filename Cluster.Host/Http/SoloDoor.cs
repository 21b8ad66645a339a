using Backup.Messages.Operations;

namespace Backup.Host.Http;

/// <summary>
/// What other terminals may ask a process that runs one job alone: to look, to cancel, and to give it volumes. It
/// starts nothing else, since it ends with its job.
/// </summary>
/// <param name="node">The node in this process; not disposed.</param>
internal sealed class SoloDoor(INodeConnection node) : INodeConnection
{
    /// <inheritdoc/>
    public Task<IReply> Ask(IRequest request, CancellationToken cancellation) => AskAs(request, null, cancellation);

    /// <inheritdoc/>
    public Task<IReply> AskAs(
        IRequest request, string? user, CancellationToken cancellation) =>
        request is ICommandRequest and not (CancelJob or IMediaRequest)
        ? Task.FromResult<IReply>(new Refused(
            RefusalCode.Conflict,
            "A command in another terminal runs its job alone and starts no other. Try again when it has ended, or "
                + "run `backup node`, which runs any number."))
        : node.AskAs(request, user, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

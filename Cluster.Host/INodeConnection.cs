using Backup.Messages.Operations;

namespace Backup.Host;

/// <summary>
/// The way from a command to a gateway: to a running node by its socket, to a node in this process, or to a catalog
/// alone.
/// </summary>
public interface INodeConnection : IAsyncDisposable
{
    /// <summary>Asks; a refusal is an answer.</summary>
    /// <param name="request">Any request.</param>
    /// <param name="cancellation">Gives up waiting; what was asked may still be done.</param>
    /// <exception cref="NodeUnreachableException">The node went away.</exception>
    Task<IReply> Ask(IRequest request, CancellationToken cancellation);
}

/// <summary>No node answers.</summary>
/// <param name="message">What was tried, and what to do.</param>
public sealed class NodeUnreachableException(string message) : Exception(message);

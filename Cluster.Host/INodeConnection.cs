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

    /// <summary>Asks for a user of this machine, where the way to the gateway can say so.</summary>
    /// <param name="request">Any request.</param>
    /// <param name="user">The user; null: not known.</param>
    /// <param name="cancellation">As of <see cref="Ask"/>.</param>
    /// <exception cref="NodeUnreachableException">The node went away.</exception>
    Task<IReply> AskAs(IRequest request, string? user, CancellationToken cancellation) => Ask(request, cancellation);
}

/// <summary>No node answers.</summary>
/// <param name="message">What was tried, and what to do.</param>
public sealed class NodeUnreachableException(string message) : Exception(message);

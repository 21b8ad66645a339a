using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>
/// A request to the Gateway, from any face: command line, console palette, HTTP or another actor system.
/// </summary>
public interface IRequest : IWireMessage;

/// <summary>A request that changes something: repeated with the same id it is done once and answered alike.</summary>
public interface ICommandRequest : IRequest
{
    /// <summary>Chosen by the sender, unique: a GUID does.</summary>
    RequestId Request { get; }
}

/// <summary>The answer to a request.</summary>
public interface IReply : IWireMessage;

/// <summary>The request was understood and is not done.</summary>
/// <param name="Code">A stable code.</param>
/// <param name="Sentence">What was expected, what was found, what to do.</param>
public sealed record Refused(RefusalCode Code, string Sentence) : IReply;

/// <summary>Why a request is refused. The command line's exit code follows from it (docs/operations.md).</summary>
public enum RefusalCode
{
    /// <summary>The arguments are wrong or name nothing that is configured.</summary>
    BadRequest,

    /// <summary>No such job, image, volume or path.</summary>
    NotFound,

    /// <summary>Not possible in the present state.</summary>
    Conflict,

    /// <summary>The node, its catalog or a device cannot do it now.</summary>
    Unavailable,

    /// <summary>Whoever asks may not have this done.</summary>
    Forbidden,
}

using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>
/// Makes the node that is asked read its configuration again. A configuration with a mistake is refused as a whole, and
/// the one before stays in force.
/// </summary>
/// <param name="Request">Idempotency key.</param>
public sealed record ReloadConfiguration(RequestId Request) : ICommandRequest;

/// <summary>The configuration was read and holds for jobs that are started from now on.</summary>
/// <param name="Applied">Keys that changed and are in force, as `backup.policies.nightly.pool`, sorted.</param>
/// <param name="NeedRestart">Keys that differ from those with which the node was started, and that it takes over when
/// it is started again; sorted.</param>
public sealed record ConfigurationReloaded(IReadOnlyList<string> Applied, IReadOnlyList<string> NeedRestart) : IReply;

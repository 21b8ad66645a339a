namespace Backup.Messages.Jobs;

/// <summary>
/// What makes a command idempotent: the sender's own name for it. The same id again gets the same job.
/// </summary>
/// <param name="Value">1 to 128 characters, chosen by the sender; unique among all senders of a system.</param>
public readonly record struct RequestId(string Value)
{
    /// <summary>A new random id.</summary>
    public static RequestId New() => new(Guid.NewGuid().ToString("N"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}

namespace Backup.Messages.Jobs;

/// <summary>What a job is doing, as lists and queries show it; its saga knows more.</summary>
public enum JobPhase
{
    /// <summary>Created; nothing is reserved yet.</summary>
    Waiting = 1,

    /// <summary>Resources are granted, sessions are being opened.</summary>
    Starting = 2,

    /// <summary>Data moves.</summary>
    Transferring = 3,

    /// <summary>All data has moved; the last fragment and the image are being closed.</summary>
    Closing = 4,

    /// <summary>It was asked to stop and releases what it holds.</summary>
    Cancelling = 5,

    /// <summary>It has an outcome, and does not change any more.</summary>
    Ended = 6,
}

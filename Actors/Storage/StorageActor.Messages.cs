using Akka.Actor;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <content>What it tells itself and is told on its node.</content>
public sealed partial class StorageActor
{
    /// <summary>
    /// Asks which libraries are not open; each is tried once more. Answered by <see cref="ClosedLibraries"/>.
    /// </summary>
    public sealed record AskForClosed : INoSerializationVerificationNeeded
    {
        /// <summary>The only one.</summary>
        public static readonly AskForClosed Instance = new();
    }

    /// <summary>Libraries that are configured and cannot be used.</summary>
    /// <param name="Reasons">A sentence for each; empty: all can.</param>
    public sealed record ClosedLibraries(IReadOnlyList<string> Reasons) : INoSerializationVerificationNeeded;

    private sealed record OpenLibrary(
        LibraryKeeper Keeper, IReadOnlyList<IActorRef> Drives, MediaDesk Desk, LibraryOptions Options)
    {
        /// <summary>The drive that was granted, which is there.</summary>
        public IActorRef DriveOf(DriveId drive) => Drives[Options.IndexOf(drive)!.Value];
    }

    private sealed record ReportVolumes : INoSerializationVerificationNeeded
    {
        public static readonly ReportVolumes Instance = new();
    }

    private sealed record AskForEnds : INoSerializationVerificationNeeded
    {
        public static readonly AskForEnds Instance = new();
    }

    private sealed record AskForHeld : INoSerializationVerificationNeeded
    {
        public static readonly AskForHeld Instance = new();
    }

    private sealed record EndsNotKnown : INoSerializationVerificationNeeded
    {
        public static readonly EndsNotKnown Instance = new();
    }
}

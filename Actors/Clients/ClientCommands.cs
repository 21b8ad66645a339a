using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>What a client does for directors, by its own configuration (Bacula's AllowedJobCommands).</summary>
[Flags]
public enum ClientCommands
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Saves files.</summary>
    Backup = 1,

    /// <summary>Writes files, and removes what an image does not have where that is asked for.</summary>
    Restore = 2,

    /// <summary>Compares its disk with an image, and records its state.</summary>
    Verify = 4,

    /// <summary>Says what a backup would save.</summary>
    Estimate = 8,

    /// <summary>All.</summary>
    All = Backup | Restore | Verify | Estimate,
}

/// <summary>The words of <see cref="ClientCommands"/> in configuration and failures.</summary>
public static class ClientCommandWords
{
    internal const string Estimate = "estimate";

    /// <summary>Each command with its word.</summary>
    public static IReadOnlyList<(string Word, ClientCommands Command)> All { get; } =
    [
        ("backup", ClientCommands.Backup), ("restore", ClientCommands.Restore), ("verify", ClientCommands.Verify),
        (Estimate, ClientCommands.Estimate),
    ];

    /// <summary>Why an order is not begun; null: it may be.</summary>
    /// <param name="allowed">By the configuration.</param>
    /// <param name="order">A director's.</param>
    /// <param name="client">For the failure.</param>
    internal static JobFailure.NotAllowed? Refusal(
        this ClientCommands allowed, ClientProtocol.ICommand order, ClientName client)
    {
        var asked = order switch
        {
            ClientProtocol.Save => ClientCommands.Backup,
            ClientProtocol.Restore => ClientCommands.Restore,
            ClientProtocol.Compare => ClientCommands.Verify,
            ClientProtocol.Estimate => ClientCommands.Estimate,
            _ => ClientCommands.None,
        };
        return allowed.HasFlag(asked)
            ? null : new JobFailure.NotAllowed(client, All.First(each => each.Command == asked).Word);
    }
}

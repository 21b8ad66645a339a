namespace Backup.Actors.Gateway;

/// <summary>What may be asked at a node that is a client and nothing else: <c>backup.clients.NAME.may</c>.</summary>
[Flags]
public enum ClientRights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Backups of itself by policies that name it; its own jobs cancelled and done again.</summary>
    Run = 1,

    /// <summary>Restores of its own images to itself, and verification of these.</summary>
    Restore = 2,

    /// <summary>Its own jobs, images and files are shown.</summary>
    Browse = 4,

    /// <summary>Unless something else is configured.</summary>
    Usual = Run | Restore | Browse,

    /// <summary>Whatever a director may.</summary>
    All = Usual | 8,
}

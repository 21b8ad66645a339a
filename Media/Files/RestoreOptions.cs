using Backup.Messages.Operations;

namespace Backup.Media.Files;

/// <summary>How entries are written below a target directory.</summary>
public sealed record RestoreOptions
{
    /// <summary>What happens to an item that exists at the target.</summary>
    public ReplaceRule Replace { get; init; } = ReplaceRule.Never;

    /// <summary>
    /// A further attempt of a restore: an item with the type, size and mtime of its entry is taken for what an earlier
    /// attempt put there, and left, or by <see cref="ReplaceRule.Always"/> written anew; directories that exist get
    /// their metadata.
    /// </summary>
    public bool AcceptEqual { get; init; }

    /// <summary>
    /// Files come before the directories that hold them, in several sequences of walk order, and all directories in a
    /// last one: what is in a directory is for its maker alone until then. Holds the path of each directory that it
    /// makes until its entry comes.
    /// </summary>
    public bool DirectoriesLast { get; init; }

    /// <summary>
    /// Two entries may have one path: the rule then decides over the second as over what was there before.
    /// </summary>
    public bool PathsMayMeet { get; init; }

    /// <summary>Make device nodes; needs root as well. Without it they are reported as not written.</summary>
    public bool Devices { get; init; }

    /// <summary>Set the setuid, setgid and sticky bits and file capabilities; without it they are left out.</summary>
    public bool SetId { get; init; }

    /// <summary>Set owner and group; null: when the process is root.</summary>
    public bool? Owner { get; init; }

    /// <summary>
    /// Synchronise each file with the medium before it is put in place. Without it a power failure may lose files of a
    /// finished restore.
    /// </summary>
    public bool Sync { get; init; }

    /// <summary>Directories on the current path that are kept open. At least 2.</summary>
    public int OpenDirectoriesMax { get; init; } = 128;
}

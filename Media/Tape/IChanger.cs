namespace Backup.Media.Tape;

/// <summary>The robot of a library, or a person in its place. Every call may block.</summary>
internal interface IChanger
{
    /// <summary>What is where; null with the reason.</summary>
    ChangerStatus? Status(out string trouble);

    /// <summary>Puts a cartridge into a drive; null when done, else why not.</summary>
    string? Load(int slot, int drive);

    /// <summary>Puts the cartridge that a drive has put out into a slot; null when done, else why not.</summary>
    string? Unload(int slot, int drive);

    /// <summary>Moves a cartridge between slots; null when done, else why not.</summary>
    string? Transfer(int from, int to);

    /// <summary>Keeps other processes from the changer until it is disposed; null with the reason.</summary>
    IDisposable? Lock(out string trouble);
}

namespace Backup.Media.Tape;

/// <summary>How a drive of the Linux st driver is used.</summary>
/// <param name="Device">Its no-rewind device, as `/dev/nst0` or a link below `/dev/tape/by-id`.</param>
/// <param name="BlockBytes">Blocks of a blank tape: 0 for variable ones (1 MiB), or 512 to 16384, a power of two, for
/// drives and adapters that cannot. A tape that has a label is used as it was written.</param>
/// <param name="Compression">Hardware compression on or off; null: as the drive is set.</param>
/// <param name="ReadyWithin">How long a cartridge may take until the drive is ready.</param>
/// <param name="ReadOnly">Nothing is ever written by this drive.</param>
public sealed record StDriveOptions(
    string Device, int BlockBytes = 0, bool? Compression = null, TimeSpan ReadyWithin = default, bool ReadOnly = false)
{
    /// <summary>The name that messages use: the device.</summary>
    public override string ToString() => Device;

    /// <summary>True for a block size that <see cref="BlockBytes"/> may have.</summary>
    /// <param name="bytes">The size.</param>
    public static bool IsBlockSize(int bytes) => bytes == 0 || StBlockMode.IsFixedSize(bytes);
}

/// <summary>What was found when a cartridge was made ready.</summary>
/// <param name="BlockBytes">Bytes of its blocks; 0: variable.</param>
/// <param name="Density">The drive's density code of the cartridge.</param>
/// <param name="IsBlank">Nothing is on it.</param>
/// <param name="IsWriteProtected">Its write protection is set, or the device may not be opened for writing.</param>
/// <param name="Notes">What the drive or the kernel refused of how it was to be set, one sentence each.</param>
public sealed record StCartridge(
    int BlockBytes, int Density, bool IsBlank, bool IsWriteProtected, IReadOnlyList<string> Notes);

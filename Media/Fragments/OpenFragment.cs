using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>A fragment that is being written, as far as it is known before its seal.</summary>
/// <param name="Image">The image.</param>
/// <param name="Epoch">The attempt that writes it.</param>
/// <param name="Start">As its first chunk says.</param>
/// <param name="PreviousRoot">The root of the fragment before; none for fragment 0.</param>
public sealed record OpenFragment(ImageHeader Image, Epoch Epoch, FragmentStart Start, Sha256Digest PreviousRoot);

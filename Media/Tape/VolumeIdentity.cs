using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Backup.Messages;

namespace Backup.Media.Tape;

/// <summary>
/// The identity of a volume: 128 random bits, made when it is labelled. Names are for people, this tells two media
/// apart.
/// </summary>
/// <param name="Value">The bits; zero means none.</param>
public readonly record struct VolumeId(UInt128 Value)
{
    /// <summary>A new random identity.</summary>
    public static VolumeId New() => new(ImageId.New().Value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    /// <param name="text">The digits.</param>
    /// <param name="volume">The identity, when true.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out VolumeId volume)
    {
        var good = ImageId.TryParse(text, out var id);
        volume = new VolumeId(id.Value);
        return good;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>The identity of a library: 128 random bits in its marker file and on the labels of its volumes.</summary>
/// <param name="Value">The bits; zero means none.</param>
public readonly record struct LibraryId(UInt128 Value)
{
    /// <summary>A new random identity.</summary>
    public static LibraryId New() => new(ImageId.New().Value);

    /// <summary>Reads 32 lower-case hexadecimal digits.</summary>
    /// <param name="text">The digits.</param>
    /// <param name="library">The identity, when true.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out LibraryId library)
    {
        var good = ImageId.TryParse(text, out var id);
        library = new LibraryId(id.Value);
        return good;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>Which volume: its name for people, its identity for certainty.</summary>
/// <param name="Name">The name on the label.</param>
/// <param name="Id">The identity on the label.</param>
public sealed record VolumeIdentity(VolumeName Name, VolumeId Id)
{
    /// <inheritdoc/>
    public override string ToString() => Name.ToString();
}

/// <summary>A tape file on a volume.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="File">The tape file, from 1 (0 is the label).</param>
public sealed record TapeLocation(VolumeIdentity Volume, int File)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Volume.Name}/{File:00000}");
}

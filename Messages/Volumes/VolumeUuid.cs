namespace Backup.Messages.Volumes;

/// <summary>
/// The identity of one labelling of a volume, as on its label: a volume labelled anew is another one of the same name.
/// </summary>
/// <param name="Value">RFC 9562 UUID.</param>
public readonly record struct VolumeUuid(Guid Value)
{
    /// <summary>A new random identity.</summary>
    public static VolumeUuid New() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}

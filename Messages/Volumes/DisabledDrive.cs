namespace Backup.Messages.Volumes;

/// <summary>A drive that an operator took out of use: no job gets it until somebody enables it again.</summary>
/// <param name="Drive">The drive.</param>
/// <param name="Since">Since when.</param>
/// <param name="By">Who did it.</param>
/// <param name="Why">Why; null: nobody said.</param>
public sealed record DisabledDrive(DriveId Drive, DateTimeOffset Since, string By, string? Why = null)
{
    /// <summary>
    /// For the operator, without a full stop, as `disabled since 2026-03-04 05:06Z by anna: head worn`.
    /// </summary>
    public string Sentence() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"disabled since {Since.UtcDateTime:yyyy-MM-dd HH:mm}Z by {By}{(Why is null ? "" : $": {Why}")}");
}

namespace Backup.Messages.Volumes;

/// <summary>Who was asked to do what a job asks of a person.</summary>
/// <param name="Person">A name as people use it among themselves, 1 to 100 characters.</param>
/// <param name="At">Since when.</param>
/// <param name="Note">What was said to the person; null: nothing.</param>
public sealed record Assignment(string Person, DateTimeOffset At, string? Note);

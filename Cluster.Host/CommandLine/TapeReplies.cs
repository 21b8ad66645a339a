using Backup.Media.Tape;

namespace Backup.Host.CommandLine;

/// <summary>What `backup tape test` found.</summary>
/// <param name="Device">The drive, or the folder in which a virtual one was tried.</param>
/// <param name="Facts">What was found out before anything was written, by name.</param>
/// <param name="Steps">What was tried, in order.</param>
/// <param name="Passed">Every step did what it must.</param>
internal sealed record TapeTested(
    string Device, IReadOnlyList<KeyValuePair<string, string>> Facts, IReadOnlyList<TapeStepTold> Steps, bool Passed);

/// <summary>One thing that was tried.</summary>
/// <param name="Name">What.</param>
/// <param name="Passed">It did what it must.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record TapeStepTold(string Name, bool Passed, string Detail, double Seconds)
{
    public static TapeStepTold Of(TapeTestStep step) =>
        new(step.Name, step.Passed, step.Detail, Math.Round(step.Took.TotalSeconds, 3));
}

/// <summary>What `backup tape list` found on a medium.</summary>
/// <param name="Device">The drive, or the volume's folder.</param>
/// <param name="Files">Its tape files, in order.</param>
internal sealed record TapeListed(string Device, IReadOnlyList<TapeFileListed> Files);

/// <summary>A tape file.</summary>
/// <param name="File">From 0.</param>
/// <param name="Kind">`label`, `data`, `index`, `damaged` or `unreadable`.</param>
/// <param name="Blocks">Its blocks; null: they cannot be counted.</param>
/// <param name="Image">32 hexadecimal digits; null: it is of none.</param>
/// <param name="Job">The job that wrote it.</param>
/// <param name="Fragment">From 0.</param>
/// <param name="Detail">One sentence, or the volume's name and pool.</param>
internal sealed record TapeFileListed(
    int File, string Kind, long? Blocks, string? Image, string? Job, int? Fragment, string Detail);

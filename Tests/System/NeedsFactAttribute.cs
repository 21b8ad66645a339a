using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// A test that needs root or programs: skipped with the reason where it lacks them, but not in CI (environment variable
/// CI=true).
/// </summary>
internal class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(bool root, params string[] programs)
    {
        var missing = programs.Where(program => !Exists(program)).ToList();
        if (Environment.GetEnvironmentVariable("CI") == "true") return;
        if (missing.Count > 0) Skip = $"Not installed: {string.Join(", ", missing)}.";
        else if (root && !Environment.IsPrivilegedProcess) Skip = "Needs root.";
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}

/// <summary>As <see cref="NeedsFactAttribute"/>, of a theory.</summary>
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] programs) => Skip = new NeedsFactAttribute(root: false, programs).Skip;
}

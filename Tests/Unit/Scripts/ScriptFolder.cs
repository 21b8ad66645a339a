using Backup.Messages.Jobs;

namespace Backup.Tests.Unit.Scripts;

/// <summary>A folder with programs that a test writes.</summary>
internal sealed class ScriptFolder : IDisposable
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Path { get; } = Directory.CreateTempSubdirectory("backup-scripts-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A program for /bin/sh; its path.</summary>
    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), "#!/bin/sh\n" + text + "\n");
        System.IO.File.SetUnixFileMode(File(name), Executable);
        return File(name);
    }

    public static JobScript Script(
        ScriptPlace where, ScriptMoment when, ScriptCondition on = ScriptCondition.Always, bool abort = true,
        double seconds = 60, params string[] command) =>
        new(where, when, command.Length == 0 ? ["/bin/true"] : command, on, abort, TimeSpan.FromSeconds(seconds));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

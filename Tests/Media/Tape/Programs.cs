namespace Backup.Tests.Media.Tape;

/// <summary>Programs that a test writes itself.</summary>
internal static class Programs
{
    /// <summary>Only its owner may run it.</summary>
    public static void MakeExecutable(string file)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException();
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}

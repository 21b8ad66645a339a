using System.Runtime.InteropServices;

namespace Backup.Media.Posix;

/// <summary>The environment variables of this process as its C libraries see them.</summary>
public static class ProcessEnvironment
{
    /// <summary>
    /// Sets a variable for this process and for those that it starts. .NET works on a copy of the variables, which
    /// libcrypto for example never sees. setenv(3) is not for a moment when another thread may read variables: so
    /// before the threads are started that do.
    /// </summary>
    /// <param name="name">Its name, without =.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="PosixException">It cannot be set.</exception>
    public static void Set(string name, string value)
    {
        if (Native.SetVariable(name, value, overwrite: 1) != 0)
            throw new PosixException("setenv", name, Marshal.GetLastPInvokeError());
        Environment.SetEnvironmentVariable(name, value);
    }
}

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>
/// A mount namespace of one thread's own (unshare(2), mount(2)): what a test mounts there nobody else sees, and it is
/// gone with the thread, however the test ends.
/// </summary>
internal static class MountSpace
{
    private const int NewMountNamespace = 0x20000;
    private const ulong Recursive = 0x4000;
    private const ulong Private = 0x40000;

    /// <summary>Runs a test on such a thread.</summary>
    /// <param name="test">Is given what mounts an empty file system at a directory.</param>
    public static void Run(Action<Action<string>> test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Check(Unshare(NewMountNamespace), "unshare");
                Check(Mount("none", "/", null, Recursive | Private, 0), "mount");
                test(place => Check(Mount("none", place, "tmpfs", 0, 0), "mount"));
            }
            catch (Exception thrown)
            {
                failure = thrown; // thrown again on the test's own thread
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    private static void Check(int result, string call) =>
        Assert.True(result == 0, $"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static extern int Unshare(int flags);

    [DllImport("libc", EntryPoint = "mount", SetLastError = true)]
    private static extern int Mount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, ulong flags, nint data);
}

/// <summary>A test that mounts: skipped with the reason where it may not, but not in CI (CI=true).</summary>
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "Needs root, to mount.";
    }
}

using System.Runtime.InteropServices;

namespace Backup.Media.Posix;

/// <summary>A signal for another process. See signal(7).</summary>
public sealed class ProcessSignal
{
    private readonly int _number;

    private ProcessSignal(int number) => _number = number;

    /// <summary>SIGINT.</summary>
    public static ProcessSignal Interrupt { get; } = new(2);

    /// <summary>SIGTERM.</summary>
    public static ProcessSignal Terminate { get; } = new(15);

    /// <summary>Sends it; a process that has ended in the meantime is none of its concern.</summary>
    /// <param name="process">The process's number, from 1.</param>
    /// <exception cref="PosixException">It may not be sent.</exception>
    public void Send(int process)
    {
        const int noSuchProcess = 3;
        ArgumentOutOfRangeException.ThrowIfLessThan(process, 1);
        if (Native.Kill(process, _number) != 0 && Marshal.GetLastPInvokeError() is var errno and not noSuchProcess)
            throw new PosixException("kill", $"process {process}", errno);
    }
}

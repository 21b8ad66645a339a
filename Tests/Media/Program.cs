using Backup.Media.Posix;

namespace Backup.Tests.Media;

/// <summary>
/// What a test runs as a process of its own, to fail its system calls: `sync`, `data`, `directory` or `atomic`, and a
/// file. Exit code 3 when the failure was reported.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var (operation, path) = (arguments[0], arguments[1]);
        try
        {
            using var file = Descriptor.OpenReadWrite(path);
            switch (operation)
            {
                case "sync": Durable.Sync(file); break;
                case "data": Durable.SyncData(file); break;
                case "directory": Durable.SyncDirectory(Path.GetDirectoryName(path)!); break;
                case "atomic": Durable.WriteAtomically(path, "new"u8); break;
                default: return 2;
            }
            return 0;
        }
        catch (PosixException failed)
        {
            Console.WriteLine($"{failed.Operation} {failed.ErrnoName}");
            return 3;
        }
    }
}

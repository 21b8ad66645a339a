using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Tests.Media;

/// <summary>
/// What a test runs as a process of its own, to fail its system calls: `sync`, `data`, `directory` or `atomic`, and a
/// file; `tape`, and a volume's directory; `renew` or `give`, and a library. Exit code 3 when the failure was reported.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var (operation, path) = (arguments[0], arguments[1]);
        try
        {
            if (operation == "tape") return WriteTape(path);
            if (operation is "renew" or "give") return Recycle(operation, path);
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

    /// <summary>Blocks of a tape file, as a drive gets them, and then the same bytes read again.</summary>
    private static int WriteTape(string directory)
    {
        using var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(1 << 30));
        drive.Insert(directory, readOnly: false);
        if (!drive.Load().IsGood || !drive.SpaceToEndOfData().IsGood) return 2;
        for (var block = 0; block < TapeBlocks; block++)
            if (Failed(drive.Write(BlockOf(block), TapeFileKind.Data))) return 3;
        if (Failed(drive.WriteFileMark()) || Failed(drive.Flush())) return 3;
        drive.SpaceFiles(-1);
        var read = new byte[TapeFormat.BlockBytesMax];
        for (var block = 0; block < TapeBlocks; block++)
        {
            var result = drive.Read(read);
            if (result.Status != TapeStatus.Block) return Failed(result) ? 3 : 2;
            if (!read.AsSpan(0, result.Length).SequenceEqual(BlockOf(block)))
                Console.WriteLine($"block {block} differs");
        }
        return 0;
    }

    /// <summary>
    /// What is done with a volume on which nothing is kept: its space is given back file by file, or it is erased and
    /// labelled anew.
    /// </summary>
    private static int Recycle(string operation, string directory)
    {
        var opened = (LibraryOpening.Opened)VirtualLibrary.Open(directory, null, 1, 1, VirtualTapeOptions.Of(1 << 30));
        using var library = opened.Library;
        if (operation == "give")
        {
            for (var file = 1; ; file++)
            {
                var answer = library.GiveBack(0, file, _ => true, ReleasedMarker.Of("nothing that is kept"), out _);
                if (answer is not LibraryAnswer.Done) return answer == LibraryAnswer.Empty ? 0 : 3;
            }
        }
        if (library.Erase(0) != LibraryAnswer.Done || library.Load(0, 0) != LibraryAnswer.Done) return 3;
        var label = new VolumeLabel(
            new VolumeIdentity(new VolumeName("one"), VolumeId.New()), library.Id, new PoolName("daily"),
            DateTimeOffset.UnixEpoch);
        return TapeLabels.Write(library.Drives[0], label) is Labelling.Done ? 0 : 3;
    }

    internal const int TapeBlocks = 5;

    /// <summary>The header and blocks of 1 MiB.</summary>
    internal static byte[] BlockOf(int number)
    {
        var bytes = new byte[number == 0 ? TapeFormat.HeaderBytes : TapeFormat.BlockBytesMax];
        new Random(number).NextBytes(bytes);
        return bytes;
    }

    private static bool Failed(TapeResult result)
    {
        if (result.IsGood) return false;
        Console.WriteLine($"{result.Operation} {Errno.NameOf(result.Errno)}");
        return true;
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Backup.Actors.Data;
using Backup.Actors.Security;
using Backup.Host.Security;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Packets;
using Backup.Messages;

namespace Backup.Benchmark;

/// <summary>The data plane over loopback, both ends in this process, against sockets that copy the same bytes and do nothing else.</summary>
internal sealed class DataRun(Action<string> say)
{
    private const int Chunks = 1024;
    private const int MembersInChunk = 100;
    private const int Rounds = 5;

    private static readonly byte[] Noise = MakeNoise();

    public async Task Measure()
    {
        say($"\nData plane over loopback: {Chunks} chunks of 1 MiB with {MembersInChunk} members each, both ends in one process; MB/s and seconds of processor a GB");
        var folder = Directory.CreateTempSubdirectory("backup-benchmark-ca-").FullName;
        try
        {
            var authority = CertificateAuthority.Create(Path.Combine(folder, "ca"), "benchmark", TimeSpan.FromDays(2), TimeProvider.System.GetUtcNow());
            var (store, client) = (Identity(authority, folder, "store1", CertificateRoles.Storage), Identity(authority, folder, "web1", CertificateRoles.Client));
            var results = new Dictionary<string, List<(double Rate, double Processor)>> { ["sockets"] = [], ["plain"] = [], ["TLS"] = [], ["one process"] = [] };
            for (var round = 0; round <= Rounds; round++)
                foreach (var (name, copy) in new (string, Func<Task>)[]
                {
                    ("sockets", Sockets), ("plain", () => Plane(null, null)), ("TLS", () => Plane(store, client)), ("one process", OneProcess),
                })
                {
                    var measured = await Time(copy);
                    if (round > 0) results[name].Add(measured); // the first has code compiled
                }
            foreach (var (name, measured) in results)
                say($"  {name,-12} {Spread.Of(measured.Select(each => each.Rate)),-28} processor {Spread.Of(measured.Select(each => each.Processor))}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static NodeSecurity Identity(CertificateAuthority authority, string folder, string node, CertificateRoles role)
    {
        var file = Path.Combine(folder, $"{node}.pem");
        CertificateAuthority.Write(file, authority.Issue(new Enrolment(node, role, [], TimeSpan.FromDays(1)), TimeProvider.System.GetUtcNow()).Pem);
        return new NodeSecurity(file, null, checkHostNames: false, TimeProvider.System, Console.Error.WriteLine);
    }

    private static async Task<(double, double)> Time(Func<Task> copy)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        await copy();
        var bytes = (double)Chunks * Noise.Length;
        return (bytes / 1e6 / clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds / (bytes / 1e9));
    }

    private static async Task Sockets()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        using var from = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await from.ConnectAsync(listener.LocalEndPoint!);
        using var to = await listener.AcceptAsync();
        var sending = Task.Run(async () =>
        {
            for (var chunk = 0; chunk < Chunks; chunk++)
                for (var sent = 0; sent < Noise.Length;) sent += await from.SendAsync(Noise.AsMemory(sent));
            from.Shutdown(SocketShutdown.Send);
        });
        var buffer = new byte[1 << 20];
        while (await to.ReceiveAsync(buffer) > 0) { }
        await sending;
    }

    private static async Task Plane(NodeSecurity? store, NodeSecurity? client)
    {
        var storage = new DataPlane(new DataPlaneOptions { Node = "store1", Listen = new IPEndPoint(IPAddress.Loopback, 0), Security = store, Say = Console.Error.WriteLine });
        await using var server = DataServer.Start(storage);
        var there = new DataLink<ArchiveChunk>(16);
        var address = storage.Open(there, Passport);
        await Copy(new DataPlane(new DataPlaneOptions { Node = "web1", Security = client }).Take<ArchiveChunk>(address, Passport)!, there);
    }

    private static Task OneProcess()
    {
        var link = new DataLink<ArchiveChunk>(16);
        return Copy(link, link);
    }

    private static async Task Copy(DataLink<ArchiveChunk> from, DataLink<ArchiveChunk> to)
    {
        var sending = Task.Run(async () =>
        {
            for (var chunk = 0; chunk < Chunks; chunk++) await from.Write(Chunk(chunk));
            from.Complete();
        });
        var taken = 0;
        while (await to.Read() is { } chunk)
        {
            taken++;
            chunk.Dispose();
        }
        await sending;
        if (taken != Chunks) throw new InvalidOperationException($"{taken} chunks have arrived, {Chunks} were sent.");
    }

    private static DataPassport Passport { get; } = new(new JobId(1), new Epoch(1), new ClientName("web1"), new LibraryName("tapes"));

    /// <summary>The content is what the buffer happens to hold: it is copied and summed all the same.</summary>
    private static ArchiveChunk Chunk(int number) => new(ChunkBuffers.Rent(), Noise.Length)
    {
        Fragment = 0,
        Sequence = number,
        ArchiveOffset = (long)number << 20,
        ArchiveLength = 1 << 20,
        CompressionLevel = 1,
        Members = [.. Enumerable.Range(0, MembersInChunk).Select(member => new MemberRecord(
            new FileEntry
            {
                Path = FilePath.FromText($"srv/data/group-{number:00000}/file-{member:000000}.dat"),
                Kind = FileKind.Regular,
                Size = 10_000,
                Inode = 5_000_000 + (ulong)member,
                Digest = new ContentDigest(Messages.Files.DigestAlgorithm.Sha256, Noise[..32]),
                Modified = new UnixTime(1_700_000_000, 123_456_789),
                Mode = 0x1a4,
            }, MemberPhase.Whole))],
        EndsImage = number == Chunks - 1,
    };

    private static byte[] MakeNoise()
    {
        var noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        return noise;
    }
}

using Backup.Media.Archive;
using Backup.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

/// <summary>What is measured without reading is as long as what is archived.</summary>
public sealed class ArchiveMeterSpecs : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_measure_is_the_length_of_the_archive()
    {
        _scratch.Write("a/empty", []);
        _scratch.Write("a/small", Scratch.Bytes(700));
        _scratch.Write("b", Scratch.Bytes(3_000_000));
        _scratch.Write("a-name-that-is-too-long-for-a-header/" + new string('n', 200), Scratch.Bytes(1));
        Tool.Shell("ln b c; ln -s b d; mkfifo e; truncate -s 10M f; dd if=/dev/zero of=f bs=4096 seek=99 count=1 "
            + "conv=notrunc status=none", _scratch.Tree);

        var pieces = _scratch.Archive();
        var meter = new ArchiveMeter();
        using var walker = _scratch.Walker();
        while (walker.Next() is { } item) using (item) meter.Add(item);

        Assert.Equal(pieces.Sum(piece => (long)piece.Bytes.Length), meter.Bytes);
        Assert.Equal(pieces.Entries().Count(), meter.Items);
    }
}

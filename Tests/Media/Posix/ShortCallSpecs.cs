using System.Globalization;
using Backup.Media.Tape;
using Backup.Tests.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Posix;

/// <summary>
/// V5: the system does less than it was asked for, or nothing for now. The calls of a process that writes a tape file
/// and reads it again are answered by strace in the kernel's place.
/// </summary>
public sealed class ShortCallSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public ShortCallSpecs() => Directory.CreateDirectory(_tree["volume"]);

    public void Dispose() => _tree.Dispose();

    /// <summary>
    /// The kernel is not asked: it "wrote" so many bytes, which therefore are zeros in the file, and all that stands
    /// before and behind them was written by a further call.
    /// </summary>
    [DurableSpecs.StraceTheory]
    [InlineData(1, 2)]
    [InlineData(511, 2)]
    [InlineData(4096, 1)]
    [InlineData(32_767, 1)]
    [InlineData(1_048_575, 3)]
    public void What_a_short_write_left_is_written(int wrote, int when)
    {
        var fault = string.Create(CultureInfo.InvariantCulture, $"retval={wrote}:when={when}");
        var (code, output) = Run("pwrite64", fault);

        var begin = when == 1 ? 0 : TapeFormat.HeaderBytes + ((when - 2) * TapeFormat.BlockBytesMax);
        var expected = Enumerable.Range(0, Program.TapeBlocks).SelectMany(Program.BlockOf).ToArray();
        expected.AsSpan(begin, wrote).Clear();
        Assert.Equal((0, $"block {when - 1} differs"), (code, output.Trim()));
        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(_tree["volume/00000.data"])));
    }

    /// <summary>Every other call is interrupted, which is as near as can be to all.</summary>
    [DurableSpecs.StraceTheory]
    [InlineData("pwrite64")]
    [InlineData("pread64")]
    [InlineData("openat")]
    public void Calls_that_signals_interrupt_again_and_again_are_repeated(string call)
    {
        Assert.Equal((0, ""), Run(call, "error=EINTR:when=1+2"));

        Assert.Equal(
            Enumerable.Range(0, Program.TapeBlocks).SelectMany(Program.BlockOf).ToArray(),
            File.ReadAllBytes(_tree["volume/00000.data"]));
    }

    /// <summary>
    /// A regular file never says "try again"; where one does, or writes nothing at all, the block is not taken for
    /// written, and nobody waits for ever.
    /// </summary>
    [DurableSpecs.StraceTheory]
    [InlineData("pwrite64", "error=EAGAIN:when=2", "pwrite EAGAIN")]
    [InlineData("pwrite64", "retval=0:when=2+", "pwrite EIO")]
    [InlineData("pread64", "error=EAGAIN:when=2", "pread EAGAIN")]
    [InlineData("fdatasync", "error=EINTR:when=1", "fdatasync EINTR")]
    [InlineData("fsync", "error=EAGAIN:when=1", "fsync EAGAIN")]
    public void What_cannot_be_repeated_is_a_failure(string call, string fault, string expected)
    {
        var (code, output) = Run(call, fault);

        Assert.Equal((3, expected), (code, output.Trim()));
    }

    private (int Code, string Output) Run(string call, string fault)
    {
        // The runtime's own files are left alone
        var (code, output) = Command.Run(
            "strace", "-f", "-qq", "-o", _tree["log"], "-P", _tree["volume/00000.data"], "-P", _tree["volume"], "-e",
            $"trace={call}", "-e", $"inject={call}:{fault}", "dotnet", "exec",
            typeof(ShortCallSpecs).Assembly.Location, "tape", _tree["volume"]);
        Assert.Contains("INJECTED", File.ReadAllText(_tree["log"]), StringComparison.Ordinal);
        return (code, output);
    }
}

using Backup.Media.Posix;
using Backup.Tests.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Posix;

public sealed class DurableSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [StraceTheory]
    [InlineData("fsync", "sync", "EIO")]
    [InlineData("fsync", "sync", "ENOSPC")]
    [InlineData("fdatasync", "data", "EIO")]
    [InlineData("fsync", "directory", "EIO")]
    [InlineData("fsync", "atomic", "EIO")]
    public void A_failed_synchronisation_is_reported(string call, string operation, string error)
    {
        _tree.File("file", "old");
        var helper = typeof(DurableSpecs).Assembly.Location;

        var (code, output) = Command.Run("strace", "-f", "-qq", "-o", _tree["log"], "-e", $"trace={call}",
            "-e", $"inject={call}:error={error}:when=1", "dotnet", "exec", helper, operation, _tree["file"]);

        Assert.Equal((3, $"{call} {error}"), (code, output.Trim()));
        Assert.Contains("INJECTED", File.ReadAllText(_tree["log"]), StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(_tree["file"]));
        Assert.Equal(["file", "log"], Directory.GetFiles(_tree.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_whole_file_replaces_the_old_one()
    {
        _tree.File("file", "old");

        Durable.WriteAtomically(_tree["file"], "new"u8);

        Assert.Equal("new", File.ReadAllText(_tree["file"]));
        Assert.Single(Directory.GetFiles(_tree.Path));
        Assert.Equal(
            Errno.NoEntry, Assert.Throws<PosixException>(() => Durable.WriteAtomically(_tree["no/file"], "x"u8)).Errno);
        Assert.Equal("ENOTDIR", Assert.Throws<PosixException>(() => Durable.SyncDirectory(_tree["file"])).ErrnoName);
    }

    [Fact]
    public void A_lock_excludes_another_open_of_the_same_file()
    {
        using var one = Descriptor.OpenOrCreate(_tree["lock"]);
        using var other = Descriptor.OpenOrCreate(_tree["lock"]);

        Assert.True(one.TryLock(exclusive: true));
        Assert.False(other.TryLock(exclusive: true));
        one.Dispose();
        Assert.True(other.TryLock(exclusive: true));
    }

    /// <summary>Needs strace; in CI its absence is a failure.</summary>
    internal sealed class StraceTheoryAttribute : TheoryAttribute
    {
        public StraceTheoryAttribute()
        {
            if (!Command.Exists("strace") && Environment.GetEnvironmentVariable("CI") != "true")
                Skip = "strace, which makes fsync fail, is not installed.";
        }
    }
}

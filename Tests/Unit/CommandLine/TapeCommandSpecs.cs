using System.Text.Json;
using Backup.Host.CommandLine;
using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class TapeCommandSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("backup-tape-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_virtual_drive_is_tried_in_a_folder_of_its_own_that_is_removed()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Complete, await run.Run("tape", "test", _folder, "--speed-mib", "2", "--fill", "--yes",
            "--json"));

        using var told = JsonDocument.Parse(run.Output);
        Assert.True(told.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal(17, told.RootElement.GetProperty("steps").GetArrayLength());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
        Assert.Empty(run.Node.Asked);
    }

    [Fact]
    public void What_a_test_that_was_killed_has_left_is_removed_by_the_next_and_what_one_at_work_has_is_not()
    {
        var killed = Directory.CreateDirectory(Path.Combine(_folder, ".tape-test-1"));
        File.WriteAllText(Path.Combine(killed.FullName, "lock"), "");
        Directory.CreateDirectory(Path.Combine(killed.FullName, "volume"));
        var young = Directory.CreateDirectory(Path.Combine(_folder, ".tape-test-2"));
        var former = Directory.CreateDirectory(Path.Combine(_folder, ".tape-test-3"));
        Directory.SetLastWriteTimeUtc(former.FullName, DateTime.UtcNow.AddDays(-1));
        using (var atWork = BenchFolder.Make(_folder))
        using (var next = BenchFolder.Make(_folder))
        {
            Assert.True(Directory.Exists(atWork.Volume));
            Assert.True(Directory.Exists(next.Volume));
        }

        Assert.Equal([young.FullName], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Filling_is_asked_for_and_nothing_is_done_where_nobody_can_be_asked()
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.Usage, await run.Run("tape", "test", _folder, "--fill"));

        Assert.Contains("--yes", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_volume_is_listed_tape_file_by_tape_file()
    {
        using (var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(long.MaxValue)))
        {
            drive.Insert(_folder, readOnly: false);
            TapeLabels.Write(drive, new VolumeLabel(
                new VolumeIdentity(new VolumeName("V1"), new VolumeId(7)), new LibraryId(1), new PoolName("daily"),
                DateTimeOffset.UnixEpoch));
            drive.SpaceToEndOfData();
            drive.Write(new byte[TapeFormat.HeaderBytes], TapeFileKind.Data);
            drive.Write(new byte[70], TapeFileKind.Data);
        }
        using var run = new CommandRun(Replies.Answer);

        Assert.Equal(ExitCode.CompleteWithExceptions, await run.Run("tape", "list", _folder));

        Assert.Contains("volume V1 of pool daily", run.Output, StringComparison.Ordinal);
        Assert.Contains("damaged", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Theory]
    [InlineData("tape list /dev/no-such-drive", "ENOENT")]
    [InlineData("tape list /dev/null", "ENOTTY")]
    [InlineData("tape test /dev/nst0 --block-size 1000", "power of two")]
    public async Task What_is_no_drive_is_refused_with_the_reason(string line, string reason)
    {
        using var run = new CommandRun(Replies.Answer);

        Assert.NotEqual(ExitCode.Complete, await run.Run(line.Split(' ')));

        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }
}

using Backup.Media.Files;
using Xunit;

namespace Backup.Tests.Media.Files;

public sealed class MountTableSpecs
{
    // As proc_pid_mountinfo(5) shows it, with none, one and two optional fields.
    private static readonly string[] Lines =
    [
        "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
        "30 27 0:27 / /dev/shm rw shared:3 - tmpfs tmpfs rw",
        "31 27 0:40 / /mnt/my\\040host rw,relatime shared:7 master:1 - fuse.sshfs host:/ rw",
        "32 31 254:0 /srv /srv rw - ext4 /dev/vda rw",
        "broken line",
        "33 31 254:9 /x /x rw -",
    ];

    [Theory]
    [InlineData(27, 0, "ext4")]
    [InlineData(30, 0, "tmpfs")]
    [InlineData(31, 0, "fuse.sshfs")]
    [InlineData(33, 0, null)]
    [InlineData(99, 254UL << 32, null)]
    [InlineData(0, 254UL << 32, "ext4")]
    [InlineData(0, 40, "fuse.sshfs")]
    [InlineData(0, 41, null)]
    public void A_mount_has_the_type_that_the_table_says(ulong mount, ulong device, string? type) =>
        Assert.Equal(type, new MountTable(() => Lines).TypeOf(mount, device));

    [Fact]
    public void The_table_is_read_again_for_a_mount_that_is_new_and_for_no_other()
    {
        var (lines, reads) = (Lines, 0);
        var table = new MountTable(() =>
        {
            reads++;
            return lines;
        });

        Assert.Equal("ext4", table.TypeOf(27, 0));
        lines = [.. Lines, "77 27 0:50 / /mnt/usb rw - vfat /dev/sdb1 rw"];
        Assert.Equal(["vfat", "ext4", "vfat"], ((ulong[])[77, 27, 77]).Select(mount => table.TypeOf(mount, 0)));

        Assert.Equal(2, reads);
    }
}

using Backup.Host.CommandLine;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class JobDiagramSpecs
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 10, 30, 0, TimeSpan.Zero);

    private static readonly JobPart Client = new("client", "web1", "two", "transferring", "/etc/hosts", 1 << 20, Now);
    private static readonly JobPart Drive = new("storage", "tapes/0", "one", "transferring", "disk-0002", 1 << 19, Now);
    private static readonly JobPart Catalog = new("catalog", "", null, "3 fragments", null, null, null);
    private static readonly JobPart Director = new("director", "", "three", "transferring", null, null, Now);

    [Fact]
    public void A_backup_goes_from_the_client_over_the_drive_to_the_catalog() => Assert.Equal(
        "client web1 (node two, transferring, /etc/hosts) --1.00 MiB/s--> "
            + "drive tapes/0 (node one, transferring, disk-0002) --512 KiB/s--> catalog (3 fragments)"
            + ", directed by node three (transferring)",
        JobDiagram.Of(JobKind.Backup, [Client, Drive, Catalog, Director]));

    [Fact]
    public void The_newest_message_of_each_party_is_said_and_how_old_it_is() => Assert.Equal(
        "client web1 (node two, transferring, /etc/hosts, said Advanced 0:01 ago) --1.00 MiB/s--> "
            + "drive tapes/0 (node one, transferring, disk-0002, said FragmentClosed 1:30 ago) --512 KiB/s--> "
            + "catalog (3 fragments, took FragmentClosed 1:30 ago)"
            + ", directed by node three (transferring, sent Backup 2:00 ago)",
        JobDiagram.Of(
            JobKind.Backup,
            [
                Heard(Client, "ClientProtocol.Advanced", 1), Heard(Drive, "StorageProtocol.FragmentClosed", 90),
                Heard(Catalog, "StorageProtocol.FragmentClosed", 90), Heard(Director, "ClientProtocol.Backup", 120),
            ]));

    [Fact]
    public void A_restore_goes_the_other_way() => Assert.Equal(
        "drive tapes/0 (node one, transferring, disk-0002) --512 KiB/s--> "
            + "client web1 (node two, transferring, /etc/hosts), directed by node three (transferring)",
        JobDiagram.Of(JobKind.Restore, [Client, Drive, Director]));

    [Fact]
    public void Who_is_silent_or_not_there_is_said() => Assert.Equal(
        "client web1 (node not connected, transferring, /etc/hosts, silent for 1:00) --1.00 MiB/s--> "
            + "catalog (3 fragments), directed by node three (transferring)",
        JobDiagram.Of(
            JobKind.Backup, [Client with { Node = null, HeardAt = Now.AddMinutes(-1) }, Catalog, Director]));

    [Fact]
    public void A_job_that_has_nothing_yet_is_directed_all_the_same() => Assert.Equal(
        "directed by node three (queued)", JobDiagram.Of(JobKind.Scan, [Director with { Doing = "queued" }]));

    private static JobPart Heard(JobPart part, string message, int secondsAgo) =>
        part with { Message = message, MessageAt = Now.AddSeconds(-secondsAgo) };
}

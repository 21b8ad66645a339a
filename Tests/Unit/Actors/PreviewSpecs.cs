using Akka.Actor;
using Backup.Actors.Clients;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>The walk that shows what a backup would save says what the backup would do.</summary>
public sealed class PreviewSpecs : ActorKit
{
    private readonly TemporaryFolder _folder = new();

    private string Root => _folder.File("root");

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_root_at_which_nothing_is_mounted_any_more_is_told_as_the_backup_would(bool allowEmpty)
    {
        Files("below");
        var spec = Spec() with
        {
            Level = 1,
            Base = new JobBase(new ImageId(5), default, DateTimeOffset.UnixEpoch),
            AllowEmpty = allowEmpty,
        };

        var page = Pages(spec, new FileEntry
        {
            Path = FilePath.FromText(Root),
            Kind = FileKind.Directory,
            Device = ulong.MaxValue,
            Inode = 2,
        }, limit: 100)[^1];

        Assert.Equal(allowEmpty ? 2 : 0, page.Files);
        if (allowEmpty) Assert.Null(page.Failure);
        else Assert.Contains("no file system is mounted", page.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public void A_page_holds_few_items_whatever_its_limit_when_the_first_one_named_them(int later)
    {
        Files([.. Enumerable.Range(0, 20).Select(number => $"{number:00}")]);

        var pages = Pages(Spec(), null, limit: 2, later);

        Assert.All(pages, page => Assert.InRange(page.Items.Count, 0, 2));
        Assert.Equal(21, pages.Sum(page => page.Items.Count));
    }

    private List<PreviewPage> Pages(BackupSpec spec, FileEntry? known, int limit, int? later = null)
    {
        var options = new ClientOptions(
            Client, _folder.Path, 1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        var catalog = Sys.ActorOf(Props.Create(() => new OneManifest(known)));
        var asked = new NodeProtocol.Preview(Client, "w", 0, limit, spec);
        var session = Sys.ActorOf(PreviewSession.Props(asked, spec, options, catalog));
        var pages = new List<PreviewPage>();
        while (pages is not [.., { Done: true }] && pages.Count < 100)
        {
            session.Tell(
                asked with { Page = pages.Count, Limit = pages.Count == 0 ? limit : later ?? limit }, TestActor);
            pages.Add(ExpectMsg<RunPreview>(TimeSpan.FromMinutes(2)).Page!);
        }
        return pages;
    }

    private BackupSpec Spec() => Save() with
    {
        FileSet = new FileSet(new FileSetName("all"), [new SaveOperation([Root], [])]),
    };

    private void Files(params string[] names)
    {
        Directory.CreateDirectory(Root);
        foreach (var name in names) File.WriteAllText(Path.Combine(Root, name), "x");
    }

    private sealed class OneManifest : ReceiveActor
    {
        public OneManifest(FileEntry? entry) => Receive<CatalogProtocol.ReadManifest>(asked =>
        {
            var builder = new EntryBlockBuilder();
            if (entry is not null) builder.Add(entry);
            Sender.Tell(new CatalogProtocol.ManifestPage(
                asked.Image, builder.Flush() is { } block ? [block.Bytes.ToArray()] : [], null));
        });
    }
}

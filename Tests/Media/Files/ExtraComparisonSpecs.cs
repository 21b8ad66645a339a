using System.Buffers;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Media.Files;

/// <summary>CL-17: what a policy may compare besides.</summary>
public sealed class ExtraComparisonSpecs : IDisposable
{
    private readonly TemporaryTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(ComparedAttributes.User, 1, 0, false)]
    [InlineData(ComparedAttributes.User, 0, 1, true)]
    [InlineData(ComparedAttributes.Group, 1, 0, true)]
    [InlineData(ComparedAttributes.Group, 0, 1, false)]
    [InlineData(ComparedAttributes.Owner, 1, 1, false)]
    public void User_and_group_count_each_by_itself(ComparedAttributes not, int user, int group, bool isNoticed)
    {
        _tree.File("file", "file");
        var known = All(entry => entry with
        {
            UserId = entry.UserId + (uint)user,
            GroupId = entry.GroupId + (uint)group,
        });

        Assert.Equal(isNoticed ? ["file"] : [], Changed(known, not));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    public void A_file_that_became_longer_may_be_left_out_and_a_shorter_one_not(int more, bool isNoticed)
    {
        _tree.File("file", "file");
        var known = All(entry => entry with { Size = entry.Size + more });

        Assert.Equal(["file"], Changed(known));
        Assert.Equal(isNoticed ? ["file"] : [], Changed(known, ComparedAttributes.Growth));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha512)]
    public void A_content_that_no_attribute_tells_is_noticed_by_its_digest(DigestAlgorithm algorithm)
    {
        foreach (var name in (string[])["empty", "other", "same"]) _tree.File(name, name == "empty" ? "" : name);
        using (var sparse = File.Create(_tree["sparse"]))
        {
            sparse.SetLength(1 << 20);
            sparse.Position = 1 << 19;
            sparse.Write("data"u8);
        }
        Command.Run("ln", _tree["other"], _tree["zz-further-name-of-other"]);
        var known = WithDigests(algorithm);
        Assert.Empty(Changed(known, also: ExtraComparison.Content));

        var (others, wrong) = (known.Where(entry => entry.Path.ToString().Contains("other", StringComparison.Ordinal)
            || entry.Path == _tree.PathOf("sparse")).ToHashSet(), new ContentDigest(algorithm, new byte[32]));
        known = known.ConvertAll(entry => others.Contains(entry) ? entry with { Digest = wrong } : entry);

        Assert.Equal(
            ["other", "sparse", "zz-further-name-of-other"], Changed(known, also: ExtraComparison.Content));
        Assert.Empty(Changed(known));
    }

    [Fact]
    public void Where_the_base_has_no_digest_its_attributes_decide()
    {
        _tree.File("file", "file");

        Assert.Empty(Changed(All(), also: ExtraComparison.Content));
    }

    [Fact]
    public void A_file_that_cannot_be_read_for_it_is_handed_out_to_whoever_saves_it()
    {
        _tree.File("file", "file");
        var known = WithDigests(DigestAlgorithm.Sha256);
        var (asked, exceptions) = (0, new List<FileException>());
        using var walker = Walker(known, ExtraComparison.Content, exceptions.Add, (item, _) =>
        {
            asked++;
            throw new PosixException("read", item.Entry.Path.ToString(), 5);
        });

        var handed = new List<FilePath>();
        while (walker.Next() is { } item)
            using (item) handed.Add(item.Entry.Path);

        Assert.Equal((1, 0), (asked, exceptions.Count));
        Assert.Equal([_tree.PathOf("file")], handed);
        Assert.Empty(walker.TakeDeletions(null));
    }

    [Fact]
    public void Everything_counts_as_changed_and_what_is_gone_is_still_gone()
    {
        foreach (var name in (string[])["a", "folder/b", "gone"]) _tree.File(name, name);
        var known = All();
        File.Delete(_tree["gone"]);

        using var walker = Walker(known, ExtraComparison.Everything);
        var met = new List<string>();
        while (walker.Next() is { } item)
            using (item) met.Add(item.Entry.Path == _tree.PathOf("") ? "." : item.Entry.Path.ToString());

        Assert.Equal(4, met.Count); // the root, a, the folder and b
        Assert.Equal([_tree.PathOf("gone")], walker.TakeDeletions(null));
    }

    [Fact]
    public void An_access_is_noticed_where_access_times_are_kept()
    {
        foreach (var name in (string[])["read", "unread"]) _tree.File(name, name);
        var known = All(keeps: true);
        File.SetLastAccessTimeUtc(_tree["read"], DateTime.UnixEpoch.AddSeconds(1_000_000_000));
        const ComparedAttributes ctime = ComparedAttributes.ChangedTime; // which the line above changes too

        Assert.Equal(["read"], Changed(known, ctime, ExtraComparison.AccessTime));
        Assert.Empty(Changed(known, ctime));
        // A base that does not have them is made good once
        Assert.Equal(
            ["read", "unread"], Changed(All(), ctime, ExtraComparison.AccessTime).Where(name => name != "."));
    }

    [Theory]
    [InlineData(1_000_000_000, 123_456_789)]
    [InlineData(0, 0)]
    [InlineData(-2, 500_000_000)]
    public void An_access_time_comes_back_from_archive_and_restore(long seconds, int nanoseconds)
    {
        var time = new UnixTime(seconds, nanoseconds);
        var entry = new FileEntry
        {
            Path = FilePath.FromText("folder"),
            Kind = FileKind.Directory,
            Mode = 0x1ed,
            Modified = new UnixTime(1_500_000_000, 0),
            Attributes = AccessTime.AddTo([new ExtendedAttribute("user.a"u8.ToArray(), [1])], time),
        };

        var archive = new ArrayBufferWriter<byte>();
        new PaxHeader().Write(entry, 0, archive);
        var reader = new ArchiveReader(new StreamSource(
            new MemoryStream([.. archive.WrittenSpan, .. new byte[PaxHeader.TrailerBytes]])));
        var read = Assert.IsType<ArchiveStep.Member>(reader.Next()).Entry;
        Assert.Equal(time, AccessTime.Of(read));
        Assert.Equal(entry.Attributes.Select(each => each.Name), read.Attributes.Select(each => each.Name));

        using (var writer = new TreeWriter(_tree["target"], new RestoreOptions { Owner = false }, _ => { }))
        {
            writer.Directory(read with { Attributes = [.. read.Attributes.Where(AccessTime.IsIn)] });
            writer.Complete();
        }
        Assert.Equal(time, AccessTime.Of(All(keeps: true).Single(each => each.Path == _tree.PathOf("target/folder"))));
    }

    private static WalkOptions NoTicks => new() { TickMax = TimeSpan.Zero };

    private List<FileEntry> All(Func<FileEntry, FileEntry>? change = null, bool keeps = false) =>
        Walk.Of(Walk.Set(Walk.Operation(_tree.Path)), NoTicks with { KeepsAccessTimes = keeps }).Entries
            .ConvertAll(entry => change is null || entry.Kind == FileKind.Directory ? entry : change(entry));

    /// <summary>As an image has them: a further name has the digest of the first.</summary>
    private List<FileEntry> WithDigests(DigestAlgorithm algorithm)
    {
        var (known, digests) = (new List<FileEntry>(), new Dictionary<FilePath, ContentDigest>());
        using var walker = new TreeWalker(Walk.Set(Walk.Operation(_tree.Path)), NoTicks, _ => { });
        while (walker.Next() is { } item)
            using (item)
            {
                var entry = item.Entry;
                if (entry is { Kind: FileKind.Regular, Size: > 0 })
                    digests[entry.Path] = ArchivedDigest.Of(item, algorithm, CancellationToken.None);
                var of = entry.Kind == FileKind.HardLink ? new FilePath(entry.LinkTarget!) : entry.Path;
                known.Add(entry with { Digest = digests.GetValueOrDefault(of), Sparse = item.Extents is not null });
            }
        return known;
    }

    private TreeWalker Walker(
        IEnumerable<FileEntry> known, ExtraComparison also, Action<FileException>? onException = null,
        Func<WalkedItem, DigestAlgorithm, ContentDigest>? digestOf = null, ComparedAttributes not = default) => new(
        Walk.Set(Walk.Operation(_tree.Path)),
        NoTicks with
        {
            Base = new BaseComparison(known)
            {
                Uncompared = not,
                Also = also,
                ArchivedDigestOf = digestOf
                    ?? ((item, algorithm) => ArchivedDigest.Of(item, algorithm, CancellationToken.None)),
            },
            KeepsAccessTimes = also.HasFlag(ExtraComparison.AccessTime),
        },
        onException ?? (_ => { }));

    private string[] Changed(
        IEnumerable<FileEntry> known, ComparedAttributes not = default, ExtraComparison also = default)
    {
        var paths = new List<string>();
        using var walker = Walker(known, also, not: not);
        while (walker.Next() is { } item)
            using (item)
                paths.Add("/" + item.Entry.Path == _tree.Path ? "." : Path.GetFileName(item.Entry.Path.ToString()));
        Assert.Empty(walker.TakeDeletions(null));
        return [.. paths];
    }
}

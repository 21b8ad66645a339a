using System.Buffers.Binary;
using System.Security.Cryptography;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>A source that is not there any more is never recorded as emptied.</summary>
public sealed class EmptySourceSpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_that_is_resumed_on_a_root_without_items_is_refused()
    {
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;

        var refused = Assert.Throws<JobFailureException>(() => Run(Spec(root), ResumedBehind($"{root}/a")));

        Assert.Equal([root], Assert.IsType<JobFailure.SourceEmpty>(refused.Failure).Roots);
    }

    [Fact]
    public void A_full_that_is_resumed_on_a_root_that_is_not_there_is_refused()
    {
        var (root, other) = (_folder.File("root"), Directory.CreateDirectory(_folder.File("z")).FullName);
        File.WriteAllText(Path.Combine(other, "file"), "there");

        var refused = Assert.Throws<JobFailureException>(() => Run(Spec(root, other), ResumedBehind($"{root}/a")));

        Assert.Equal([root], Assert.IsType<JobFailure.SourceEmpty>(refused.Failure).Roots);
    }

    [Fact]
    public void A_full_that_is_resumed_in_the_middle_of_a_file_is_refused_too()
    {
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;
        var cut = new MemberCut(
            new FileEntry
            {
                Path = FilePath.FromText($"{root}/large"),
                Kind = FileKind.Regular,
                Size = 1 << 20,
                Mode = 0x1a4,
                Position = new ContentPosition(Image, 0, 512, 1 << 20),
            },
            4096, []);

        var refused = Assert.Throws<JobFailureException>(() => Run(
            Spec(root), new ArchiveResume(1, FilePath.FromText(root), cut, [])));

        Assert.Equal([root], Assert.IsType<JobFailure.SourceEmpty>(refused.Failure).Roots);
    }

    [Fact]
    public void A_full_that_is_resumed_where_the_earlier_items_still_are_ends_though_nothing_is_behind_them()
    {
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;
        File.WriteAllText(Path.Combine(root, "a"), "there");

        Assert.True(Run(Spec(root), ResumedBehind($"{root}/a")));
    }

    [Fact]
    public void An_emptied_root_is_recorded_when_that_is_allowed()
    {
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;

        Assert.True(Run(Spec(root) with { AllowEmpty = true }, ResumedBehind($"{root}/a")));
    }

    [Fact]
    public void A_full_is_refused_for_each_root_that_had_items_and_has_none()
    {
        var (root, other) = (_folder.File("root"), Directory.CreateDirectory(_folder.File("z")).FullName);
        File.WriteAllText(Path.Combine(other, "file"), "there");
        var spec = Spec(root, other);

        var refused = Assert.Throws<JobFailureException>(() => Run(spec with { HadItems = [root, other] }, null));

        Assert.Equal([root], Assert.IsType<JobFailure.SourceEmpty>(refused.Failure).Roots);
        Assert.True(Run(spec with { HadItems = [other] }, null));
    }

    [Fact]
    public void A_root_at_which_nothing_is_mounted_any_more_is_refused_before_anything_is_said_of_it()
    {
        var root = Directory.CreateDirectory(_folder.File("root")).FullName;
        File.WriteAllText(Path.Combine(root, "below"), "was there before it was mounted");
        var known = new JobBase(new ImageId(5), default, DateTimeOffset.UnixEpoch);
        var manifest = Manifest(known, new FileEntry
        {
            Path = FilePath.FromText(root),
            Kind = FileKind.Directory,
            Device = ulong.MaxValue,
            Inode = 2,
        });
        var spec = Spec(root) with { Level = 1, Base = known };

        var refused = Assert.Throws<JobFailureException>(() => Run(spec, null, manifest));

        Assert.Equal([root], Assert.IsType<JobFailure.SourceUnmounted>(refused.Failure).Roots);
        Assert.True(Run(spec with { AllowEmpty = true }, null, manifest));
    }

    /// <summary>As the client keeps it: image and root, one block, and the digest of these.</summary>
    private string Manifest(JobBase known, FileEntry entry)
    {
        var builder = new EntryBlockBuilder();
        Assert.Null(builder.Add(entry));
        var block = builder.Flush()!.Bytes.ToArray();
        var head = new byte[16 + Sha256Digest.Size + 4];
        BinaryPrimitives.WriteUInt128BigEndian(head, known.Image.Value);
        known.Root.CopyTo(head.AsSpan(16));
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(^4), block.Length);
        byte[] file = [.. head, .. block, 0, 0, 0, 0];
        var path = _folder.File("manifest");
        File.WriteAllBytes(path, [.. file, .. SHA256.HashData(file)]);
        return path;
    }

    private ClientOptions Options => new(
        new ClientName("web"), _folder.File("work"), 1, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(1));

    private static ImageId Image => new(77);

    private static ArchiveResume ResumedBehind(string path) => new(1, FilePath.FromText(path), null, []);

    private static BackupSpec Spec(params string[] roots) => new(
        new PolicyName("nightly"), new ClientName("web"),
        new FileSet(new FileSetName("all"), [new SaveOperation(roots, [])]), new PoolName("disk"),
        new LibraryName("tapes"), 0, "", Image, 1 << 20, 1000, 3, new RetryRule(1, TimeSpan.Zero));

    /// <summary>True when the image was written to its end.</summary>
    private bool Run(BackupSpec spec, ArchiveResume? resume, string? manifest = null)
    {
        var orders = new ClientProtocol.Save(
            new JobId(1), new Epoch(2), spec, new DataAddress("", "token"), DateTimeOffset.UnixEpoch,
            resume is null ? ResumePoint.Beginning : new ResumePoint(resume.Fragment, null));
        using var source = new ArchiveSource(
            orders, new ResumeReader.Found(resume) { Base = manifest }, Options,
            _ => { }, CancellationToken.None).Open();
        while (source.Next() is { } chunk)
            using (chunk)
                if (chunk.EndsImage) return true;
        return false;
    }
}

using Backup.Media.Archive;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Xunit;

namespace Backup.Tests.Media.Archive;

/// <summary>
/// What is on a medium must come back with zstd and GNU tar alone, and what tar wrote must be readable here.
/// </summary>
public sealed class ArchiveInteropSpecs : IDisposable
{
    private const string Extract = "tar --xattrs --xattrs-include='*' --acls --numeric-owner -p -x";

    // Types, modes, owners, times to the nanosecond, sizes, links and allocated blocks of sparse files, names as bytes.
    private const string Listing =
        "find . -mindepth 1 -printf '%P|%y|%m|%U|%G|%T@|%s|%l|%n\\0' | sort -z | tr '\\0' '\\n'";
    private const string Attributes = "getfattr -R -h -d -m '^user\\.|posix_acl' -e hex . | sort";
    private const string Contents = "find . -type f -print0 | sort -z | xargs -0 sha256sum";

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [ToolFact("tar", "zstd", "setfattr", "getfattr", "setfacl", "mkfifo", "find")]
    public void Gnu_tar_and_zstd_restore_the_tree_as_it_was()
    {
        MakeTree();
        var pieces = _scratch.Archive(Scratch.Options(fragmentBytes: 200_192));
        File.WriteAllBytes(Path.Combine(_scratch.Folder, "image.zst"), pieces.Frames());

        Tool.Shell($"mkdir out && zstd -dc image.zst | {Extract} -C out", _scratch.Folder);

        AssertSameTree(Path.Combine(_scratch.Folder, "out") + _scratch.Tree);
    }

    [ToolFact("tar", "zstd", "setfattr", "getfattr", "setfacl", "mkfifo", "find")]
    public void Each_fragment_alone_restores_its_own_members_with_the_offset_that_it_announces()
    {
        MakeTree();
        var pieces = _scratch.Archive(Scratch.Options(fragmentBytes: 200_192));

        foreach (var start in pieces.Select(piece => piece.Chunk.Start).OfType<FragmentStart>())
        {
            if (start.Kind is FragmentKind.Head or FragmentKind.Middle) continue;
            var name = $"fragment{start.Fragment}";
            var own = pieces.Where(piece => piece.Chunk.Fragment == start.Fragment).ToList();
            File.WriteAllBytes(Path.Combine(_scratch.Folder, name + ".zst"), own.Frames());
            var listed = Tool.Shell(
                $"zstd -dc {name}.zst | tail -c +{start.BytesToFirstMember + 1} | tar -t --quoting-style=escape 2>&1 "
                    + "| wc -l",
                _scratch.Folder);
            Assert.Equal(own.Records().Count(record => record.Phase == MemberPhase.Whole), int.Parse(listed, null));
        }
    }

    [ToolFact("python3", "setfattr", "setfacl", "mkfifo")]
    public void Pythons_tarfile_reads_the_archive()
    {
        MakeTree();
        var pieces = _scratch.Archive();
        File.WriteAllBytes(Path.Combine(_scratch.Folder, "image.tar"), pieces.Archive());

        var listed = Tool.Shell("""
            python3 -c 'import tarfile,hashlib
            for m in tarfile.open("image.tar", errors="surrogateescape"):
              if m.isreg(): print(m.size, hashlib.sha256(tarfile.open("image.tar", errors="surrogateescape").extractfile(m).read()).hexdigest())'
            """, _scratch.Folder);

        var expected = pieces.Entries().Where(entry => entry.Kind == FileKind.Regular)
            .Select(entry =>
                $"{entry.Size} "
                    + $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(pieces.Restored(entry)))}\n");
        Assert.Equal(string.Concat(expected), listed);
    }

    [ToolFact("tar", "zstd", "setfattr", "setfacl", "mkfifo")]
    public void What_gnu_tar_wrote_is_read_as_what_is_archived_here()
    {
        MakeTree();
        var ours = _scratch.Archive().Entries().ToDictionary(entry => entry.Path);
        Tool.Shell(
            "tar --xattrs --xattrs-include='*' --acls --numeric-owner -S --format=pax -C / -cf - "
                + $"{_scratch.Tree[1..]} | split -b 1M --filter='zstd -qc' > tar.zst",
            _scratch.Folder);
        using var file = File.OpenRead(Path.Combine(_scratch.Folder, "tar.zst"));
        using var frames = new ZstdReader(new StreamSource(file));
        var reader = new ArchiveReader(frames);
        var read = 0;

        while (reader.Next() is ArchiveStep.Member { Entry: var entry } member)
        {
            read++;
            Assert.Empty(member.Warnings);
            AssertSame(ours[entry.Path], entry);
            if (entry.Kind == FileKind.Regular) AssertSameContent(reader, entry);
        }

        Assert.Equal(ours.Count, read);
        Assert.IsType<ArchiveStep.End>(reader.Next());
    }

    [ToolFact("tar")]
    public void Gnu_formats_with_long_names_are_read_too()
    {
        var name = string.Join('/', Enumerable.Repeat("directory-of-some-length", 12));
        _scratch.Write(name + "/file", Scratch.Bytes(1000));

        foreach (var format in (string[])["gnu", "pax"])
        {
            Tool.Shell($"tar --format={format} -cf {format}.tar tree", _scratch.Folder);
            var (steps,
                content) = ArchiveReaderSpecs.Read(File.ReadAllBytes(Path.Combine(_scratch.Folder, $"{format}.tar")));

            Assert.IsType<ArchiveStep.End>(steps[^1]);
            Assert.Equal(1000, content);
            Assert.Equal($"tree/{name}/file", Assert.IsType<ArchiveStep.Member>(steps[^2]).Entry.Path.ToString());
        }
    }

    private static void AssertSame(FileEntry ours, FileEntry tars)
    {
        // GNU tar archives the name that it meets first, in directory order.
        if (ours.LinkCount > 1 && ours.Kind != FileKind.Directory) return;
        Assert.Equal((ours.Kind, ours.Mode, ours.UserId, ours.GroupId, ours.Size),
            (tars.Kind, tars.Mode, tars.UserId, tars.GroupId, tars.Size));
        Assert.Equal((ours.Modified, ours.Sparse, ours.DeviceMajor, ours.DeviceMinor),
            (tars.Modified, tars.Sparse, tars.DeviceMajor, tars.DeviceMinor));
        Assert.Equal(ours.LinkTarget ?? [], tars.LinkTarget ?? []);
        // It archives each access time; here that is a policy's choice
        var added = tars.Attributes.Where(a => !a.Name.AsSpan().SequenceEqual("system.posix_acl_access"u8)
            && !a.Name.AsSpan().SequenceEqual("linux.atime"u8)).Select(Text);
        Assert.Equal(ours.Attributes.Where(a => !a.Name.AsSpan().SequenceEqual("system.posix_acl_access"u8))
            .Select(Text), added);
    }

    private static string Text(ExtendedAttribute attribute) =>
        PathText.Escape(attribute.Name) + "=" + Convert.ToHexString(attribute.Value);

    private static void AssertSameContent(ArchiveReader reader, FileEntry entry)
    {
        var restored = new byte[entry.Size];
        var extractor = new MemberExtractor(entry, (offset, data) => data.CopyTo(restored.AsSpan((int)offset)));
        var piece = new byte[10_000];
        while (reader.ReadContent(piece) is > 0 and var count) Assert.Null(extractor.Push(piece.AsSpan(0, count)));
        Assert.Null(extractor.Finish());
        var path = entry.Path.ToString();
        if (!path.Contains('\\', StringComparison.Ordinal)) Assert.Equal(File.ReadAllBytes("/" + path), restored);
    }

    private void AssertSameTree(string restored)
    {
        foreach (var view in (string[])[Listing, Attributes, Contents])
            Assert.Equal(Tool.Shell(view, _scratch.Tree), Tool.Shell(view, restored));
        Assert.Equal(Tool.Shell("stat -c %b sparse", _scratch.Tree), Tool.Shell("stat -c %b sparse", restored));
    }

    private void MakeTree()
    {
        _scratch.Write("dir/plain", Scratch.Bytes(12_345));
        _scratch.Write("dir/big", Scratch.Bytes(1_234_567));
        _scratch.Write("dir/" + new string('n', 120) + "/" + new string('m', 200), Scratch.Bytes(3));
        Tool.Shell("""
            printf x > $'dir/not-utf8-\xff\xfe'; printf y > $'dir/new\nline'; printf z > 'dir/with = and %3D'
            ln -s nowhere link; ln -s "$(printf 't%.0s' {1..150})" long-link; mkfifo pipe; ln dir/plain other-name
            truncate -s 30M sparse; printf abc | dd of=sparse bs=1 seek=5000000 conv=notrunc status=none
            truncate -s 5M holes
            chmod 4751 dir/plain; chmod 1777 dir; touch -d @-1.5 old; touch -d '2400-01-01 00:00:00.123456789' future
            setfattr -n user.comment -v hello dir/big; setfattr -n 'user.a=b%3D%' -v 0x000aff dir/big; setfattr -n user.empty dir/big
            setfacl -m u:1001:rw,g:55:r dir/big; setfacl -d -m u:1002:rx dir; touch -d @1234567890.5 dir
            """, _scratch.Tree);
        if (!Environment.IsPrivilegedProcess) return;
        Tool.Shell(
            "mknod char c 5 1; mknod block b 8 17; chown 3000000:3000001 dir/big; setfattr -n trusted.t -v v dir",
            _scratch.Tree);
    }
}

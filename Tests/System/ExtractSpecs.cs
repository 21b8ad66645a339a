using System.Formats.Tar;
using Backup.Host.CommandLine;
using Backup.Host.Extract;
using Backup.Media.Fragments;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.System;

/// <summary>The tapes of a node are all that is left, and the program is run on them: MR-01, MR-02, MR-03.</summary>
public sealed class ExtractSpecs : IAsyncLifetime
{
    private readonly NodeFixture _node = new() { FragmentSize = "1MiB" };
    private IReadOnlyList<SealedFragment> _fragments = [];

    private string Target => Path.Combine(_node.Root, "extracted");

    /// <summary>
    /// Six fragments: small files; then a file of 3 MB that is a tar archive itself, with headers of tar throughout;
    /// then small files.
    /// </summary>
    public async Task InitializeAsync()
    {
        foreach (var folder in (string[])["a", "c"])
        {
            var path = Directory.CreateDirectory(Path.Combine(_node.Source, folder)).FullName;
            for (var file = 0; file < 30; file++)
                await File.WriteAllBytesAsync(
                    Path.Combine(path, $"file-{file:00}"), Sources.Bytes(new Random(file), 25_000));
        }
        await using (var archive = new TarWriter(File.Create(Path.Combine(_node.Source, "b.tar"))))
            for (var member = 0; member < 600; member++)
                await archive.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"planted-{member}")
                {
                    DataStream = new MemoryStream(Sources.Bytes(new Random(member), 4096)),
                });
        await _node.Start();
        var backup = await _node.Backup();
        Assert.True(backup.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(backup));
        await _node.Stop();
        _fragments = Tapes.Indexes(_node.Library, Assert.Single(Tapes.Assemble(_node.Library).Images).Fragments);
        // Nothing but the tapes is left.
        File.Delete(_node.ConfigFile);
        Directory.Delete(_node.Data, recursive: true);
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    /// <summary>MR-04.</summary>
    [Fact]
    public async Task Volumes_are_copied_to_smaller_ones_and_a_copy_goes_on_where_it_was_and_heals_what_is_damaged()
    {
        var (vault, third) = (Path.Combine(_node.Root, "vault"), Path.Combine(_node.Root, "third"));
        string[] small = ["--pool", "vault", "--volume-mib", "2"];

        var copy = await BackupProgram.Run(["media", "copy", _node.Library, "--to", vault, .. small]);
        var again = await BackupProgram.Run(["media", "copy", _node.Library, "--to", vault, .. small]);

        copy.Expect(ExitCode.Complete);
        again.Expect(ExitCode.Complete);
        Assert.Contains("0 fragments", again.Output, StringComparison.Ordinal);
        var image = Assert.Single(Tapes.Assemble(vault).Images);
        Assert.Equal(_fragments.Select(fragment => fragment.Root), image.Fragments.Select(fragment => fragment.Root));
        Assert.All(image.Fragments, fragment => Assert.Equal(2, fragment.Copy));
        Assert.Empty(Tapes.Assemble(vault).Copies);
        Assert.True(image.Fragments.SelectMany(fragment => fragment.Parts)
            .Select(part => part.Location.Volume).Distinct().Count() > 2);
        Tapes.Verify(vault, image.Fragments);

        Flip(FileOf(_fragments[0]));
        var damaged = await BackupProgram.Run(["media", "copy", _node.Library, "--to", third, .. small]);
        var healed = await BackupProgram.Run(["media", "copy", _node.Library, vault, "--to", third, .. small]);

        Assert.Contains(
            "is not whole there", damaged.Expect(ExitCode.CompleteWithExceptions).Error, StringComparison.Ordinal);
        healed.Expect(ExitCode.CompleteWithExceptions); // the damage is named
        var whole = Assert.Single(Tapes.Assemble(third).Images);
        Assert.All(whole.Fragments, fragment => Assert.Equal(3, fragment.Copy));
        Tapes.Verify(third, whole.Fragments);
        var extract = await BackupProgram.Run("extract", third, "--to", Target);
        extract.Expect(ExitCode.Complete);
        Assert.Empty(NodeFixture.Differences(_node.Source, Target + _node.Source));
    }

    private static void Flip(string path)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = file.Length - 10;
        var was = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(was ^ 1));
    }

    [Fact]
    public async Task Each_fragment_alone_restores_its_own_members_and_nothing_else()
    {
        var kinds = new List<FragmentKind>();
        foreach (var fragment in _fragments)
        {
            kinds.Add(fragment.Index.Start.Kind);
            var target = Path.Combine(Target, $"{fragment.Fragment}");

            var extract = await BackupProgram.Run("extract", FileOf(fragment), "--to", target);

            var own = MembersOf(fragment);
            var cut = fragment.Index.Start.Kind != FragmentKind.Members;
            extract.Expect(cut ? ExitCode.CompleteWithExceptions : ExitCode.Complete);
            if (cut) Assert.Contains(_node.Source + "/b.tar", extract.Error, StringComparison.Ordinal);
            Assert.Equal(own, Found(target));
            foreach (var file in own)
                Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(target + file));
        }
        Assert.Equal(
            [FragmentKind.Members, FragmentKind.Head, FragmentKind.Middle, FragmentKind.Tail],
            kinds.Distinct().Order());
    }

    [NeedsFact(root: false, "sh", "tail", "zstd", "tar")]
    public async Task The_command_in_its_header_does_the_same()
    {
        foreach (var fragment in _fragments.Where(fragment => fragment.Index.Command.Length > 0))
        {
            var target = Directory.CreateDirectory(Path.Combine(Target, $"by-hand-{fragment.Fragment}")).FullName;
            Assert.Contains(
                fragment.Index.Command, File.ReadAllText(FileOf(fragment))[..(32 * 1024)], StringComparison.Ordinal);

            await Shell.Run("sh", "-c", $"cd {target} && ln -s {_node.Library}/* . && {fragment.Index.Command}");

            Assert.Equal(MembersOf(fragment), Found(target));
        }
    }

    [Fact]
    public async Task The_list_says_labels_jobs_blocks_and_files()
    {
        var list = await BackupProgram.Run("extract", _node.Library, "--list", "--json");
        var files = await BackupProgram.Run("extract", _node.Library, "--list", "--files", "--json");
        var text = await BackupProgram.Run("extract", _node.Library, "--list");

        var found = Assert.IsType<FragmentsListed>(
            Assert.Single(list.Expect(ExitCode.Complete).Replies(typeof(FragmentsListed))));
        var label = Assert.Single(found.Labels);
        Assert.Equal(("disk-0001", "disk"), (label.Volume, label.Pool));
        Assert.Equal(_fragments.Select(fragment => FileOf(fragment)), found.Parts.Select(part => part.File));
        Assert.All(
            found.Parts, part => Assert.Equal(("1", "disk-0001", "nightly"), (part.Job, part.Volume, part.Policy)));
        Assert.Equal(
            _fragments.Select(fragment => 1L + fragment.Index.Parts[0].BlockDigests.Count),
            found.Parts.Select(part => part.Blocks));
        var members = files.Expect(ExitCode.Complete).Replies(typeof(MembersListed)).Cast<MembersListed>()
            .SelectMany(page => page.Files).ToList();
        Assert.Equal(
            Saved(),
            members.Where(file => file.Kind == "regular").Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.All(members.Where(file => file.Kind == "regular"),
            file => Assert.Equal(new FileInfo(file.Path).Length, file.Size));
        Assert.Contains("VOLUME", text.Expect(ExitCode.Complete).Output, StringComparison.Ordinal);
        Assert.Contains("BLOCKS", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patterns_come_from_the_command_line_and_from_files()
    {
        var patterns = Path.Combine(_node.Root, "patterns");
        await File.WriteAllTextAsync(patterns, $"# what is wanted\n\n{_node.Source}/a\nb.tar\n");

        var extract = await BackupProgram.Run(
            "extract", _node.Library, "--to", Target, "--include-from", patterns, "--exclude", "file-0?");
        var missing =
            await BackupProgram.Run("extract", _node.Library, "--to", Target, "--include-from", patterns + ".not");

        extract.Expect(ExitCode.Complete);
        string[] wanted = [.. Enumerable.Range(10, 20).Select(file => $"{_node.Source}/a/file-{file:00}"),
            $"{_node.Source}/b.tar"];
        Assert.Equal(wanted, Found(Target));
        Assert.Contains($"{patterns}.not", missing.Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_fragment_costs_its_own_files_and_no_other()
    {
        var damaged = _fragments[0];
        LibrarySpecs.Flip(FileOf(damaged), 32 * 1024 + 1000);

        var stopped = await BackupProgram.Run("extract", _node.Library, "--to", Path.Combine(Target, "stopped"));
        var going =
            await BackupProgram.Run("extract", _node.Library, "--to", Path.Combine(Target, "going"), "--keep-going");

        Assert.Contains("--keep-going", stopped.Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.Contains("Fragment 0", going.Expect(ExitCode.CompleteWithExceptions).Error, StringComparison.Ordinal);
        Assert.Equal(Saved().Except(MembersOf(damaged)), Found(Path.Combine(Target, "going")));
        foreach (var file in Found(Path.Combine(Target, "going")))
            Assert.Equal(
                await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(Path.Combine(Target, "going") + file));
        Assert.Empty(Found(Path.Combine(Target, "stopped")));
    }

    /// <summary>MR-03: input/output errors of the medium are passed over.</summary>
    [NeedsFact(root: false, "strace")]
    public async Task A_fragment_that_cannot_be_read_costs_its_own_files_and_no_other()
    {
        var log = Path.Combine(_node.Root, "strace");
        await using var going = BackupProgram.Start(
            [
                "strace", "-f", "-qq", "--seccomp-bpf", "-o", log, "-P", FileOf(_fragments[0]),
                "-e", "trace=read,pread64", "-e", "inject=read,pread64:error=EIO:when=2+",
            ],
            ["extract", _node.Library, "--to", Target, "--keep-going"]);
        await going.Ended();

        Assert.Contains("INJECTED", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        Assert.Contains($"{FileOf(_fragments[0])} cannot be read", going.Expect(ExitCode.CompleteWithExceptions).Error,
            StringComparison.Ordinal);
        Assert.Equal(Saved().Except(MembersOf(_fragments[0])), Found(Target));
    }

    private string FileOf(SealedFragment fragment) =>
        Path.Combine(_node.Library, fragment.Index.Parts[0].Location.Volume.Name.Value,
            $"{fragment.Index.Parts[0].Location.File:00000}.data");

    /// <summary>The regular files that end in a fragment and begin in it: what it can restore alone.</summary>
    private static string[] MembersOf(SealedFragment fragment) => [.. fragment.Index.EntryBlocks.SelectMany(block =>
    {
        Assert.Equal(EntryBlockDefect.None, EntryBlockReader.Read(block.Bytes.Span, out var entries));
        return entries;
    }).Where(entry => entry.Kind == Media.Files.FileKind.Regular && entry.Position.Fragment == fragment.Fragment)
        .Select(entry => "/" + entry.Path).Order(StringComparer.Ordinal)];

    private string[] Saved() =>
        [.. Directory.GetFiles(_node.Source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static string[] Found(string target) => !Directory.Exists(target) ? [] :
    [
        .. Directory.EnumerateFiles(target, "*",
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(file => file[target.Length..]).Order(StringComparer.Ordinal),
    ];
}

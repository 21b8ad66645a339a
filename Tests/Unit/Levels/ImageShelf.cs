using System.Collections.Concurrent;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;
using CatalogSeal = Backup.Persistence.Catalog.ImageSeal;

namespace Backup.Tests.Unit.Levels;

/// <summary>
/// Backups without actors, media and database: level choice, comparison, archive and complete manifest are the
/// product's own, only what keeps their results is a dictionary.
/// </summary>
internal sealed class ImageShelf(string root, Random random)
{
    private readonly FileSet _fileSet = new(new FileSetName("all"), [new SaveOperation([root], [])]);
    private readonly ConcurrentDictionary<Sha256Digest, byte[]> _blocks = [];
    private readonly List<ImageRecord> _images = [];
    private readonly Dictionary<ImageId, List<ManifestReference>> _manifests = [];
    private readonly Dictionary<(ImageId Image, int Fragment), byte[]> _data = [];
    private readonly Dictionary<(ImageId Image, int Fragment), FragmentStart> _starts = [];
    private int _number;

    public IReadOnlyList<ImageRecord> Images => _images;

    /// <param name="level">What is asked for.</param>
    /// <param name="recorded">Whether others may build on it.</param>
    /// <param name="cut">Bytes and members of a fragment; null: by chance.</param>
    public ImageId Run(LevelWord level, bool recorded, (long Bytes, int Members)? cut = null)
    {
        var now = DateTimeOffset.UnixEpoch.AddHours(++_number);
        var spec = new BackupSpec(
            new PolicyName("p"), new ClientName("c"), _fileSet, new PoolName("p"), new LibraryName("l"), 0, "",
            new ImageId((UInt128)_number), 1 << 20, 1000, 0, new RetryRule(1, TimeSpan.Zero), new LevelRule(level));
        var chosen = LevelChoice.Of(spec, _images, now, _ => true);
        var references = _manifests[spec.Image] = [];
        using (var walker = new TreeWalker(
            _fileSet,
            new WalkOptions
            {
                TickMax = TimeSpan.Zero,
                Base = chosen.Base is { } from ? new BaseComparison(Manifest(from.Image)) : null,
            },
            exception => Assert.Fail(exception.Detail)))
        using (var archiver = new Archiver(walker, new ArchiverOptions
        {
            Image = spec.Image,
            FragmentBytes = cut?.Bytes ?? 512 * random.Next(8, 20),
            FragmentMembersMax = cut?.Members ?? random.Next(1, 8),
        }, exception => Assert.Fail(exception.Detail)))
            Take(archiver, chosen, references);
        var root = Sha256Digest.Of([(byte)_number]);
        _images.Add(new ImageRecord(
            new NewImage(
                spec.Image, new JobId(_number), spec.Client, spec.Policy, _fileSet.Name, chosen.Level, now,
                chosen.Base?.Image, chosen.Base?.Root, recorded, LevelChoice.RulesOf(_fileSet)),
            ImageState.Sealed, ImageOrigin.Recorded, 1, references.Count, 0, default,
            new CatalogSeal(JobOutcome.Complete, 1, root, default, now)));
        return spec.Image;
    }

    public IEnumerable<FileEntry> Manifest(ImageId image)
    {
        foreach (var reference in _manifests[image])
            foreach (var entry in Decode(_blocks[reference.Digest])) yield return entry;
    }

    /// <summary>What each fragment of an image begins with, and its archive bytes.</summary>
    public IReadOnlyList<(FragmentStart Start, byte[] Archive)> Fragments(ImageId image)
    {
        var fragments = new List<(FragmentStart, byte[])>();
        while (_data.TryGetValue((image, fragments.Count), out var archive))
            fragments.Add((_starts[(image, fragments.Count)], archive));
        return fragments;
    }

    /// <summary>The archived bytes of an entry's content.</summary>
    public byte[] Content(FileEntry entry)
    {
        var content = new byte[entry.Position.Length];
        var (fragment, offset) = (entry.Position.Fragment, entry.Position.Offset);
        for (var at = 0L; at < content.Length; (fragment, offset) = (fragment + 1, 0))
        {
            var data = _data[(entry.Position.Image, fragment)];
            var count = Math.Min(content.Length - at, data.Length - offset);
            Array.Copy(data, offset, content, at, count);
            at += count;
        }
        return content;
    }

    private void Take(Archiver archiver, ChosenLevel chosen, List<ManifestReference> references)
    {
        var (data, members, deletions) = (new MemoryStream(), new List<FileEntry>(), new List<FilePath>());
        FilePath? behind = null;
        while (archiver.Next() is { } chunk)
            using (chunk)
            {
                if (chunk.Start is { } start) _starts[(new ImageId((UInt128)_number), chunk.Fragment)] = start;
                data.Write(chunk.Payload.Span);
                deletions.AddRange(chunk.Deletions);
                members.AddRange(
                    chunk.Members.Where(member => member.Phase != MemberPhase.Begins).Select(member => member.Entry));
                if (!chunk.EndsFragment) continue;
                _data[(new ImageId((UInt128)_number), chunk.Fragment)] = data.ToArray();
                Close(chosen, members, deletions, chunk.EndsImage, behind, references);
                behind = LastOf(references) ?? behind;
                (data, members, deletions) = (new MemoryStream(), [], []);
            }
    }

    private FilePath? LastOf(List<ManifestReference> references) =>
        references is [.., var last] ? Decode(_blocks[last.Digest])[^1].Path : null;

    private void Close(
        ChosenLevel chosen, List<FileEntry> members, List<FilePath> deletions, bool isLast, FilePath? behind,
        List<ManifestReference> references)
    {
        var blocks = new List<EntryBlock>();
        var builder = new EntryBlockBuilder();
        foreach (var member in members)
            if (builder.Add(member) is { } done) blocks.Add(done);
        if (builder.Flush() is { } rest) blocks.Add(rest);
        if (chosen.Base is not { } from)
        {
            Assert.Empty(deletions);
            foreach (var block in blocks) Keep(references, block.FirstPath.ToCatalog(), block.Bytes.ToArray());
            return;
        }
        if (blocks.Count == 0 && !isLast) return;
        var below = _manifests[from.Image];
        var staged = CompleteManifest.Stage(
            new ManifestAccess(
                (after, most) => CatalogAnswer<IReadOnlyList<ManifestReference>>.Of(
                    [.. below.Where(reference => reference.Ordinal > after).Take(most)]),
                (first, most) => CatalogAnswer<IReadOnlyList<byte[]>>.Of(
                    [.. below.Skip((int)first).Take(most).Select(reference => _blocks[reference.Digest])]),
                path => (long)Math.Max(0, below.FindLastIndex(
                    reference => reference.FirstPath.AsSpan().SequenceCompareTo(path) <= 0)),
                (taken, shared) =>
                {
                    foreach (var (_, keep) in taken
                        .Select(block => (block.Number, (Action)(() => Keep(references, block.FirstPath, block.Data))))
                        .Concat(shared.Select(run => (run.Number, (Action)(() => Share(references, run)))))
                        .OrderBy(piece => piece.Number)) keep();
                    return null;
                }),
            from.Image, blocks, deletions, isLast, behind);
        Assert.True(staged.Is(out _, out var failure), $"{failure}");
    }

    private void Keep(List<ManifestReference> references, byte[] firstPath, byte[] data)
    {
        var digest = Sha256Digest.Of(data);
        _blocks[digest] = data;
        Add(references, firstPath, digest);
    }

    private void Share(List<ManifestReference> references, StagedRun run)
    {
        foreach (var reference in _manifests[run.Base].GetRange((int)run.Ordinal, run.Blocks))
            Add(references, reference.FirstPath, reference.Digest);
    }

    private void Add(List<ManifestReference> references, byte[] firstPath, Sha256Digest digest)
    {
        Assert.True(
            references.Count == 0 || references[^1].FirstPath.AsSpan().SequenceCompareTo(firstPath) < 0,
            "Blocks ascend.");
        references.Add(new ManifestReference(
            references.Count, firstPath, digest, Decode(_blocks[digest]).Count));
    }

    private static IReadOnlyList<FileEntry> Decode(byte[] block)
    {
        Assert.Equal(EntryBlockDefect.None, EntryBlockReader.Read(block, out var entries));
        return entries;
    }
}

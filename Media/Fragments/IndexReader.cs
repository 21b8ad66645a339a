using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>Reads an index and trusts nothing in it. Layout: docs/formats/index.md.</summary>
internal static class IndexReader
{
    public static IndexDefect Read(ReadOnlyMemory<byte> bytes, out FragmentIndex? index, out Sha256Digest root)
    {
        (index, root) = (null, default);
        var signed = bytes.Length - Sha256Digest.Size;
        if (signed < IndexWriter.Magic.Length + 1 || !bytes.Span.StartsWith(IndexWriter.Magic))
            return IndexDefect.NotAnIndex;
        if (bytes.Span[IndexWriter.Magic.Length] != IndexWriter.Version) return IndexDefect.UnknownVersion;
        root = new Sha256Digest(bytes.Span[signed..]);
        if (Sha256Digest.Of(bytes.Span[..signed]) != root) return IndexDefect.RootMismatch;
        var fields = new FieldReader(bytes.Span[(IndexWriter.Magic.Length + 1)..signed]);
        var read = Fields(ref fields);
        if (!fields.AtEnd || !IsConsistent(read)) return IndexDefect.Malformed;
        index = read;
        return IndexDefect.None;
    }

    private static FragmentIndex Fields(ref FieldReader fields)
    {
        var image = Image(ref fields);
        var epoch = new Epoch(fields.Within(long.MaxValue));
        var start = Start(ref fields);
        return new FragmentIndex(
            image, epoch, start, fields.Digest(), fields.Moment(),
            Parts(ref fields),
            ChunkTable.ReadFrom(ref fields),
            Blocks(ref fields),
            Open(ref fields),
            Paths(ref fields),
            Exceptions(ref fields),
            Counts(ref fields),
            Command(ref fields),
            Seal(ref fields, start.Fragment));
    }

    private static bool IsConsistent(FragmentIndex index) =>
        index.Parts.Count > 0
        && index.Parts.Sum(part => part.Length) == index.Chunks.StoredBytes
        && index.Parts.SkipLast(1).All(part => part.Length % TapeFormat.BlockBytesMax == 0)
        && index.Start.BytesToFirstMember <= index.Chunks.ArchiveBytes
        && (index.Start.Fragment == 0) == index.PreviousRoot.IsNone
        && (index.Seal is null || index.Open is null);

    private static ImageHeader Image(ref FieldReader fields)
    {
        var id = new ImageId(fields.Id());
        var job = new JobId(fields.Within(long.MaxValue));
        var policy = new PolicyName(fields.Text());
        var fileSet = new FileSetName(fields.Text());
        var client = new ClientName(fields.Text());
        var level = fields.Byte();
        var since = fields.Moment();
        var marks = fields.Byte();
        const int known =
            IndexWriter.HasBase | IndexWriter.NotRecorded | IndexWriter.HasRules | IndexWriter.IsMerged;
        if (level > 9 || marks > known) fields.Fail();
        var from = (marks & IndexWriter.HasBase) != 0 ? Identity(ref fields) : null;
        Sha256Digest? rules = (marks & IndexWriter.HasRules) != 0 ? fields.Digest() : null;
        return new ImageHeader(
            id, job, policy, fileSet, client, level, since, from, (marks & IndexWriter.NotRecorded) == 0, rules,
            (marks & IndexWriter.IsMerged) != 0 ? Identity(ref fields) : null);
    }

    private static BaseImage Identity(ref FieldReader fields) => new(new ImageId(fields.Id()), fields.Digest());

    private static FragmentStart Start(ref FieldReader fields)
    {
        var fragment = (int)fields.Within(int.MaxValue);
        var kind = fields.Byte();
        if (kind > (byte)FragmentKind.Tail) fields.Fail();
        var member = Flag(ref fields) ? new FilePath(fields.Sized().ToArray()) : (FilePath?)null;
        return new FragmentStart(fragment, (FragmentKind)kind, member, fields.Within(long.MaxValue));
    }

    private static List<FragmentPart> Parts(ref FieldReader fields)
    {
        var count = fields.Count(Sha256Digest.Size);
        var parts = new List<FragmentPart>(count);
        for (long offset = 0; parts.Count < count && !fields.Failed; offset += parts[^1].Length)
        {
            var volume = new VolumeIdentity(new VolumeName(fields.Text()), new VolumeId(fields.Id()));
            var location = new TapeLocation(volume, (int)fields.Within(int.MaxValue));
            var length = fields.Within((long)fields.Remaining * TapeFormat.BlockBytesMax);
            if (length == 0) fields.Fail();
            var header = fields.Digest();
            var digests = new Sha256Digest[(length + TapeFormat.BlockBytesMax - 1) / TapeFormat.BlockBytesMax];
            for (var block = 0; block < digests.Length && !fields.Failed; block++) digests[block] = fields.Digest();
            parts.Add(new FragmentPart(location, offset, length, header, digests));
        }
        return parts;
    }

    private static List<EntryBlock> Blocks(ref FieldReader fields)
    {
        var count = fields.Count(3);
        var blocks = new List<EntryBlock>(Math.Min(count, 4096));
        for (var at = 0; at < count && !fields.Failed; at++)
        {
            var entries = (int)fields.Within(EntryBlock.EntriesMax);
            if (entries == 0) fields.Fail();
            var first = new FilePath(fields.Sized().ToArray());
            var bytes = fields.Sized().ToArray();
            blocks.Add(new EntryBlock(first, entries, bytes, Sha256Digest.Of(bytes)));
        }
        return blocks;
    }

    private static OpenMember? Open(ref FieldReader fields)
    {
        if (!Flag(ref fields)) return null;
        var block = fields.Sized().ToArray();
        var archived = fields.Within(long.MaxValue);
        var prefix = new ContentDigest((DigestAlgorithm)fields.Byte(), fields.Sized().ToArray());
        if (fields.Failed || EntryBlockReader.Read(block, out var entries) != EntryBlockDefect.None
            || entries.Count != 1)
        {
            fields.Fail();
            return null;
        }
        return new OpenMember(entries[0], archived, prefix.Algorithm == DigestAlgorithm.None ? default : prefix);
    }

    private static List<FilePath> Paths(ref FieldReader fields)
    {
        var count = fields.Count();
        var paths = new List<FilePath>(Math.Min(count, 4096));
        for (var at = 0; at < count && !fields.Failed; at++) paths.Add(new FilePath(fields.Sized().ToArray()));
        return paths;
    }

    private static List<FileException> Exceptions(ref FieldReader fields)
    {
        var count = fields.Count(5);
        var exceptions = new List<FileException>(Math.Min(count, 4096));
        for (var at = 0; at < count && !fields.Failed; at++)
            exceptions.Add(new FileException(
                fields.Sized().ToArray(), (FileExceptionKind)fields.Within(int.MaxValue), fields.Text(),
                (int)fields.Within(int.MaxValue), fields.Text()));
        return exceptions;
    }

    private static FragmentCounts Counts(ref FieldReader fields) => new(
        fields.Within(long.MaxValue), fields.Within(long.MaxValue), fields.Within(long.MaxValue),
        fields.Within(long.MaxValue),
        fields.Within(long.MaxValue), fields.Within(long.MaxValue), fields.Within(long.MaxValue),
        fields.Within(long.MaxValue),
        fields.Within(long.MaxValue), fields.Within(long.MaxValue));

    private static string Command(ref FieldReader fields) => fields.Text().Trim('\n');

    private static ImageSeal? Seal(ref FieldReader fields, int fragment)
    {
        var outcome = fields.Byte();
        if (outcome > (byte)SealOutcome.CompleteWithExceptions) fields.Fail();
        if (outcome == 0) return null;
        var finished = fields.Moment();
        var total = Counts(ref fields);
        var roots = new List<Sha256Digest>();
        while (roots.Count < fragment && !fields.Failed) roots.Add(fields.Digest());
        return new ImageSeal((SealOutcome)outcome, finished, total, roots, Command(ref fields));
    }

    private static bool Flag(ref FieldReader fields)
    {
        var value = fields.Byte();
        if (value > 1) fields.Fail();
        return value == 1;
    }
}

using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>
/// Serializes an index; the twin of <see cref="IndexReader"/>. Layout: docs/formats/index.md, in the page's order.
/// </summary>
internal static class IndexWriter
{
    public static ReadOnlySpan<byte> Magic => "BFIX"u8;

    public const byte Version = 1;

    public const byte HasBase = 1;

    public const byte NotRecorded = 2;

    public const byte HasRules = 4;

    public const byte IsMerged = 8;

    public static byte[] Write(FragmentIndex index)
    {
        var all = new FieldWriter(64 << 10);
        all.Raw(Magic);
        all.Byte(Version);
        Image(all, index.Image);
        all.Unsigned((ulong)index.Epoch.Value);
        Start(all, index.Start);
        all.Digest(index.PreviousRoot);
        all.Moment(index.Written);
        Parts(all, index.Parts);
        index.Chunks.WriteTo(all);
        Blocks(all, index.EntryBlocks);
        Open(all, index.Open);
        Paths(all, index.Deletions);
        Exceptions(all, index.Exceptions);
        Counts(all, index.Counts);
        Command(all, index.Command);
        Seal(all, index.Seal);
        all.Digest(Messages.Sha256Digest.Of(all.Written));
        return all.ToArray();
    }

    private static void Image(FieldWriter all, ImageHeader image)
    {
        all.Id(image.Image.Value);
        all.Unsigned((ulong)image.Job.Value);
        all.Text(image.Policy.Value);
        all.Text(image.FileSet.Value);
        all.Text(image.Client.Value);
        all.Byte((byte)image.Level);
        all.Moment(image.Since);
        all.Byte((byte)((image.Base is null ? 0 : HasBase) | (image.Recorded ? 0 : NotRecorded)
            | (image.Rules is null ? 0 : HasRules) | (image.MergedFrom is null ? 0 : IsMerged)));
        if (image.Base is { } from) Identity(all, from);
        if (image.Rules is { } rules) all.Digest(rules);
        if (image.MergedFrom is { } newest) Identity(all, newest);
    }

    private static void Identity(FieldWriter all, BaseImage image)
    {
        all.Id(image.Image.Value);
        all.Digest(image.Root);
    }

    private static void Start(FieldWriter all, FragmentStart start)
    {
        all.Unsigned((ulong)start.Fragment);
        all.Byte((byte)start.Kind);
        all.Byte(start.Member is null ? (byte)0 : (byte)1);
        if (start.Member is { } member) all.Sized(member.Bytes);
        all.Unsigned((ulong)start.BytesToFirstMember);
    }

    private static void Parts(FieldWriter all, IReadOnlyList<FragmentPart> parts)
    {
        all.Unsigned((ulong)parts.Count);
        foreach (var part in parts)
        {
            all.Text(part.Location.Volume.Name.Value);
            all.Id(part.Location.Volume.Id.Value);
            all.Unsigned((ulong)part.Location.File);
            all.Unsigned((ulong)part.Length);
            all.Digest(part.HeaderDigest);
            foreach (var digest in part.BlockDigests) all.Digest(digest);
        }
    }

    private static void Blocks(FieldWriter all, IReadOnlyList<EntryBlock> blocks)
    {
        all.Unsigned((ulong)blocks.Count);
        foreach (var block in blocks)
        {
            all.Unsigned((ulong)block.Count);
            all.Sized(block.FirstPath.Bytes);
            all.Sized(block.Bytes.Span);
        }
    }

    private static void Open(FieldWriter all, OpenMember? open)
    {
        all.Byte(open is null ? (byte)0 : (byte)1);
        if (open is null) return;
        all.Sized(EntryBlockBuilder.Encode([open.Entry]).Bytes.Span);
        all.Unsigned((ulong)open.ArchivedBytes);
        all.Byte((byte)open.PrefixDigest.Algorithm);
        all.Sized(open.PrefixDigest.Bytes);
    }

    private static void Paths(FieldWriter all, IReadOnlyList<FilePath> paths)
    {
        all.Unsigned((ulong)paths.Count);
        foreach (var path in paths) all.Sized(path.Bytes);
    }

    private static void Exceptions(FieldWriter all, IReadOnlyList<FileException> exceptions)
    {
        all.Unsigned((ulong)exceptions.Count);
        foreach (var exception in exceptions)
        {
            all.Sized(exception.Path);
            all.Unsigned((ulong)exception.Kind);
            all.Text(exception.Operation);
            all.Unsigned((ulong)exception.Errno);
            all.Text(exception.Detail);
        }
    }

    private static void Counts(FieldWriter all, FragmentCounts counts)
    {
        foreach (var count in (ReadOnlySpan<long>)[
            counts.Regular, counts.HardLinks, counts.Symlinks, counts.Devices, counts.Directories, counts.Fifos,
            counts.ContentBytes, counts.ArchiveBytes, counts.StoredBytes, counts.Exceptions])
            all.Unsigned((ulong)count);
    }

    // A line of its own, so that `strings` shows it whole.
    private static void Command(FieldWriter all, string command) =>
        all.Text(command.Length == 0 ? "" : $"\n{command}\n");

    private static void Seal(FieldWriter all, ImageSeal? seal)
    {
        all.Byte((byte)(seal?.Outcome ?? 0));
        if (seal is null) return;
        all.Moment(seal.Finished);
        Counts(all, seal.Total);
        foreach (var root in seal.EarlierRoots) all.Digest(root);
        Command(all, seal.Command);
    }
}

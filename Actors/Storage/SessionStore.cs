using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Clients;

namespace Backup.Actors.Storage;

/// <summary>
/// What a storage node keeps of a job on its own disk: the highest epoch it has seen, a summary of every fragment that
/// is sealed, and the indexes that the catalog does not have yet (the outbox). All calls block.
/// </summary>
public sealed class SessionStore
{
    private const string EpochFile = "epoch";
    private const string ImageFile = "image";
    private readonly string _directory;
    private volatile ImmutableList<SealedSummary> _fragments = [];

    private SessionStore(string directory) => _directory = directory;

    /// <summary>The highest epoch seen.</summary>
    public Epoch Epoch { get; private set; }

    /// <summary>
    /// Sealed fragments in order, without gaps. From any thread: the list that was taken does not change.
    /// </summary>
    public IReadOnlyList<SealedSummary> Fragments => _fragments;

    /// <summary>The number of the next fragment.</summary>
    public int NextFragment => _fragments.Count;

    /// <summary>The last sealed fragment; null when there is none.</summary>
    public SealedSummary? Last => _fragments is [.., var last] ? last : null;

    /// <summary>Opens what is kept of a job; nothing, when nothing is.</summary>
    /// <param name="directory">The job's own directory.</param>
    /// <exception cref="PosixException">It cannot be made or read.</exception>
    public static SessionStore Open(string directory)
    {
        var store = new SessionStore(directory);
        Directory.CreateDirectory(directory);
        Durable.SyncDirectory(Path.GetDirectoryName(directory)!);
        var epoch = Path.Combine(directory, EpochFile);
        if (File.Exists(epoch))
            store.Epoch = new Epoch(long.Parse(File.ReadAllText(epoch), CultureInfo.InvariantCulture));
        foreach (var file in Directory.EnumerateFiles(directory, "*.fragment").Order(StringComparer.Ordinal))
        {
            var kept = JsonSerializer.Deserialize(File.ReadAllBytes(file), SessionJson.Default.KeptFragment)!;
            store._fragments = store._fragments.Add(kept.ToSummary());
        }
        return store;
    }

    /// <summary>
    /// Opens what is kept of a job that writes an image. What is kept of another image under the same number (of a
    /// catalog that was lost) is removed: it lies sealed on the media.
    /// </summary>
    /// <param name="directory">The job's own directory.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="PosixException">It cannot be made or read.</exception>
    public static SessionStore OpenFor(string directory, ImageId image)
    {
        var named = Path.Combine(directory, ImageFile);
        if (Directory.Exists(directory) && (!File.Exists(named) || File.ReadAllText(named) != image.ToString()))
            Directory.Delete(directory, recursive: true);
        var store = Open(directory);
        if (!File.Exists(named)) Durable.WriteAtomically(named, System.Text.Encoding.ASCII.GetBytes(image.ToString()));
        return store;
    }

    /// <summary>Takes an epoch that is not older; durable when it returns.</summary>
    /// <param name="epoch">The attempt's epoch.</param>
    /// <returns>False when a newer one was seen.</returns>
    public bool Raise(Epoch epoch)
    {
        if (epoch.Value < Epoch.Value) return false;
        if (epoch == Epoch) return true;
        Durable.WriteAtomically(
            Path.Combine(_directory, EpochFile), System.Text.Encoding.ASCII.GetBytes(epoch.ToString()));
        Epoch = epoch;
        return true;
    }

    /// <summary>
    /// Keeps a sealed fragment: its index for the outbox first, then its summary. Durable when it returns.
    /// </summary>
    /// <param name="sealed">The fragment.</param>
    /// <param name="cut">The member that it cuts; null for none.</param>
    /// <param name="number">The number under which the job has it, where that is not the image's.</param>
    public void Add(SealedFragment @sealed, MemberCut? cut, int? number = null)
    {
        var known = number ?? @sealed.Fragment;
        var summary = new SealedSummary(
            known, @sealed.Index.Epoch, @sealed.Summary, @sealed.IndexLocation, @sealed.Index.Open, cut);
        Durable.WriteAtomically(IndexFile(known), @sealed.IndexBytes.Span);
        Durable.WriteAtomically(
            Path.Combine(_directory, $"{known:000000}.fragment"),
            JsonSerializer.SerializeToUtf8Bytes(KeptFragment.Of(summary), SessionJson.Default.KeptFragment));
        _fragments = _fragments.Add(summary);
    }

    /// <summary>The index of a fragment that the catalog does not have yet; null when it has.</summary>
    /// <param name="fragment">A sealed fragment.</param>
    public SealedFragment? Undelivered(SealedSummary fragment)
    {
        var file = IndexFile(fragment.Fragment);
        if (!File.Exists(file)) return null;
        SealedFragment.FromIndex(File.ReadAllBytes(file), fragment.Index, out var @sealed);
        return @sealed
            ?? throw new InvalidDataException(
                $"The outbox holds a damaged index: {file}. Remove it and run `backup scan`.");
    }

    /// <summary>
    /// The catalog and the job have the fragment, and for certain all before it: the index of the one before goes, all
    /// summaries stay. The last one's index is kept, since a job's last event may go with the power
    /// (docs/decisions.md); the next attempt then tells it again.
    /// </summary>
    /// <param name="fragment">A sealed fragment.</param>
    public void Delivered(int fragment)
    {
        if (fragment == 0 || !File.Exists(IndexFile(fragment - 1))) return;
        File.Delete(IndexFile(fragment - 1));
        Durable.SyncDirectory(_directory);
    }

    private string IndexFile(int fragment) => Path.Combine(_directory, $"{fragment:000000}.index");
}

/// <summary>What is kept of a sealed fragment.</summary>
/// <param name="Fragment">Its number in the image; of a copy of some fragments, in the job.</param>
/// <param name="Epoch">The attempt that wrote it.</param>
/// <param name="Summary">What the seal will say of it.</param>
/// <param name="Index">Where its index is.</param>
/// <param name="Open">The member that goes on in the next fragment.</param>
/// <param name="Cut">The same member as the archiver needs it to go on.</param>
public sealed record SealedSummary(
    int Fragment, Epoch Epoch, FragmentSummary Summary, TapeLocation Index, OpenMember? Open, MemberCut? Cut)
{
    /// <summary>Where a client goes on behind this fragment.</summary>
    public ResumePoint Resume => new(
        Fragment + 1, Cut is null ? null : new CutMember(EntryBytes(Cut.Entry), Cut.MemberBytes, Cut.HashState));

    internal static byte[] EntryBytes(FileEntry entry)
    {
        var builder = new EntryBlockBuilder();
        var block = builder.Add(entry) ?? builder.Flush();
        return block!.Bytes.ToArray();
    }
}

/// <summary>The file form of <see cref="SealedSummary"/>.</summary>
internal sealed record KeptFragment(
    int Fragment,
    long Epoch,
    string Root,
    IReadOnlyList<KeptLocation> Parts,
    FragmentCounts Counts,
    KeptLocation Index,
    byte[]? OpenEntry,
    long OpenArchivedBytes,
    ContentDigest OpenDigest,
    byte[]? CutEntry,
    long CutBytes,
    byte[]? CutHash)
{
    public static KeptFragment Of(SealedSummary kept) => new(
        kept.Fragment,
        kept.Epoch.Value,
        kept.Summary.Root.ToString(),
        [.. kept.Summary.Parts.Select(KeptLocation.Of)],
        kept.Summary.Counts,
        KeptLocation.Of(kept.Index),
        kept.Open is null ? null : SealedSummary.EntryBytes(kept.Open.Entry),
        kept.Open?.ArchivedBytes ?? 0,
        kept.Open?.PrefixDigest ?? default,
        kept.Cut is null ? null : SealedSummary.EntryBytes(kept.Cut.Entry),
        kept.Cut?.MemberBytes ?? 0,
        kept.Cut?.HashState);

    public SealedSummary ToSummary() => new(
        Fragment,
        new Epoch(Epoch),
        new FragmentSummary(
            Sha256Digest.TryParse(Root, out var root) ? root : throw new InvalidDataException($"Not a root: {Root}"),
            [.. Parts.Select(part => part.ToLocation())], Counts),
        Index.ToLocation(),
        OpenEntry is null ? null : new OpenMember(EntryOf(OpenEntry), OpenArchivedBytes, OpenDigest),
        CutEntry is null ? null : new MemberCut(EntryOf(CutEntry), CutBytes, CutHash ?? []));

    private static FileEntry EntryOf(byte[] block)
    {
        var defect = EntryBlockReader.Read(block, out var entries);
        return defect == EntryBlockDefect.None
            ? entries[0]
            : throw new InvalidDataException(
                $"A session's file holds a damaged entry ({defect}): {Convert.ToHexString(block)}.");
    }
}

/// <summary>The file form of a <see cref="TapeLocation"/>.</summary>
internal sealed record KeptLocation(string Volume, string Id, int File)
{
    public static KeptLocation Of(TapeLocation location) =>
        new(location.Volume.Name.Value, location.Volume.Id.ToString(), location.File);

    public TapeLocation ToLocation() => new(
        new VolumeIdentity(new VolumeName(Volume), VolumeId.TryParse(Id, out var id)
            ? id : throw new InvalidDataException($"Not a volume id: {Id}")), File);
}

/// <summary>JSON of session files.</summary>
/// <summary>
/// Metadata mode: the generator's fast path writes a null byte[] as "", which reads back as a member that is not there.
/// </summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KeptFragment))]
internal sealed partial class SessionJson : JsonSerializerContext;

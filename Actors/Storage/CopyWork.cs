using System.Runtime.CompilerServices;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// Copies the fragments of an image, as they are, one after another. With a drive that reads beside the one that
/// writes, blocks go from one to the other; with one drive a fragment lies in a temporary file in between, as in a
/// merge. Goes on behind the last sealed fragment.
/// </summary>
internal sealed class CopyWork : IMakeWork
{
    private const string FilePrefix = "copy-";

    private readonly StorageProtocol.Copy _orders;
    private readonly CopySpec _spec;
    private readonly MakeContext _context;
    private readonly string _directory;
    private readonly VolumeWait _reads;
    private readonly CopyLane _lane;
    private readonly bool _isOneDrive;
    private readonly DataPlane _plane;
    private readonly DataLink<ArchiveChunk>? _link;
    private DataAddress? _address;
    private IReadOnlyList<FragmentPlace> _fragments = [];
    private CopySource? _source;
    private long _readBytes;
    private volatile string _phase = "reading";

    /// <summary>A copy.</summary>
    /// <param name="orders">Of what, and where to.</param>
    /// <param name="context">What it may use.</param>
    /// <param name="directory">For the temporary file.</param>
    /// <param name="reads">The drive that reads.</param>
    /// <param name="writes">The drive that writes; the same where there is one.</param>
    /// <param name="plane">Where the node connects that owns the library from which is copied, if another
    /// does.</param>
    /// <param name="bufferedChunks">Blocks between the two.</param>
    public CopyWork(
        StorageProtocol.Copy orders, MakeContext context, string directory, VolumeWait reads, DriveHandle writes,
        DataPlane plane, int bufferedChunks)
    {
        _plane = plane;
        _link = orders.Spec.From == orders.Spec.Library ? null
            : new DataLink<ArchiveChunk>(bufferedChunks, confirmsEnd: true);
        (_orders, _spec, _context, _directory, _reads) = (orders, orders.Spec, context, directory, reads);
        _isOneDrive = ReferenceEquals(reads.Drive, writes);
        var store = context.Store;
        _lane = new CopyLane(
            writes, _spec.Pool, _spec.Copy, (copied, number) => store.Add(copied, null, number), EarlierOf,
            store.Fragments.Sum(fragment => fragment.Summary.Counts.StoredBytes));
    }

    /// <summary>Frees what the image has on the spool; null: nothing is taken from one.</summary>
    public Action? EmptySpool { get; init; }

    public string Phase => _phase;

    public long ReadBytes => Interlocked.Read(ref _readBytes) + (Volatile.Read(ref _source)?.ReadBytes ?? 0);

    public long StoredBytes => _lane.StoredBytes;

    public VolumeName? Volume => _reads.Volume;

    public JobFailure.VolumeInUse? InUse => _reads.InUse;

    public DataAddress Open()
    {
        if (_link is null) return new DataAddress("", "");
        return _address = _plane.Open(_link, CopyLink.PassportOf(_orders.Job, _orders.Epoch, _spec));
    }

    public void Fail(JobFailure failure)
    {
        if (_address is not null) _plane.Close(_address.Token, failure);
        _link?.Fail(new JobFailureException(failure));
    }

    public async Task<string> Run(CancellationToken cancellation)
    {
        // Those of a process that was killed; nobody goes on with them.
        foreach (var left in Directory.EnumerateFiles(_directory, FilePrefix + "*")) File.Delete(left);
        var places = await ImagePlaces.Read(_context.Catalog, _spec.Image, cancellation, _spec.From)
            .ConfigureAwait(false);
        _fragments = places.Fragments;
        if (_fragments is not [.., var last] || last.Root != _spec.Root)
            throw new JobFailureException(new JobFailure.ImageNotUsable(
                _spec.Image, $"the catalog has it with another root than {_spec.Root} now."));
        var wanted = _spec.Fragments ?? [.. _fragments.Select(fragment => fragment.Fragment)];
        SayWhatIsRead(wanted);
        try
        {
            for (var number = _context.Store.NextFragment; number < wanted.Count; number++)
            {
                if (_link is null)
                    await Copy(number, _fragments[wanted[number]], cancellation).ConfigureAwait(false);
                else await Take(number, _fragments[wanted[number]], _link, cancellation).ConfigureAwait(false);
                _context.Sealed(number);
            }
            _link?.ConfirmEnd();
        }
        catch (IOException full) when (full is not PosixException)
        {
            throw new JobFailureException(new JobFailure.StorageLost(
                _spec.Library, $"A temporary file of the copy in {_directory} cannot be used: {full.Message}"));
        }
        return _context.Store.Last is { } sealing
            ? _context.Store.Undelivered(sealing)?.Index.Seal?.Command ?? "" : "";
    }

    /// <summary>Only now that the copy is whole, durable and recorded may anything go.</summary>
    public async Task<int> Close(CancellationToken cancellation)
    {
        if (_spec.Retires is not { } pool) return 0;
        var said = await _context.Catalog.Ask<CatalogProtocol.CopiesRetired>(
            new CatalogProtocol.RetireCopies(_orders.Job, _orders.Epoch, _spec.Image, _spec.Copy, pool), cancellation)
            .ConfigureAwait(false);
        var done = $"Copy {_spec.Copy} of image {_spec.Image} is whole and recorded; what lies in pool {pool} of it ";
        var why = said.ReadBy is { } reader ? $"job {reader} reads it"
            : said.Torn is { } torn ? $"one restore reads it together with image {torn}, which is in another library"
            : null;
        if (why is null)
        {
            _context.Say(LogSeverity.Info, "original-retired", done + "is out of use.");
            if (EmptySpool is { } empty) await Task.Run(empty, CancellationToken.None).ConfigureAwait(false);
            return 0;
        }
        // Not waited for: this job's drives may be what the other one needs
        _context.Say(
            LogSeverity.Warning, "original-kept",
            done + $"stays, since {why}. `backup migrate` again takes it out of use then, and copies nothing.");
        return 1;
    }

    /// <summary>From the node that gives.</summary>
    private async Task Take(
        int number, FragmentPlace place, DataLink<ArchiveChunk> link, CancellationToken cancellation)
    {
        _phase = "copying";
        var (fragment, first) = await CopyLink.TakeIndex(link, place, number).ConfigureAwait(false);
        var sealedCopy = await _lane.Write(
            number, fragment, CopyLink.TakeBlocks(link, fragment, first, number, cancellation), isMounted: true,
            cancellation).ConfigureAwait(false);
        Interlocked.Add(ref _readBytes, sealedCopy.Index.Counts.StoredBytes);
        link.Acknowledge(number, fragment.Root);
    }

    private async Task Copy(int number, FragmentPlace place, CancellationToken cancellation)
    {
        var source = new CopySource(_spec.Image, place, _spec.From, _reads, OnDamage);
        Volatile.Write(ref _source, source);
        _phase = "reading";
        var fragment = await source.Open(cancellation).ConfigureAwait(false);
        if (!_isOneDrive)
        {
            _phase = "copying";
            await _lane.Write(number, fragment, source.Blocks(cancellation), isMounted: true, cancellation)
                .ConfigureAwait(false);
        }
        else await ByFile(number, source, fragment, cancellation).ConfigureAwait(false);
        Volatile.Write(ref _source, null);
        Interlocked.Add(ref _readBytes, source.ReadBytes);
    }

    /// <summary>The drive reads the fragment first, and writes it then.</summary>
    private async Task ByFile(
        int number, CopySource source, SealedFragment fragment, CancellationToken cancellation)
    {
        using var file = File.OpenHandle(
            Path.Combine(_directory, $"{FilePrefix}{_orders.Epoch}"), FileMode.Create, FileAccess.ReadWrite,
            FileShare.None, FileOptions.DeleteOnClose);
        await foreach (var block in source.Blocks(cancellation).ConfigureAwait(false))
        {
            RandomAccess.Write(file, block.Bytes, (long)block.Number * TapeFormat.BlockBytesMax);
            ChunkBuffers.Return(block.Buffer);
        }
        _phase = "writing";
        await _lane.Write(number, fragment, FromFile(file, fragment, cancellation), isMounted: false, cancellation)
            .ConfigureAwait(false);
    }

    /// <summary>What comes back from the file is compared again: it was on another disk meanwhile.</summary>
    private async IAsyncEnumerable<CopyBlock> FromFile(
        Microsoft.Win32.SafeHandles.SafeFileHandle file, SealedFragment fragment,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var blocks = new BlockReader(fragment.Index);
        for (var number = 0; number < blocks.Count; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            var buffer = ChunkBuffers.Rent();
            var at = (long)number * TapeFormat.BlockBytesMax;
            var wanted = (int)Math.Min(TapeFormat.BlockBytesMax, fragment.Index.Chunks.StoredBytes - at);
            var length = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, wanted), at, cancellation)
                .ConfigureAwait(false);
            if (blocks.Check(number, buffer.AsSpan(0, length)) is not null)
            {
                ChunkBuffers.Return(buffer);
                throw new IOException($"Block {number} came back from it otherwise than it was written.");
            }
            yield return new CopyBlock(number, buffer, length, blocks.DigestOf(number));
        }
    }

    private IReadOnlyList<TapeLocation> EarlierOf(int fragment) => _spec.Fragments is null
        ? [.. _context.Store.Fragments.Take(fragment).SelectMany(before => before.Summary.Parts)]
        : [.. _fragments.Take(fragment).SelectMany(before => before.Layout.Parts).Select(part => part.Location)];

    private void OnDamage(int copy, string detail) =>
        _context.Say(LogSeverity.Warning, "medium-damaged", detail);

    private void SayWhatIsRead(IReadOnlyList<int> wanted)
    {
        if (wanted.Count == 0) return;
        var volumes = wanted.Select(number => _fragments[number]).SelectMany(fragment => fragment.Layout.Parts)
            .Select(part => part.Location.Volume.Name).Distinct();
        _context.Say(
            LogSeverity.Info, "volumes-needed",
            $"What is copied lies on: {string.Join(", ", volumes)}."
                + (_isOneDrive && _link is null ? " One drive reads and writes in turn." : ""));
    }
}

using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>A defect and the files that it touches.</summary>
/// <param name="Defect">What is wrong.</param>
/// <param name="Files">Members that cannot be restored as they were because of it; empty when all can (a header, or an
/// index that the catalog holds too).</param>
public sealed record VerifiedDefect(FragmentDefect Defect, IReadOnlyList<FilePath> Files);

/// <summary>
/// Re-reads a fragment: each part's header, every block's digest, every chunk, every member's digest, and the index.
/// The caller mounts the volumes: parts in order, then the index's. For one thread at a time; calls block.
/// </summary>
public sealed class FragmentVerifier : IDisposable
{
    private readonly SealedFragment _fragment;
    private readonly FragmentReader _reader;
    private readonly MemberDigests _members;

    /// <summary>Prepares to verify.</summary>
    /// <param name="fragment">The fragment, as the catalog or a scan knows it.</param>
    /// <param name="carried">What the verifier of the fragment before gave; null for the first, or when that one was
    /// not verified. Used up.</param>
    public FragmentVerifier(SealedFragment fragment, OpenDigest? carried = null)
    {
        _fragment = fragment;
        _reader = new FragmentReader(fragment.Index.Layout, FragmentReadPlan.Whole(fragment.Index.Layout));
        _members = new MemberDigests(fragment.Index, carried);
    }

    /// <summary>The part to verify next; null when all are.</summary>
    public PartRead? Next => _reader.Next;

    /// <summary>Verifies the next part.</summary>
    /// <param name="drive">Loaded with its volume.</param>
    /// <param name="cancellation">Ends the verification between two chunks.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public IReadOnlyList<VerifiedDefect> VerifyPart(ITapeDrive drive, CancellationToken cancellation = default)
    {
        var part = _fragment.Index.Parts[_reader.Next?.Part
            ?? throw new InvalidOperationException("All parts are verified.")];
        var defects = Take(_reader.Read(drive), cancellation);
        if (!defects.Exists(defect => defect.Defect.Kind == DefectKind.Missing)
            && Trailing(drive, part) is { } trailing)
            defects.Add(new VerifiedDefect(trailing, []));
        return defects;
    }

    /// <summary>Passes over the next part, whose volume cannot be had.</summary>
    /// <param name="detail">Why, one sentence for the operator.</param>
    public IReadOnlyList<VerifiedDefect> SkipPart(string detail) => Take(_reader.Skip(detail));

    /// <summary>
    /// Verifies the index on the medium against the one that is known, and that its lists of entries can be read.
    /// </summary>
    /// <param name="drive">Loaded with the volume that the index is on.</param>
    public IReadOnlyList<VerifiedDefect> VerifyIndex(ITapeDrive drive)
    {
        var defects = new List<VerifiedDefect>();
        var at = _fragment.IndexLocation;
        var located = drive.Locate(new TapePosition(at.File, 0));
        var scanned = located.IsGood ? VolumeScanner.ScanFile(drive, at.Volume) : null;
        scanned ??= new ScannedFile.Unreadable(
            at.File, located.IsGood ? new TapeResult(TapeStatus.EndOfData) : located);
        if (scanned is not ScannedFile.Index { Fragment: var found })
            defects.Add(new VerifiedDefect(new(at, DefectKind.IndexDamaged, -1, default, Describe(scanned)), []));
        else if (found.Root != _fragment.Root)
            defects.Add(new VerifiedDefect(
                new(at, DefectKind.IndexDamaged, -1, default,
                    $"expected the root {_fragment.Root}, found {found.Root}"), []));
        foreach (var block in _fragment.Index.EntryBlocks)
        {
            var defect = EntryBlockReader.Read(block.Bytes.Span, out var entries);
            if (defect == EntryBlockDefect.None && entries.Count == block.Count
                && entries[0].Path == block.FirstPath) continue;
            var detail = $"the list of {block.Count} entries from {block.FirstPath} cannot be read ({defect})";
            defects.Add(new VerifiedDefect(new(at, DefectKind.EntriesDamaged, -1, default, detail), [block.FirstPath]));
        }
        return defects;
    }

    /// <summary>Ends the verification of the data: the members whose content has not their digest.</summary>
    /// <param name="carried">For the verifier of the next fragment; null when no member goes on.</param>
    public IReadOnlyList<VerifiedDefect> Finish(out OpenDigest? carried)
    {
        carried = _members.End();
        return [.. _members.Wrong.Select(path => new VerifiedDefect(
            new FragmentDefect(
                _fragment.Index.Parts[0].Location, DefectKind.MemberDamaged, -1, default,
                $"the content of {path} has not the digest in the index"),
            [path]))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _members.Dispose();
    }

    private List<VerifiedDefect> Take(IEnumerable<ArchivePiece> pieces, CancellationToken cancellation = default)
    {
        var defects = new List<VerifiedDefect>();
        foreach (var piece in pieces)
        {
            cancellation.ThrowIfCancellationRequested();
            if (piece.Defect is null)
            {
                _members.Take(piece.Bytes.Span);
                continue;
            }
            if (piece.Range.Length > 0) _members.Pass(piece.Range.Length);
            defects.Add(new VerifiedDefect(piece.Defect, TouchedFiles.In(_fragment.Index, piece.Range)));
        }
        return defects;
    }

    private static FragmentDefect? Trailing(ITapeDrive drive, FragmentPart part)
    {
        var behind = new TapePosition(part.Location.File, part.BlockDigests.Count + 1L);
        if (!drive.Locate(behind).IsGood) return null;
        var result = drive.Read(new byte[TapeFormat.BlockBytesMax]);
        return result.Status == TapeStatus.Block
            ? new FragmentDefect(
                part.Location, DefectKind.TrailingData, behind.Block, default, "there is more than was written")
            : null;
    }

    private static string Describe(ScannedFile found) => found switch
    {
        ScannedFile.Damaged damaged => damaged.Detail,
        ScannedFile.Unreadable unreadable =>
            $"the index cannot be read: {unreadable.Result.Status} {unreadable.Result.Operation}".TrimEnd(),
        _ => "expected an index, found another kind of tape file",
    };
}

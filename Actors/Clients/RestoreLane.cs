using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Actors.Clients;

/// <summary>
/// What one sequence of a restore's data becomes: one item after the other. Several lanes take turns, batch by batch.
/// </summary>
/// <param name="writer">The lane's own place in the tree.</param>
/// <param name="report">Takes what went wrong.</param>
/// <param name="target">Counts.</param>
internal sealed class RestoreLane(TreeWriter writer, Action<FileException> report, RestoreTarget target) : IDisposable
{
    private FileEntry? _entry;
    private FileSink? _sink;
    private MemberExtractor? _extractor;

    public void Take(in RestorePiece piece, ReadOnlySpan<byte> content, in ContentDigest digest)
    {
        if (piece.First) Begin(piece.Entry);
        if (piece.Damage is { } damage)
        {
            _sink?.Dispose(); // what came of it is removed
            if (_entry is not null)
                report(new FileException(
                    piece.Entry.Path.ToArray(), FileExceptionKind.ContentDamaged, "read", 0, damage));
            (_entry, _sink, _extractor) = (null, null, null);
            return;
        }
        if (_extractor is not null && _extractor.Push(content) is null) target.Wrote(content.Length);
        if (piece.Final) End(digest);
    }

    public void Dispose() => _sink?.Dispose();

    private void Begin(FileEntry entry)
    {
        _sink?.Dispose();
        (_sink, _extractor, _entry) = (null, null, entry);
        target.Began(entry);
        var unchanged = writer.Unchanged;
        Open(entry);
        if (writer.Unchanged > unchanged) target.Count("Unchanged");
    }

    private void Open(FileEntry entry)
    {
        if (entry.Kind != FileKind.Regular)
        {
            var (written, unasked) = (writer.Written, writer.Unasked);
            writer.Write(entry);
            if (writer.Written > written) target.Count(entry.Kind.ToString());
            if (writer.Unasked > unasked) target.LeaveOut();
            return;
        }
        if (LinkPromotion.IsSpared(entry))
        {
            writer.Leave(entry);
            return;
        }
        _sink = writer.BeginFile(entry);
        if (_sink is not null) _extractor = MemberExtractor.WithoutHash(entry, _sink.Write);
    }

    private void End(in ContentDigest digest)
    {
        if (_sink is not null && _extractor is not null)
        {
            var defect = _extractor.Finish(digest);
            if (_sink.Commit(verified: defect is null)) target.Count(_entry!.Kind.ToString());
            _sink.Dispose();
        }
        (_sink, _extractor, _entry) = (null, null, null);
    }
}

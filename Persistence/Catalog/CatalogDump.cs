namespace Backup.Persistence.Catalog;

/// <summary>
/// The catalog's content as text lines in one order, without what depends on when and how it was recorded (times,
/// origins, jobs' histories): a catalog that was rebuilt from the media gives the same text as the lost one.
/// </summary>
public sealed class CatalogDump
{
    private readonly CatalogDatabase _database;

    internal CatalogDump(CatalogDatabase database) => _database = database;

    /// <summary>All lines: images, fragments, parts, volumes, manifests.</summary>
    public CatalogAnswer<IReadOnlyList<string>> Lines() => _database.Read(transaction =>
    {
        List<string> lines = [];
        foreach (var image in transaction.Query<ImageRow>($"{ImageRow.Select} ORDER BY id"))
            lines.AddRange(OfImage(transaction, image.ToRecord()));
        foreach (var volume in transaction.Query<VolumeRow>($"{VolumeRow.Select} ORDER BY name"))
            lines.Add(Of(volume.ToRecord()));
        return CatalogAnswer<IReadOnlyList<string>>.Of(lines);
    });

    private static IEnumerable<string> OfImage(CatalogTransaction transaction, ImageRecord image)
    {
        var opened = image.Opened;
        var seal = image.Seal is { } sealing ? $"{sealing.Outcome} {sealing.Fragments} {sealing.Root}" : "-";
        yield return $"image {opened.Image} job {opened.Job} client {opened.Client} policy {opened.Policy} "
            + $"files {opened.FileSet} level {opened.Level} since {opened.Since:O} "
            + $"base {opened.Base?.ToString() ?? "-"} {opened.BaseRoot?.ToString() ?? "-"} "
            + $"recorded {opened.Recorded} rules {opened.Rules?.ToString() ?? "-"} "
            + $"merged {opened.MergedFrom?.ToString() ?? "-"} "
            + $"{image.State} seal {seal} counts {image.Counts.Files} {image.Counts.BytesRead} "
            + $"{image.Counts.BytesStored} "
            + $"{image.Counts.Exceptions} entries {image.Entries}";
        foreach (var fragment in FragmentRow.Page(transaction, opened.Image, -1, int.MaxValue))
        {
            yield return $"fragment {opened.Image} {fragment.Key.Fragment} epoch {fragment.Key.Epoch} "
                + $"root {fragment.Root} "
                + $"previous {fragment.PreviousRoot} start {fragment.StartKind} {Hex(fragment.StartMember)} "
                + $"{fragment.BytesToFirstMember} "
                + $"files {fragment.Files} archive {fragment.ArchiveBytes} stored {fragment.StoredBytes} "
                + $"chunks {Hex(fragment.ChunkTable)}";
            foreach (var copy in fragment.Copies)
            {
                var name = $"{opened.Image} {fragment.Key.Fragment} {copy.Copy}";
                yield return $"copy {name} index {copy.Index.Volume} {copy.Index.TapeFile}";
                foreach (var part in copy.Parts)
                {
                    yield return $"part {name} {part.Part} {part.Position.Volume} "
                        + $"{part.Position.TapeFile} {part.Offset} {part.Bytes}";
                }
            }
        }
        foreach (var block in ManifestRuns.References(transaction, opened.Image, 0, int.MaxValue))
        {
            yield return $"manifest {opened.Image} {block.Ordinal} {Hex(block.FirstPath)} {Hex(block.Digest)} "
                + $"{block.Entries}";
        }
    }

    private static string Of(VolumeRecord volume) =>
        $"volume {volume.Name} {volume.Uuid} library {volume.Library} pool {volume.Pool} {volume.State} "
        + $"bytes {volume.BytesWritten} tape files {volume.TapeFiles} "
        + $"capacity {volume.CapacityBytes?.ToString() ?? "-"}";

    private static string Hex(byte[]? bytes) => bytes is null ? "-" : Convert.ToHexStringLower(bytes);
}

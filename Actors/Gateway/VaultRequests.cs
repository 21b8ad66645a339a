using Backup.Actors.Catalog;
using Backup.Actors.Copies;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Where volumes are: told to their libraries first, then written into the log.</summary>
/// <param name="setup">What the gateway has.</param>
internal sealed class VaultRequests(GatewaySetup setup)
{
    private const int PlaceMax = 200;
    private const int NoteMax = 500;
    private const int VolumesMax = 1000;
    private const string Somebody = "an operator";

    /// <summary>Takes volumes out, or back.</summary>
    /// <param name="ask">The request; repeated it changes nothing.</param>
    public async Task<IReply> Move(VaultVolumes ask)
    {
        if (Wrong(ask) is { } bad) return bad;
        var volumes = ask.Volumes.Select(name => new VolumeName(name)).Distinct().ToList();
        foreach (var volume in volumes)
            if (!setup.Store.Volumes.Get(volume).Is(out _, out var failure)) return CatalogQueries.Unavailable(failure);
        foreach (var volume in volumes)
        {
            var told = await MediaRequests.Answer(
                setup, ask with { Request = new RequestId($"{ask.Request}/{volume}"), Volumes = [volume.Value] })
                .ConfigureAwait(false);
            if (told is not VolumesVaulted) return told;
            var move = new VolumeMove(volume, setup.Clock.Now, ask.Place, ask.By ?? Somebody, ask.Note);
            var written = await setup.Catalog.Write(store => store.Vault.Record(move, ask.Request))
                .ConfigureAwait(false);
            if (!written.Is(out _, out var failure)) return CatalogQueries.Unavailable(failure);
        }
        return new VolumesVaulted(volumes, ask.Place);
    }

    /// <summary>What the log says, and what is to be taken out next.</summary>
    /// <param name="show">The question.</param>
    public static IReply Show(CatalogStore store, ShowVault show)
    {
        if (!store.Vault.Log(show.Volume, Math.Clamp(show.Limit, 1, 10_000)).Is(out var log, out var failure)
            || !store.Vault.Away().Is(out var away, out failure)
            || !store.Volumes.List(new VolumeFilter(Pool: show.Pool)).Is(out var volumes, out failure)
            || !new CopyShelf(store).Images().Is(out var images, out failure))
            return CatalogQueries.Unavailable(failure);
        var of = volumes.Select(volume => volume.Name).Where(name => show.Volume is null || name == show.Volume)
            .ToHashSet();
        return new VaultShown(
            [.. away.Concat(Unlogged(volumes, away)).Where(move => of.Contains(move.Volume))
                .OrderBy(move => move.Place, StringComparer.Ordinal)
                .ThenBy(move => move.Volume.Value, StringComparer.Ordinal)],
            [.. ExportSet(images, volumes, away.Select(move => move.Volume).ToHashSet()).Where(of.Contains)],
            [.. log.Where(move => of.Contains(move.Volume))]);
    }

    /// <summary>The library knows it, and a director died before it wrote the log.</summary>
    private static IEnumerable<VolumeMove> Unlogged(
        IReadOnlyList<VolumeRecord> volumes, IReadOnlyList<VolumeMove> away) => volumes
        .Where(volume => volume.State == VolumeState.Vaulted && away.All(move => move.Volume != volume.Name))
        .Select(volume => new VolumeMove(
            volume.Name, volume.LastWrittenAt ?? volume.LabelledAt, volume.Error, Somebody,
            "The log does not say when."));

    /// <summary>
    /// Full volumes that hold further copies of images of which no copy is elsewhere, while another one stays.
    /// </summary>
    internal static IReadOnlyList<VolumeName> ExportSet(
        IReadOnlyList<CopiedImage> images, IReadOnlyList<VolumeRecord> volumes, IReadOnlySet<VolumeName> away)
    {
        var full = volumes.Where(volume => volume.State == VolumeState.Full && !away.Contains(volume.Name))
            .Select(volume => volume.Name).ToHashSet();
        var wanted = new HashSet<VolumeName>();
        foreach (var image in images.Where(image => image.Copies.Count > 1
            && !image.Copies.Any(copy => copy.Volumes.Any(away.Contains))))
            wanted.UnionWith(image.Copies[^1].Volumes.Where(full.Contains));
        // What holds the only copy of something stays
        foreach (var image in images.Where(image => image.Copies.Count == 1))
            wanted.ExceptWith(image.Copies[0].Volumes);
        return [.. wanted.OrderBy(name => name.Value, StringComparer.Ordinal)];
    }

    private static Refused? Wrong(VaultVolumes ask)
    {
        if (ask.Volumes.Count is 0 or > VolumesMax)
            return Bad($"Expected 1 to {VolumesMax} volumes, found {ask.Volumes.Count}.");
        if (ask.Volumes.FirstOrDefault(name => name.Length is 0 or > 100 || name.Any(char.IsControl)) is { } odd)
            return Bad($"Expected names of volumes, found \"{odd}\".");
        if (ask.Place is { } place && (place.Trim().Length is 0 or > PlaceMax || place.Any(char.IsControl)))
            return Bad($"Expected a place of 1 to {PlaceMax} characters on one line.");
        if (ask.By is { } by && (by.Trim().Length is 0 or > 100 || by.Any(char.IsControl)))
            return Bad("Expected a name of 1 to 100 characters on one line.");
        return ask.Note is { } note && (note.Length > NoteMax || note.Any(char.IsControl))
            ? Bad($"Expected a note of up to {NoteMax} characters on one line.") : null;
    }

    private static Refused Bad(string sentence) => new(RefusalCode.BadRequest, sentence);
}

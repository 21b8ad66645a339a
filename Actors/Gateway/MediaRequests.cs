using Akka.Actor;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What operators do with volumes: finds the library that is meant, asks what the catalog knows, and leaves the rest to
/// the storage node that owns the library.
/// </summary>
internal static class MediaRequests
{
    /// <summary>Longer than the storage node takes until it says that it cannot answer.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);
    private const int LooksMax = 100;
    private const int VolumesMax = 1000;
    private const int LabelsMax = 100;
    private const int ReasonMax = 500;
    private const int NameMax = 100;

    public static async Task<IReply> Answer(GatewaySetup setup, IMediaRequest request)
    {
        var (library, refused) = request switch
        {
            LabelVolume label => await OfLabel(setup, label).ConfigureAwait(false),
            LabelVolumes many => Wrong(many) ?? await OfLabel(
                setup, new LabelVolume(many.Request, many.Pool, Library: many.Library)).ConfigureAwait(false),
            MountVolume mount => OfMount(setup, mount),
            UnmountDrive unmount => Configured(setup, unmount.Drive.Library),
            VaultVolumes move => OfMount(setup, new MountVolume(move.Request, new VolumeName(move.Volumes[0]))),
            TakeInventory { Library: { } named } => Configured(setup, named),
            ImportVolumes ask => Wrong(ask.Volumes, 0) ?? Configured(setup, ask.Library),
            ExportVolumes ask => Wrong(ask.Volumes, 1)
                ?? OfVolume(setup, new VolumeName(ask.Volumes[0]), ask.Library),
            MoveVolume ask => Configured(setup, ask.Library),
            SetDrive set => Wrong(set) ?? Configured(setup, set.Drive.Library),
            CleanDrive clean => Configured(setup, clean.Drive.Library),
            UpdateVolume update => OfVolume(setup, update.Volume, update.Library),
            _ => (default, new Refused(RefusalCode.BadRequest, $"{request.GetType().Name} is not known.")),
        };
        if (refused is not null) return refused;
        var asked = setup.Clock.Now;
        while (true)
        {
            try
            {
                var answer = await setup.Nodes
                    .Ask<IReply>(new NodeProtocol.ForLibrary(library, request), setup.AnswerWithin)
                    .ConfigureAwait(false);
                if (answer is VolumesLabelled { Volumes: [.., var last] })
                    await UntilKnown(setup, last).ConfigureAwait(false);
                if (answer is VolumeLabelled labelled) await UntilKnown(setup, labelled.Volume).ConfigureAwait(false);
                return answer;
            }
            catch (AskTimeoutException) when (setup.Clock.Now - asked < Within)
            {
                // Lost on either way, or still at work: the same request does it no second time.
            }
            catch (AskTimeoutException)
            {
                return new Refused(
                    RefusalCode.Unavailable,
                    $"The node that owns library {library} did not answer. It may still be done; the same request "
                        + "again does it no second time.");
            }
        }
    }

    /// <summary>All libraries at once: one that does not answer keeps no other from it.</summary>
    public static async Task<IReply> Inventory(GatewaySetup setup, TakeInventory ask)
    {
        var answers = await Task.WhenAll(setup.Libraries().OrderBy(library => library.Value, StringComparer.Ordinal)
            .Select(async library => (
                Library: library,
                Answer: await Answer(
                    setup, ask with { Request = new RequestId($"{ask.Request}/{library}"), Library = library })
                    .ConfigureAwait(false)))).ConfigureAwait(false);
        return new InventoryTaken([.. answers.SelectMany(each => each.Answer is InventoryTaken taken
            ? taken.Libraries
            : [new LibraryInventory(each.Library, "", [], [], (each.Answer as Refused)?.Sentence ?? "No answer.")])]);
    }

    /// <summary>
    /// Who labels a volume may name it at once: the storage node's report of it is on its way to the catalog. A catalog
    /// that is away gets it later; the volume is labelled all the same.
    /// </summary>
    private static async Task UntilKnown(GatewaySetup setup, VolumeName volume)
    {
        for (var look = 0; look < LooksMax && !setup.Store.Volumes.Get(volume).Is(out _, out _); look++)
            await Task.Delay(LookEvery).ConfigureAwait(false);
    }

    /// <summary>What the catalog knows to lie on a volume is never given up, whatever its label says.</summary>
    private static async Task<(LibraryName Library, Refused? Refused)> OfLabel(GatewaySetup setup, LabelVolume label)
    {
        var pools = setup.Pools();
        if (!pools.TryGetValue(label.Pool, out var libraries))
            return (default, new Refused(
                RefusalCode.BadRequest,
                $"There is no pool \"{label.Pool}\". Configured are: {Words(pools.Keys.Select(pool => pool.Value))}."));
        if (label.Library is { } said && !libraries.Contains(said))
            return (default, new Refused(
                RefusalCode.BadRequest,
                $"Pool {label.Pool} has no volumes in library {said}. It has in: "
                    + $"{Words(libraries.Select(known => known.Value))}."));
        var wanted = await WhereWanted(setup, label, libraries).ConfigureAwait(false);
        if (label.Volume is not { } volume) return (wanted, null);
        if (!setup.Store.Volumes.Get(volume).Is(out var known, out var failure))
            return failure is CatalogFailure.Unknown
                ? (wanted, null)
                : (default, CatalogQueries.Unavailable(failure));
        var library = known.Library;
        if (label.Library is { } other ? other != library : !libraries.Contains(library))
            return (default, new Refused(
                RefusalCode.Conflict,
                $"Volume {volume} is of library {library}, and pool {label.Pool} of library "
                    + $"{label.Library ?? libraries[0]}. Names of volumes are unique: choose another."));
        if (!setup.Store.Images.OnVolume(volume).Is(out var images, out failure))
            return (default, CatalogQueries.Unavailable(failure));
        return images.Count == 0
            ? (library, null)
            : (default, new Refused(
                RefusalCode.Conflict,
                $"Volume {volume} of pool {known.Pool} holds data of {images.Count} "
                    + $"{(images.Count == 1 ? "image" : "images")}, as {images[0].Opened.Image}. It is not "
                    + "overwritten; nothing was changed."));
    }

    /// <summary>The library that is said; else the one in which a job waits for a volume of the pool.</summary>
    private static async Task<LibraryName> WhereWanted(
        GatewaySetup setup, LabelVolume label, IReadOnlyList<LibraryName> libraries)
    {
        if (label.Library is { } said) return said;
        if (libraries is [var only]) return only;
        try
        {
            var holders = await setup.Allocator.Ask<AllocatorProtocol.Holders>(
                AllocatorProtocol.List.Instance, setup.AnswerWithin).ConfigureAwait(false);
            return (holders.Awaited ?? []).Where(request => request.Pool == label.Pool)
                .Select(request => request.Drive.Library).FirstOrDefault(libraries.Contains, libraries[0]);
        }
        catch (AskTimeoutException)
        {
            return libraries[0]; // it moves to another director; who wants another library can say so
        }
    }

    private static (LibraryName Library, Refused? Refused) OfMount(GatewaySetup setup, MountVolume mount)
    {
        if (mount.Drive is { } drive && mount.Library is { } other && drive.Library != other)
            return (default, new Refused(RefusalCode.BadRequest, $"Drive {drive} is not in library {other}."));
        return OfVolume(setup, mount.Volume, mount.Drive?.Library ?? mount.Library);
    }

    private static (LibraryName Library, Refused? Refused) OfVolume(
        GatewaySetup setup, VolumeName volume, LibraryName? library)
    {
        if (library is { } said) return Configured(setup, said);
        if (setup.Store.Volumes.Get(volume).Is(out var known, out var failure))
            return Configured(setup, known.Library);
        if (failure is not CatalogFailure.Unknown) return (default, CatalogQueries.Unavailable(failure));
        return setup.Libraries() is [var only]
            ? (only, null)
            : (default, new Refused(
                RefusalCode.NotFound,
                $"The catalog knows no volume {volume}. Say with `--library` where it is."));
    }

    private static (LibraryName Library, Refused? Refused)? Wrong(LabelVolumes ask)
    {
        var problem = ask.BarCodes == (ask.Template is not null)
            ? $"Expected either a template or bar codes, found {(ask.BarCodes ? "both" : "neither")}."
            : ask.Count is < 1 or > LabelsMax ? $"Expected 1 to {LabelsMax} volumes, found {ask.Count}."
            : ask.Template is { } template ? LabelTemplate.Problem(template) : null;
        return problem is null ? null : (default, new Refused(RefusalCode.BadRequest, problem));
    }

    private static (LibraryName Library, Refused? Refused)? Wrong(SetDrive set)
    {
        var problem = set.Use is not (DriveUse.Enabled or DriveUse.Disabled)
            ? $"Expected enabled or disabled, found {set.Use}."
            : set is { Use: DriveUse.Enabled, Reason: not null } ? "Expected no reason for a drive that is enabled."
            : set.Reason is { } why && (why.Trim().Length is 0 or > ReasonMax || why.Any(char.IsControl))
                ? $"Expected a reason of 1 to {ReasonMax} characters in one line."
            : set.By is { } by && (by.Trim().Length is 0 or > NameMax || by.Any(char.IsControl))
                ? $"Expected a person's name of 1 to {NameMax} characters."
            : null;
        return problem is null ? null : (default, new Refused(RefusalCode.BadRequest, problem));
    }

    private static (LibraryName Library, Refused? Refused)? Wrong(IReadOnlyList<string>? volumes, int least)
    {
        if (volumes is null) return null;
        if (volumes.Count < least || volumes.Count > VolumesMax)
            return (default, new Refused(
                RefusalCode.BadRequest, $"Expected {least} to {VolumesMax} volumes, found {volumes.Count}."));
        return volumes.FirstOrDefault(name => name.Length is 0 or > 100 || name.Any(char.IsControl)) is { } odd
            ? (default, new Refused(RefusalCode.BadRequest, $"Expected names of volumes, found \"{odd}\"."))
            : null;
    }

    private static (LibraryName Library, Refused? Refused) Configured(GatewaySetup setup, LibraryName library)
    {
        var all = setup.Libraries();
        return all.Contains(library)
            ? (library, null)
            : (default, new Refused(
                RefusalCode.BadRequest,
                $"There is no library \"{library}\". Configured are: {Words(all.Select(known => known.Value))}."));
    }

    private static string Words(IEnumerable<string> words) => string.Join(", ", words.Order(StringComparer.Ordinal));
}

using Akka.Actor;
using Backup.Messages;
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

    public static async Task<IReply> Answer(GatewaySetup setup, IMediaRequest request)
    {
        var (library, refused) = request switch
        {
            LabelVolume label => OfLabel(setup, label),
            MountVolume mount => OfMount(setup, mount),
            UnmountDrive unmount => Configured(setup, unmount.Drive.Library),
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
    private static (LibraryName Library, Refused? Refused) OfLabel(GatewaySetup setup, LabelVolume label)
    {
        var pools = setup.Pools();
        if (!pools.TryGetValue(label.Pool, out var library))
            return (default, new Refused(
                RefusalCode.BadRequest,
                $"There is no pool \"{label.Pool}\". Configured are: {Words(pools.Keys.Select(pool => pool.Value))}."));
        if (label.Volume is not { } volume) return (library, null);
        if (!setup.Store.Volumes.Get(volume).Is(out var known, out var failure))
            return failure is CatalogFailure.Unknown ? (library, null) : (default, CatalogQueries.Unavailable(failure));
        if (known.Library != library)
            return (default, new Refused(
                RefusalCode.Conflict,
                $"Volume {volume} is of library {known.Library}, and pool {label.Pool} of library {library}. Names of "
                    + "volumes are unique: choose another."));
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

    private static (LibraryName Library, Refused? Refused) OfMount(GatewaySetup setup, MountVolume mount)
    {
        if (mount.Drive is { } drive && mount.Library is { } other && drive.Library != other)
            return (default, new Refused(RefusalCode.BadRequest, $"Drive {drive} is not in library {other}."));
        if ((mount.Drive?.Library ?? mount.Library) is { } said) return Configured(setup, said);
        if (setup.Store.Volumes.Get(mount.Volume).Is(out var known, out var failure))
            return Configured(setup, known.Library);
        if (failure is not CatalogFailure.Unknown) return (default, CatalogQueries.Unavailable(failure));
        return setup.Libraries() is [var only]
            ? (only, null)
            : (default, new Refused(
                RefusalCode.NotFound,
                $"The catalog knows no volume {mount.Volume}. Say with `--library` where it is."));
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

using Akka.Actor;
using Backup.Actors.Data;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;

namespace Backup.Actors.Catalog;

/// <summary>How questions to the catalog are asked, again and again while they may be answered later.</summary>
/// <param name="Catalog">The catalog, or the way to it.</param>
/// <param name="Within">How long one answer may take.</param>
/// <param name="AgainAfter">The pause before the same question is asked again.</param>
/// <param name="TriesMax">How often one question is asked, 1 or more.</param>
public sealed record CatalogInquiry(ICanTell Catalog, TimeSpan Within, TimeSpan AgainAfter, int TriesMax)
{
    /// <summary>Asked by a session that would lose hours of work: a director that dies is no reason to end.</summary>
    private const int SessionTriesMax = 20;

    /// <summary>The questions of a session, which asks through its node's uplink.</summary>
    /// <param name="uplink">The way to the catalog. It answers within the time by itself, and says whether to try
    /// again: so it has twice as long before it is taken for silent.</param>
    /// <param name="within">How long the uplink waits for an answer.</param>
    /// <param name="againAfter">The pause before the same question is asked again.</param>
    public static CatalogInquiry OfSession(IActorRef uplink, TimeSpan within, TimeSpan againAfter) =>
        new(uplink, 2 * within, againAfter, SessionTriesMax);

    /// <summary>The questions of somebody who waits for them, beside the catalog: each is asked once.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="within">How long one answer may take.</param>
    public static CatalogInquiry Once(ICanTell catalog, TimeSpan within) => new(catalog, within, TimeSpan.Zero, 1);

    /// <summary>Asks until there is an answer.</summary>
    /// <typeparam name="T">The answer, or all answers that are none of failure.</typeparam>
    /// <param name="request">The question; asked twice it must do no harm.</param>
    /// <param name="cancellation">Ends the asking at once.</param>
    /// <exception cref="JobFailureException">The catalog refuses, or was asked often enough.</exception>
    public async Task<T> Ask<T>(CatalogProtocol.IRequest request, CancellationToken cancellation)
        where T : CatalogProtocol.IAnswer
    {
        for (var tries = 1; ; tries++)
        {
            switch (await AskOnce(request, cancellation).ConfigureAwait(false))
            {
                case CatalogProtocol.Failed { TryAgain: true } when tries < TriesMax:
                    await Task.Delay(AgainAfter, cancellation).ConfigureAwait(false);
                    break;
                case CatalogProtocol.Failed failed:
                    throw new JobFailureException(failed.Failure);
                case T answer:
                    return answer;
                case var other:
                    throw new JobFailureException(new JobFailure.Internal(
                        $"The catalog answered {other.GetType().Name} to {request.GetType().Name}."));
            }
        }
    }

    private async Task<CatalogProtocol.IAnswer> AskOnce(
        CatalogProtocol.IRequest request, CancellationToken cancellation)
    {
        try
        {
            return await Catalog.Ask<CatalogProtocol.IAnswer>(request, Within, cancellation).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return new CatalogProtocol.Failed(
                new JobFailure.CatalogError($"The catalog did not answer within {Within.TotalSeconds:0} s."),
                TryAgain: true);
        }
    }
}

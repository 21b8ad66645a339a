using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Node;
using Backup.Actors.Storage;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A session asks the catalog again before it gives up what it has done.</summary>
public sealed class CatalogInquirySpecs : ActorKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly CatalogProtocol.Failed NotNow =
        new(new JobFailure.CatalogError("No director is connected."), TryAgain: true);
    private static readonly CatalogProtocol.ReadFragments Question = new(Image, 0);
    private static readonly CatalogProtocol.FragmentPage Fragments = new(Image, Sealed: true, [], null);
    private static readonly CatalogProtocol.ManifestPage Manifest = new(Image, [], null);
    private int _asked;

    [Fact]
    public async Task A_catalog_that_is_away_for_a_moment_costs_neither_the_places_nor_the_manifest_of_an_image()
    {
        var places = await ImagePlaces.Read(Inquiry(NotNow, NotNow, Fragments), Image);
        var entries = 0;
        await foreach (var _ in ManifestPages.Read(Inquiry(NotNow, Manifest), Image, [])) entries++;

        Assert.Empty(places.Fragments);
        Assert.Equal(0, entries);
        Assert.Equal(5, _asked);
    }

    [Fact]
    public async Task A_question_that_is_lost_is_asked_again()
    {
        var inquiry = Inquiry(null, Fragments) with { Within = TimeSpan.FromMilliseconds(100) };

        Assert.Equal(Fragments, await inquiry.Ask<CatalogProtocol.FragmentPage>(Question, default));
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task A_silent_catalog_is_the_catalogs_failure_and_no_mistake_of_the_program()
    {
        var inquiry = Inquiry(null, null) with { Within = TimeSpan.FromMilliseconds(50), TriesMax = 2 };

        Assert.Contains(
            "did not answer", Assert.IsType<JobFailure.CatalogError>(await Failure(inquiry)).Detail,
            StringComparison.Ordinal);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Nobody_asks_for_ever_or_after_a_refusal_for_good()
    {
        Assert.Equal(NotNow.Failure, await Failure(Inquiry(NotNow, NotNow, NotNow, Fragments) with { TriesMax = 3 }));
        Assert.Equal(3, _asked);

        var missing = new JobFailure.ImageMissing(Image);
        Assert.Equal(missing, await Failure(Inquiry(new CatalogProtocol.Failed(missing, TryAgain: false), Fragments)));
        Assert.Equal(4, _asked);
    }

    [Fact]
    public async Task An_answer_to_another_question_is_no_success()
    {
        Assert.IsType<JobFailure.Internal>(await Failure(Inquiry(Manifest)));
    }

    [Fact]
    public async Task Who_is_cancelled_asks_no_more()
    {
        using var cancel = new CancellationTokenSource();
        var inquiry = Inquiry(NotNow) with { AgainAfter = TimeSpan.FromHours(1) };
        var asking = inquiry.Ask<CatalogProtocol.FragmentPage>(Question, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(Patience));
    }

    [Fact]
    public async Task An_uplink_that_gives_up_is_heard_before_it_is_taken_for_silent()
    {
        var within = TimeSpan.FromMilliseconds(300);
        var uplink = Sys.ActorOf(Uplink.Props(within));
        uplink.Tell(new Uplink.Attach(CreateTestProbe().Ref)); // a director that does not answer
        var inquiry = CatalogInquiry.OfSession(uplink, within, TimeSpan.Zero) with { TriesMax = 1 };

        Assert.Contains(
            "The catalog did not answer:", Assert.IsType<JobFailure.CatalogError>(await Failure(inquiry)).Detail,
            StringComparison.Ordinal);
    }

    /// <summary>Asks who gives these answers, one after another; null: none.</summary>
    private CatalogInquiry Inquiry(params CatalogProtocol.IAnswer?[] answers)
    {
        var left = new Queue<CatalogProtocol.IAnswer?>(answers);
        Action onAsked = () => Interlocked.Increment(ref _asked);
        var catalog = Sys.ActorOf(Props.Create(() => new Scripted(left, onAsked)));
        return new CatalogInquiry(catalog, Patience, TimeSpan.Zero, 20);
    }

    private static async Task<JobFailure> Failure(CatalogInquiry inquiry) =>
        (await Assert.ThrowsAsync<JobFailureException>(
            () => inquiry.Ask<CatalogProtocol.FragmentPage>(Question, default))).Failure;

    private sealed class Scripted : ReceiveActor
    {
        public Scripted(Queue<CatalogProtocol.IAnswer?> answers, Action onAsked) =>
            Receive<CatalogProtocol.IRequest>(_ =>
            {
                onAsked();
                if (answers.Dequeue() is { } answer) Sender.Tell(answer);
            });
    }
}

using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>
/// A chain that is broken anywhere is no base: the next incremental becomes a full, and says what is broken.
/// </summary>
public sealed class BaseChainSpecs : IDisposable
{
    private static readonly DateTimeOffset Now = CatalogSamples.At.AddDays(9);
    private static readonly FileSet Files = new(new FileSetName("etc"), [new SaveOperation(["/etc"], [])]);
    private const string Unguarded = "PRAGMA foreign_keys = OFF; ";
    private readonly SqliteFixture _catalog = new();
    private readonly IReadOnlyList<ImageId> _images;

    public BaseChainSpecs() => _images = ChainSample.Record(_catalog.Store, 3, LevelChoice.RulesOf(Files));

    public void Dispose() => _catalog.Dispose();

    [Fact]
    public void A_chain_that_is_whole_is_built_on()
    {
        var chosen = Choose();

        Assert.Equal((3, _images[2]), (chosen.Level, chosen.Base?.Image));
    }

    [Theory]
    [InlineData("DELETE FROM image WHERE job = 1", 1, "the catalog does not know it.")]
    [InlineData("UPDATE image SET state = 1, root = NULL WHERE job = 1", 1, "it was never sealed.")]
    [InlineData("UPDATE image SET state = 4, root = NULL WHERE job = 1", 1, "it has expired and was deleted.")]
    [InlineData("UPDATE image SET state = 5, root = NULL WHERE job = 1", 1, "a scan did not find all of it.")]
    [InlineData("UPDATE image SET base_root = zeroblob(32) WHERE job = 2", 1, "expected the root 00")]
    [InlineData("DELETE FROM part WHERE image = (SELECT id FROM image WHERE job = 1)", 1, "is on no volume.")]
    [InlineData("DELETE FROM volume WHERE name = 'D0002'", 3, "needs volume D0002, which the catalog does not know.")]
    [InlineData("UPDATE volume SET library = 'cellar' WHERE name = 'D0002'", 3,
        "needs volume D0002, which is in library cellar.")]
    [InlineData("UPDATE volume SET state = 4, error = 'EIO' WHERE name = 'D0001'", 3,
        "needs volume D0001, where reading or writing failed (EIO).")]
    [InlineData("UPDATE volume SET state = 6 WHERE name = 'D0002'", 3, "needs volume D0002, which is disabled.")]
    public void One_that_is_broken_makes_a_full_that_says_where(string breaking, int image, string why)
    {
        _catalog.Run(Unguarded + breaking);

        var chosen = Choose();

        Assert.Equal((0, null), (chosen.Level, chosen.Base));
        Assert.StartsWith(
            "Level incremental was asked for; this backup is a full one: ", chosen.Reason, StringComparison.Ordinal);
        Assert.Contains(why, chosen.Reason, StringComparison.Ordinal);
        Assert.Contains(_images[image - 1].ToString(), chosen.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("DELETE FROM image WHERE job = 3", 2)]
    [InlineData("DELETE FROM image WHERE job = 1", 0)]
    [InlineData("UPDATE image SET root = zeroblob(32) WHERE job = 3", 3)]
    [InlineData("UPDATE volume SET state = 6 WHERE name = 'D0001'", 0)]
    public void A_base_that_is_gone_since_it_was_chosen_is_chosen_anew(string? breaking, int? level)
    {
        var job = _catalog.Store.Jobs.Create(CatalogSamples.Job("mine")).Value.Job;
        var chosen = Choose();
        var spec = Spec() with { Base = chosen.Base };
        if (breaking is not null) _catalog.Run(Unguarded + breaking);

        var taken = LevelChoice.AtNewEpoch(_catalog.Store, job, null, spec, Now).Value;

        Assert.Equal(new Epoch(1), taken.Epoch);
        Assert.Equal(level, taken.Level?.Level);
        if (taken.Level is not { } anew) return;
        Assert.StartsWith(
            $"Its base was to be image {_images[2]}, and cannot be any more: ", anew.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 2, "It holds what is not alike in image")]
    [InlineData("UPDATE volume SET state = 6 WHERE name = 'D0001'", null, "which is disabled")]
    [InlineData("UPDATE image SET recorded = 0", null, "there is no image of client web1 by it")]
    [InlineData("UPDATE volume SET library = 'elsewhere'", null, "lies in another library")]
    public void A_full_of_another_file_set_builds_on_the_newest_image_of_its_base_policy(
        string? breaking, int? image, string reason)
    {
        if (breaking is not null) _catalog.Run(Unguarded + breaking);
        var spec = Spec() with
        {
            FileSet = Files with { Name = new FileSetName("other") },
            Rule = new LevelRule(LevelWord.Incremental),
            Reference = new PolicyName("daily"),
        };

        var chosen = LevelChoice.Of(spec, _catalog.Store, Now).Value;

        Assert.Equal(0, chosen.Level);
        Assert.Equal(image is { } at ? _images[at] : null, chosen.Base?.Image);
        Assert.Contains(reason, chosen.Reason, StringComparison.Ordinal);
    }

    /// <summary>An estimate measures what such a full would hold, and not the whole tree.</summary>
    [Theory]
    [InlineData("daily", true)]
    [InlineData(null, false)]
    public void A_full_on_another_policys_image_is_measured_beside_that(string? reference, bool isBeside)
    {
        var policy = new PolicyDefinition(
            new PolicyName("laptop"), [new ClientName("web1")], client => Spec() with
            {
                Policy = new PolicyName("laptop"),
                Client = client,
                FileSet = Files with { Name = new FileSetName("other") },
                Rule = new LevelRule(LevelWord.Full),
                Reference = reference is null ? null : new PolicyName(reference),
            });
        var plans = new PlanQueries(_catalog.Store, [policy], new PlanClock(Now, TimeZoneInfo.Utc));

        var job = PlanRequests.EstimateOf(plans, policy, policy.Clients[0], [0], new RequestId("e"), Now).Value!;

        var level = Assert.Single(Assert.IsType<EstimateSpec>(JobSpecs.Read(job.Parameters)).Levels);
        Assert.Equal((0, isBeside ? _images[2] : (ImageId?)null), (level.Level, level.Base));
    }

    [Fact]
    public void A_restore_of_it_is_refused_and_names_both_images()
    {
        _catalog.Run(Unguarded + "DELETE FROM image WHERE job = 1");

        var failure = new CatalogQueries(_catalog.Store, [])
            .ChainOf(_catalog.Store.Images.Get(_images[2]).Value).Failure;

        Assert.Equal(
            $"Image {_images[1]} builds on image {_images[0]}, which cannot be used for it: the catalog does not know "
                + "it.",
            CatalogFailureText.Sentence(failure!));
    }

    private static BackupSpec Spec() => new(
        new PolicyName("daily"), new ClientName("web1"), Files, new PoolName("main"), new LibraryName("vault"), 0, "",
        ImageId.New(), 1 << 20, 1000, 3, new RetryRule(1, TimeSpan.Zero), new LevelRule(LevelWord.Incremental));

    private ChosenLevel Choose() => LevelChoice.Of(Spec(), _catalog.Store, Now).Value;
}

using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.Unit.Levels;

public sealed class LevelChoiceSpecs
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 16, 22, 0, 0, TimeSpan.Zero);
    private static readonly FileSet Files = new(new FileSetName("all"), [new SaveOperation(["/srv"], [])]);

    [Fact]
    public void A_full_builds_on_nothing() =>
        Assert.Equal((0, null), Chosen("full", Image(0, 0)));

    [Fact]
    public void Level_n_builds_on_the_newest_image_of_a_lower_level()
    {
        // The chain of the mail: friday's 2 on wednesday's 1 on monday's 0.
        ImageRecord[] week = [Image(0, 0), Image(1, 1), Image(2, 1)];

        Assert.Equal((2, Id(2)), Chosen("2", week));
        Assert.Equal((1, Id(0)), Chosen("1", week));
        Assert.Equal((1, Id(0)), Chosen("differential", week));
        Assert.Equal((9, Id(2)), Chosen("9", week));
    }

    [Fact]
    public void An_incremental_builds_on_the_newest_image_of_any_level()
    {
        Assert.Equal((2, Id(1)), Chosen("incremental", Image(0, 0), Image(1, 1)));
        Assert.Equal((9, Id(2)), Chosen("incremental", Image(0, 0), Image(1, 8), Image(2, 9)));
    }

    [Fact]
    public void What_is_not_recorded_not_sealed_or_of_another_is_no_base()
    {
        var beside = Image(1, 0);
        var open = Image(2, 0) with { State = ImageState.Open };
        var other = Image(3, 0);

        var chosen = Chosen(
            "incremental", Image(0, 0), beside with { Opened = beside.Opened with { Recorded = false } }, open,
            other with { Opened = other.Opened with { Client = new ClientName("other") } });

        Assert.Equal((1, Id(0)), chosen);
    }

    [Fact]
    public void Without_a_base_it_is_a_full_and_says_why()
    {
        Assert.Contains("there is no image", Reason("incremental"), StringComparison.Ordinal);
        Assert.Contains("no image of a level below 1", Reason("1", Image(0, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_file_set_makes_a_full_unless_it_is_to_be_ignored()
    {
        var older = Image(0, 0);
        older = older with { Opened = older.Opened with { Rules = Sha256Digest.Of([1]) } };

        Assert.Contains("selects by other rules", Reason("incremental", older), StringComparison.Ordinal);
        var chosen = LevelChoice.Of(
            Spec(new LevelRule(LevelWord.Incremental, IgnoreFileSetChange: true)), [older], Monday.AddDays(1),
            _ => true);
        Assert.Equal((1, Id(0)), (chosen.Level, chosen.Base?.Image));
    }

    [Fact]
    public void Compression_and_digest_do_not_change_what_is_selected()
    {
        var same = Files with
        {
            Operations = [Files.Operations[0] with { CompressionLevel = 9, Digest = DigestAlgorithm.Sha512 }],
        };

        Assert.Equal(LevelChoice.RulesOf(Files), LevelChoice.RulesOf(same));
    }

    [Fact]
    public void What_leaves_items_out_counts_as_a_rule_and_its_default_as_none()
    {
        var usual = Files.Operations[0];
        SaveOperation[] operations =
        [
            usual, usual with { OneFileSystem = false }, usual with { ExcludeCaches = false },
            usual with { ExcludeMarker = ".no" }, usual with { Recurse = false },
            usual with { FileSystemTypes = ["ext4"] }, usual with { FileSystemTypes = ["ext4", "xfs"] },
        ];

        Assert.Equal(operations.Length, operations.Select(RulesOf).Distinct().Count());
        Assert.Equal(RulesOf(usual), RulesOf(usual with { Recurse = true, FileSystemTypes = [] }));

        static Sha256Digest RulesOf(SaveOperation operation) =>
            LevelChoice.RulesOf(Files with { Operations = [operation] });
    }

    [Fact]
    public void A_full_that_is_too_old_is_made_anew()
    {
        var spec = Spec(new LevelRule(LevelWord.Incremental, TimeSpan.FromDays(7)));

        var young = LevelChoice.Of(spec, [Image(0, 0), Image(5, 1)], Monday.AddDays(7), _ => true);
        var old = LevelChoice.Of(spec, [Image(0, 0), Image(5, 1)], Monday.AddDays(7).AddSeconds(1), _ => true);

        Assert.Equal(2, young.Level);
        Assert.Equal((0, null), (old.Level, old.Base));
        Assert.Contains("older than 7 days", old.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_in_another_library_is_no_base()
    {
        var spec = Spec(new LevelRule(LevelWord.Incremental));
        ImageRecord[] images = [Image(0, 0), Image(1, 1)];

        var one = LevelChoice.Of(spec, images, Monday.AddDays(2), image => image.Opened.Image == Id(0));
        var none = LevelChoice.Of(spec, images, Monday.AddDays(2), _ => false);

        Assert.Equal((1, Id(0)), (one.Level, one.Base?.Image));
        Assert.Equal((0, null), (none.Level, none.Base));
        Assert.Contains("in another library than tapes", none.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Base_since_moment_and_root_are_of_one_image()
    {
        var chosen = LevelChoice.Of(
            Spec(new LevelRule(LevelWord.Incremental)), [Image(0, 0), Image(1, 1)], Monday.AddDays(2),
            _ => true);

        Assert.Equal(new JobBase(Id(1), Sha256Digest.Of([1]), Monday.AddDays(1)), chosen.Base);
    }

    private static (int, ImageId?) Chosen(string level, params ImageRecord[] images)
    {
        var chosen = LevelChoice.Of(Spec(new LevelRule(new LevelWord(level))), images, Monday.AddDays(9), _ => true);
        return (chosen.Level, chosen.Base?.Image);
    }

    private static string Reason(string level, params ImageRecord[] images)
    {
        var chosen = LevelChoice.Of(Spec(new LevelRule(new LevelWord(level))), images, Monday.AddDays(9), _ => true);
        Assert.Equal((0, null), (chosen.Level, chosen.Base));
        return chosen.Reason;
    }

    private static BackupSpec Spec(LevelRule rule) => new(
        new PolicyName("nightly"), new ClientName("web"), Files, new PoolName("disk"), new LibraryName("tapes"), 0, "",
        Id(99), 1 << 20, 1000, 3, new RetryRule(1, TimeSpan.Zero), rule);

    private static ImageId Id(int day) => new((UInt128)(uint)(day + 1));

    private static ImageRecord Image(int day, int level) => new(
        new NewImage(
            Id(day), new JobId(day + 1), new ClientName("web"), new PolicyName("nightly"), Files.Name, level,
            Monday.AddDays(day), Rules: LevelChoice.RulesOf(Files)),
        ImageState.Sealed, ImageOrigin.Recorded, 1, 1, 1, default,
        new ImageSeal(JobOutcome.Complete, 1, Sha256Digest.Of([(byte)day]), default, Monday.AddDays(day)));
}

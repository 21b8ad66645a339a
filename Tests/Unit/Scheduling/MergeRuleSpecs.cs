using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Planning;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>When a chain is merged by itself.</summary>
public sealed class MergeRuleSpecs
{
    private static readonly PolicyName Policy = new("p");
    private static readonly DateTimeOffset Now = Pasts.At("2026-11-22T18:00Z");

    [Theory]
    [InlineData(3, 0, null)]
    [InlineData(2, 0, 3)]
    [InlineData(1, 0, 3)]
    [InlineData(0, 0, null)]
    [InlineData(0, 3, 3)]
    [InlineData(0, 5, null)]
    [InlineData(9, 3, 3)]
    public void A_chain_that_is_long_or_old_is_merged(int incrementals, int days, int? expected) => Assert.Equal(
        expected is { } image ? new ImageId((UInt128)image) : (ImageId?)null,
        Due(incrementals, days, Pasts.Images("18 0 1000", "20 1 10", "21 2 10")));

    [Fact]
    public void What_is_beside_the_chain_or_of_another_policy_or_a_full_is_not()
    {
        // The newest that counts is the full.
        Assert.Null(Due(1, 1, Pasts.Images("17 0 1000", "18 1 10", "19 0 1000", "20 1 10 beside")));
        Assert.Null(new MergeRule(1, TimeSpan.Zero).Due(
            Pasts.Images("18 0 1000", "20 1 10"), new PolicyName("other"), Now));
        Assert.Null(Due(1, 1, []));
    }

    [Fact]
    public void A_chain_of_which_something_is_gone_is_left_alone() =>
        Assert.Null(Due(1, 1, [.. Pasts.Images("18 0 1000", "20 1 10", "21 2 10").Skip(1)]));

    private static ImageId? Due(int incrementals, int days, IReadOnlyList<ImageRecord> images) =>
        new MergeRule(incrementals, TimeSpan.FromDays(days)).Due(images, Policy, Now)?.Opened.Image;
}

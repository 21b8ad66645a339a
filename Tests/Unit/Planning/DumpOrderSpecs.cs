using Backup.Actors.Planning;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>In which order the backups of a run begin: Amanda's letters (PL-07).</summary>
public sealed class DumpOrderSpecs
{
    /// <summary>Bytes and seconds differ in their order, and so do the bandwidths: 10, 100, 1, 60.</summary>
    private static readonly OrderedDump[] Dumps =
        [new("a", 1, 100, 10), new("b", 1, 300, 3), new("c", 1, 20, 20), new("d", 1, 900, 15)];

    [Theory]
    [InlineData("s", "c a b d")]
    [InlineData("S", "d b a c")]
    [InlineData("t", "b a d c")]
    [InlineData("T", "c d a b")]
    [InlineData("b", "c a d b")]
    [InlineData("B", "b d a c")]
    [InlineData("sS", "c d a b")]
    [InlineData("tttTTTTTTT", "b a d c")]
    [InlineData("ttTs", "b a c d")]
    [InlineData("", "a b c d")]
    [InlineData(null, "a b c d")]
    public void Each_pick_goes_by_the_next_letter(string? letters, string order) =>
        Assert.Equal(order.Split(' '), DumpOrder.Of(Dumps, letters));

    [Fact]
    public void What_matters_more_begins_before_whatever_the_letters_say() => Assert.Equal(
        ["d", "c", "a", "b"], DumpOrder.Of([.. Dumps[..3], Dumps[3] with { Priority = 2 }], "s"));

    [Fact]
    public void Among_equals_the_order_of_the_plan_stays_and_nothing_is_no_order()
    {
        OrderedDump[] alike = [new("z", 1, 0, 0), new("a", 1, 0, 0), new("m", 1, 0, 0)];

        Assert.All("sStTbB", letter => Assert.Equal(["z", "a", "m"], DumpOrder.Of(alike, letter.ToString())));
        Assert.Empty(DumpOrder.Of([], DumpOrder.Usual));
        Assert.Throws<ArgumentException>(() => DumpOrder.Of(alike, "x"));
    }
}

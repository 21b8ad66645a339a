using Backup.Hocon;
using Xunit;

namespace Backup.Tests.Unit.Hocon;

/// <summary>Readings of a text. The same as on Akka.NET: see Tests/Conformance, CoreHoconValuesTests.</summary>
public class HoconValuesSpecs
{
    [Theory]
    [InlineData("10ms", 10)]
    [InlineData("10 milliseconds", 10)]
    [InlineData("1.5s", 1500)]
    [InlineData("1 second", 1000)]
    [InlineData("3m", 180_000)]
    [InlineData("3 minutes", 180_000)]
    [InlineData("2 hours", 7_200_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("250", 250)]
    [InlineData("0s", 0)]
    [InlineData("10000000d", 864_000_000_000_000)]
    public void A_duration_is_a_number_and_a_unit(string text, double milliseconds)
    {
        Assert.True(HoconValues.TryDuration(text, allowInfinite: false, out var value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("2 sec")]
    [InlineData("3 min")]
    [InlineData("10us")]
    [InlineData("10 MS")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("soon")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    [InlineData("1.2.3s")]
    [InlineData("11000000d")]
    [InlineData("79228162514264337593543950335d")]
    [InlineData("infinite")]
    public void Other_durations_are_refused(string text) =>
        Assert.False(HoconValues.TryDuration(text, allowInfinite: false, out _));

    [Fact]
    public void A_duration_may_be_infinite_where_that_is_allowed()
    {
        Assert.True(HoconValues.TryDuration("infinite", allowInfinite: true, out var value));
        Assert.Equal(Timeout.InfiniteTimeSpan, value);
    }

    [Theory]
    [InlineData("100", 100)]
    [InlineData("100b", 100)]
    [InlineData("1k", 1024)]
    [InlineData("1 KiB", 1024)]
    [InlineData("1kB", 1000)]
    [InlineData("2m", 2 * 1024 * 1024)]
    [InlineData("2 MB", 2_000_000)]
    [InlineData("2 MiB", 2 * 1024 * 1024)]
    [InlineData("1GiB", 1_073_741_824L)]
    [InlineData("1 GB", 1_000_000_000L)]
    [InlineData("7EiB", 7L << 60)]
    [InlineData("2 kilobytes", 2000)]
    [InlineData("2 kibibytes", 2048)]
    public void A_byte_size_is_a_whole_number_and_a_unit(string text, long bytes)
    {
        Assert.True(HoconValues.TryByteSize(text, out var value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("1.5k")]
    [InlineData("1 KB")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("8EiB")]
    [InlineData("99999999999999999999")]
    public void Other_byte_sizes_are_refused(string text) => Assert.False(HoconValues.TryByteSize(text, out _));

    [Theory]
    [InlineData("on", true)]
    [InlineData("true", true)]
    [InlineData("off", false)]
    [InlineData("false", false)]
    public void A_boolean_is_on_or_off_true_or_false(string text, bool value)
    {
        Assert.True(HoconValues.TryBoolean(text, out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("maybe")]
    [InlineData("yes")]
    [InlineData("On")]
    [InlineData("TRUE")]
    [InlineData("1")]
    public void Other_booleans_are_refused(string text) => Assert.False(HoconValues.TryBoolean(text, out _));

    [Fact]
    public void Numbers()
    {
        Assert.True(HoconValues.TryInt("-3", out var i) && i == -3);
        Assert.True(HoconValues.TryDouble("1.5", out var d) && d == 1.5);
        Assert.False(HoconValues.TryInt("1.5", out _));
        Assert.False(HoconValues.TryInt("text", out _));
        Assert.False(HoconValues.TryInt("9000000000", out _));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1000, "1000")]
    [InlineData(4096, "4KiB")]
    [InlineData(3L << 40, "3TiB")]
    public void A_byte_size_is_written_as_it_is_read(long bytes, string text)
    {
        Assert.Equal(text, HoconValues.WriteByteSize(bytes));
        Assert.True(HoconValues.TryByteSize(text, out var read) && read == bytes);
    }

    [Theory]
    [InlineData("90s")]
    [InlineData("2h")]
    [InlineData("1d")]
    [InlineData("1.5ms")]
    [InlineData("0ms")]
    [InlineData("infinite")]
    public void A_duration_is_written_as_it_is_read(string text)
    {
        Assert.True(HoconValues.TryDuration(text, allowInfinite: true, out var read));
        Assert.Equal(text, HoconValues.WriteDuration(read));
    }
}

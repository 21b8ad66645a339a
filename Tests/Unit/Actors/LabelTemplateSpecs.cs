using Backup.Actors.Storage;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class LabelTemplateSpecs
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 30, 0, TimeSpan.FromHours(1)); // February in UTC

    [Theory]
    [InlineData("lto-%04d", "lto-0007")]
    [InlineData("%d", "7")]
    [InlineData("%p_%y%m.%02d", "daily_202602.07")]
    [InlineData("%l-%1d-A", "vault-7-A")]
    public void Names_follow_the_template(string template, string expected)
    {
        Assert.Null(LabelTemplate.Problem(template));
        Assert.Equal(expected,
            LabelTemplate.Name(template, 7, new PoolName("daily"), new LibraryName("vault"), Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("lto")]
    [InlineData("%d-%d")]
    [InlineData("a/%d")]
    [InlineData("a b%d")]
    [InlineData("-%d")]
    [InlineData(".%d")]
    [InlineData("%")]
    [InlineData("%04")]
    [InlineData("%4p%d")]
    [InlineData("%99d")]
    [InlineData("%123d")]
    [InlineData("%x")]
    [InlineData("\u001b%d")]
    public void What_makes_no_names_is_refused(string template)
    {
        var problem = LabelTemplate.Problem(template);

        Assert.StartsWith("Expected ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(problem!, char.IsControl);
    }
}

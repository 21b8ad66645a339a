using Akka.Event;
using Backup.Host.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class StandardErrorLoggerSpecs
{
    [Theory]
    [InlineData(true, "<4>warning here: a | forged[31m line")]
    [InlineData(false, "Z warning here: a | forged[31m line")]
    public void An_event_is_one_line_that_drives_no_terminal(bool underSystemd, string end) =>
        Assert.EndsWith(end, StandardErrorLogger.Line(
            new Warning("here", typeof(string), "a\nforged\x1b[31m line"), underSystemd), StringComparison.Ordinal);
}

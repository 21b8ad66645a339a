using Pbm;
using Pbm.Wire;
using Xunit;
using static Backup.Tests.System.Pbm.HostProtocolSpecs;

namespace Backup.Tests.System.Pbm;

/// <summary>A command has exactly one final answer, whatever its handler does.</summary>
public sealed class HostCommandSpecs
{
    [OnOurHostFact]
    public async Task Lines_come_in_order_and_the_last_is_final()
    {
        await using var host = new TestHost();
        using var client = await host.Connect();

        Assert.Equal(["one", "two", "three"], await Answers(client, "lines"));
        Assert.Equal([""], await Answers(client, "empty"));
    }

    [OnOurHostFact]
    public async Task What_a_handler_says_after_its_final_word_is_not_the_next_commands()
    {
        await using var host = new TestHost();
        using var client = await host.Connect();

        Assert.Equal(["first"], await Answers(client, "twice"));
        Assert.Equal(["-t=next"], await Answers(client, "echo", new Argument("-t", "next")));
    }

    [OnOurHostFact]
    public async Task An_answer_after_the_timeout_is_nobodys()
    {
        await using var host = new TestHost(timeouts: "response-timeout = 50ms");
        using var client = await host.Connect();

        Assert.Contains("no answer within", Assert.Single(await Answers(client, "late")), StringComparison.Ordinal);

        // The late answer arrives in one of these.
        for (var round = 0; round < 6;
            round++) Assert.Contains(
                "no answer within", Assert.Single(await Answers(client, "never")), StringComparison.Ordinal);
    }

    [OnOurHostTheory]
    [InlineData("die")]
    [InlineData("stop")]
    public async Task A_handler_that_dies_ends_its_command_and_a_new_one_does_the_next(string command)
    {
        await using var host = new TestHost();
        using var client = await host.Connect();

        for (var round = 0; round < 3; round++)
        {
            Assert.Contains("failed", Assert.Single(await Answers(client, command)), StringComparison.Ordinal);
            Assert.Equal(["-t=x"], await Answers(client, "echo", new Argument("-t", "x")));
        }
    }

    [OnOurHostFact]
    public async Task An_answer_that_is_larger_than_a_frame_comes_in_several()
    {
        await using var host = new TestHost();
        using var client = await host.Connect();

        Assert.Equal(2_300_000, (await Answers(client, "huge")).Sum(part => part.Length));
    }

    [OnOurHostTheory]
    [InlineData("nothing at all", "There is no palette nothing")]
    [InlineData("test nothing", "There is no command test nothing")]
    [InlineData("test echo", "needs --text")]
    [InlineData("test echo -x 1 -t 1", "does not take -x")]
    [InlineData("test echo -t 1 --text 2", "takes -t once")]
    [InlineData("actor hierarchy -d 17", "Expected a depth of 0 to 16, found 17")]
    [InlineData("actor hierarchy -d many", "Expected a depth")]
    [InlineData("actor hierarchy -s user", "Expected a path")]
    [InlineData("actor hierarchy -s /user/nobody", "No actor answers")]
    public async Task A_mistake_is_answered_in_words(string line, string words)
    {
        await using var host = new TestHost();

        var (code, output, error) = await host.Run(line);

        Assert.Equal((PbmShell.Failed, ""), (code, output));
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [OnOurHostFact]
    public async Task The_actors_are_listed_and_counted()
    {
        await using var host = new TestHost();

        var (code, output, _) = await host.Run("actor hierarchy");
        var (_, top, _) = await host.Run("actor hierarchy -s /user -d 1");
        var (_, address, _) = await host.Run("actor system");

        Assert.Equal(PbmShell.Done, code);
        Assert.Contains("\n/user/petabridge.cmd/session-1\n", output, StringComparison.Ordinal);
        Assert.Equal("/user\n/user/petabridge.cmd\nCount: 2 actors\n", top);
        Assert.Equal("akka://tested\n", address);
    }
}

internal sealed class OnOurHostTheoryAttribute : TheoryAttribute
{
    public OnOurHostTheoryAttribute() => Skip = new OnOurHostFactAttribute().Skip;
}

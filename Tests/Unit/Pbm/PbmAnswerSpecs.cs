using Akka.Actor;
using Akka.TestKit;
using Backup.Host;
using Backup.Host.Configuration;
using Backup.Host.Operations;
using Backup.Host.Pbm;
using Backup.Messages.Operations;
using Backup.Tests.Unit.CommandLine;
using Petabridge.Cmd;
using Xunit;

namespace Backup.Tests.Unit.Pbm;

/// <summary>Every command ends with exactly one final answer: whatever is typed, and whatever the node does.</summary>
public sealed class PbmAnswerSpecs : ActorKit
{
    private const int Seed = 20261122;
    private const int RoundsPerCommand = 12;
    private static readonly PbmSettings All = new(true, "127.0.0.1", 9110, Enum.GetValues<Permission>());
    private static readonly string[] Values =
        ["", "on", "off", "1", "12", "0", "-1", "99999999999999999999", "latest", "nightly", "media", "newer", "/etc",
            "/tmp/x", "*.conf", "\0", "ü\n", "{}", "\""];

    public static TheoryData<string> Nodes =>
        new("answers", "refuses", "is unreachable", "fails", "throws at once", "answers nonsense", "is silent");

    [Theory]
    [MemberData(nameof(Nodes))]
    public async Task A_command_has_one_final_answer_and_it_is_the_last(string node)
    {
        var random = new Random(Seed);
        var setup = new PbmSetup(new OddNode(node), All, TimeSpan.FromMilliseconds(200));
        var asked = new List<(string Line, TestProbe Answers, IActorRef Handler)>();
        foreach (var palette in PbmCommands.Palettes)
        {
            var handler = Sys.ActorOf(new PbmPalette(palette, setup).HandlerProps);
            foreach (var command in palette.Commands.SelectMany(command =>
                Enumerable.Range(0, RoundsPerCommand).Select(_ => Typed(palette, command, random))))
            {
                var probe = CreateTestProbe();
                handler.Tell(command, probe.Ref);
                asked.Add(($"{command.Palette} {command.Name} {string.Join(' ', command.Arguments)}", probe, handler));
            }
        }

        foreach (var (line, answers, _) in asked)
        {
            CommandResponse answer;
            do answer = await answers.ExpectMsgAsync<CommandResponse>(TimeSpan.FromMinutes(2));
            while (!answer.Final);
            Assert.True(answer is ErroredCommandResponse || node == "answers", $"{line}: {answer.Msg}");
            Assert.True(
                answer is not ErroredCommandResponse || answer.Msg.Length > 0, $"{line}: an error without words");
        }
        foreach (var handler in asked.Select(each => each.Handler).Distinct())
            await handler.GracefulStop(TimeSpan.FromMinutes(2));
        // What came after the final answers, from actors that are gone now, stands before this.
        foreach (var (line, answers, _) in asked)
        {
            answers.Ref.Tell("the end");
            Assert.True(await answers.ExpectMsgAsync<object>(TimeSpan.FromMinutes(2)) is "the end",
                $"{line}: something came after the final answer");
        }
    }

    [Fact]
    public void Right_commands_are_answered_with_text_or_json()
    {
        var setup = new PbmSetup(new ScriptedNode(Replies.Answer), All, TimeSpan.FromMinutes(2));
        foreach (var command in PbmCommands.All)
        {
            var handler =
                Sys.ActorOf(new PbmPalette(
                    PbmCommands.Palettes.Single(each => each.ModuleName == command.Palette), setup).HandlerProps);
            var right = Right(command);

            handler.Tell(new Command(command.Palette, command.Name, right), TestActor);
            var text = Final();
            handler.Tell(
                new Command(command.Palette, command.Name, [.. right, Tuple.Create("--json", "on")]), TestActor);
            var json = Final();

            Assert.NotEqual("", text);
            Assert.DoesNotContain(text, letter => char.IsControl(letter) && letter != '\n');
            Assert.Contains(WireJson.Reply(json, OperationTable.ReplyTypes).GetType(), command.Operation.Replies);
        }
    }

    [Fact]
    public void What_the_settings_do_not_allow_is_refused_before_the_node_is_asked()
    {
        var node = new ScriptedNode(Replies.Answer);
        var setup = new PbmSetup(node, All with { Allow = [Permission.Read] }, TimeSpan.FromMinutes(2));
        var handler = Sys.ActorOf(new PbmPalette(PbmCommands.Palettes[0], setup).HandlerProps);

        handler.Tell(new Command("backup", "run", [Tuple.Create("-p", "nightly")]), TestActor);

        Assert.Contains("lacks operate", ExpectMsg<ErroredCommandResponse>().Msg, StringComparison.Ordinal);
        Assert.Empty(node.Asked);
    }

    [Fact]
    public void A_long_answer_comes_in_packets_of_whole_lines()
    {
        var jobs = new JobList([.. Enumerable.Range(1, 1000).Select(_ => Replies.Job())]);

        var packets = PbmText.Responses(PbmCommands.All.Single(each => each.Name == "jobs"), jobs, asJson: false);

        Assert.True(packets.Count > 5, $"{packets.Count} packets");
        Assert.All(packets, packet => Assert.InRange(packet.Msg.Length, 1, 10_000));
        Assert.Equal(1001, packets.Sum(packet => packet.Msg.Split('\n').Length));
        Assert.Equal(packets.Count - 1, packets.TakeWhile(packet => !packet.Final).Count());
    }

    /// <summary>Mostly switches of the command, with mostly wrong values.</summary>
    private static Command Typed(CommandPalette palette, CommandDefinition command, Random random)
    {
        var switches = command.ArgumentsByName.Values.SelectMany(argument => argument.Switch).Append("-?").ToList();
        var count = random.Next(0, switches.Count + 1);
        return new Command(palette.ModuleName, command.Name, Enumerable.Range(0, count)
            .Select(_ => Tuple.Create(switches[random.Next(switches.Count)], Values[random.Next(Values.Length)]))
            .ToList());
    }

    private static List<Tuple<string, string>> Right(
        PbmCommand command) => [.. command.Arguments.Where(argument => argument.IsMandatory)
        .Select(argument => Tuple.Create(argument.Switch, argument.Type == "number"
            ? "12" : argument.Choices.FirstOrDefault() ?? (argument.Name is "drive"
                ? "tapes/0" : "/some-name"[(argument.Name is "target" ? 0 : 1)..])))];

    private string Final()
    {
        var answers = new List<CommandResponse>();
        do answers.Add(ExpectMsg<CommandResponse>());
        while (!answers[^1].Final);
        Assert.False(answers[^1] is ErroredCommandResponse, answers[^1].Msg);
        return string.Join('\n', answers.Select(answer => answer.Msg));
    }

    private sealed class OddNode(string kind) : INodeConnection
    {
        public Task<IReply> Ask(IRequest request, CancellationToken cancellation) => kind switch
        {
            "answers" => Task.FromResult(Replies.Answer(request)),
            "refuses" => Task.FromResult<IReply>(new Refused(RefusalCode.NotFound, "There is no such thing.")),
            "is unreachable" => Task.FromException<IReply>(new NodeUnreachableException("The node went away.")),
            "fails" => Failing(),
            "throws at once" => throw new InvalidOperationException("on purpose"),
            "answers nonsense" => Task.FromResult<IReply>(new Nonsense()),
            _ => new TaskCompletionSource<IReply>().Task,
        };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static async Task<IReply> Failing()
        {
            await Task.Yield();
            throw new InvalidOperationException("on purpose");
        }

        private sealed record Nonsense : IReply;
    }
}

using System.Net;
using System.Net.Sockets;
using Pbm;
using Pbm.Wire;
using Xunit;

namespace Backup.Tests.System.Pbm;

/// <summary>The program `pbm`.</summary>
public sealed class ClientSpecs
{
    [OnOurHostFact]
    public async Task A_command_ends_with_its_answer_and_zero()
    {
        await using var host = new TestHost();

        Assert.Equal(
            (PbmShell.Done, "--text=a word -m=1 -m=\n", ""), await host.Run("test echo --text 'a word' -m 1 -m"));
    }

    [OnOurHostFact]
    public async Task Help_shows_palettes_commands_and_switches()
    {
        await using var host = new TestHost();

        var (_, all, _) = await host.Run("help");
        var (_, palette, _) = await host.Run("help test");
        var (_, command, _) = await host.Run("help test echo");
        var (code, _, error) = await host.Run("help test nothing");

        Assert.Contains("  actor              system, hierarchy\n", all, StringComparison.Ordinal);
        Assert.Contains("test lines: Does lines.\n", palette, StringComparison.Ordinal);
        Assert.Equal(
            "test echo: Echoes.\n  --text, -t             Must be given. What to say.\n  -m                     \n",
            command);
        Assert.Equal((PbmShell.Usage, "There is no test nothing; `help` lists what there is.\n"), (code, error));
    }

    [OnOurHostFact]
    public async Task Lines_of_standard_input_are_done_and_the_worst_code_counts()
    {
        await using var host = new TestHost();

        var (code, output, error) = await host.Run("", "test lines\n\ntest die\ntest echo -t end\n");

        Assert.Equal((PbmShell.Failed, "one\ntwo\nthree\n-t=end\n"), (code, output));
        Assert.Contains("failed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_host_it_says_where_it_looked()
    {
        var port = FreePorts.Take();

        var (code, _, error) = await TestHost.RunPbm(port, "test lines");

        Assert.Equal(PbmShell.Unreachable, code);
        Assert.StartsWith($"No host answers at 127.0.0.1:{port}: ", error, StringComparison.Ordinal);
    }

    /// <summary>
    /// Some other server: it speaks first, says nothing that is a frame, or hangs up in the middle of an answer.
    /// </summary>
    [Theory]
    [InlineData("SSH-2.0-other\r\n")]
    [InlineData("")]
    [InlineData("\0\0\0\u0002{}")]
    [InlineData("\0\0\0@{\"welcome\":{\"version\":1,\"system\":\"x\",\"palettes\":[]}}         !\0\0\0\u0003")]
    public async Task A_server_that_is_no_host_does_not_hang_the_client(string bytes)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await server.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await stream.WriteAsync(bytes.Select(letter => (byte)letter).ToArray());
            client.Client.Shutdown(SocketShutdown.Send);
            // The client may hang up with a reset, since it reads no further than it must.
            await Record.ExceptionAsync(() => stream.CopyToAsync(Stream.Null).WaitAsync(TimeSpan.FromMinutes(2)));
        });

        var (code, _, error) = await TestHost.RunPbm(((IPEndPoint)server.LocalEndpoint).Port, "test lines");

        Assert.Equal(PbmShell.Unreachable, code);
        Assert.NotEqual("", error);
        await serving;
    }

    [Theory]
    [InlineData("127.0.0.1:91", "127.0.0.1", 91)]
    [InlineData("127.0.0.1", "127.0.0.1", 9110)]
    [InlineData("[::1]:91", "::1", 91)]
    [InlineData("localhost", "localhost", 9110)]
    [InlineData("node.example:9111", "node.example", 9111)]
    public void An_address_is_read(string text, string host, int port) =>
        Assert.Equal((host, port), Address.Parse(text));

    [Theory]
    [InlineData("backup")]
    [InlineData("backup:")]
    [InlineData("host:0")]
    [InlineData("host:99999")]
    public void Other_words_are_no_address(string text) => Assert.Null(Address.Parse(text));

    [Theory]
    [InlineData("  a  b ", "a|b")]
    [InlineData("a 'b c' \"d e\"", "a|b c|d e")]
    [InlineData(@"a\ b 'c\d' ""e\""f""", @"a b|c\d|e""f")]
    [InlineData("a '' b", "a||b")]
    [InlineData("it\\'s", "it's")]
    public void A_line_is_split_as_a_shell_does(string line, string words) =>
        Assert.Equal(words.Split('|'), Words.Split(line));

    [Fact]
    public void Tab_completes_what_the_host_knows()
    {
        var echo = new CommandInfo(
            "echo", "", [new ArgumentInfo("text", "", ["--text", "-t"], true, false, ["yes", "yeah"])]);
        var host = new Welcome(
            1, "x", [new PaletteInfo("test", [echo, new CommandInfo("exit", "", [])]), new PaletteInfo("actor", [])]);

        Assert.Equal(["ctor"], Words.Completions("a", host));
        Assert.Equal(["echo", "exit"], Words.Completions("test ", host));
        Assert.Equal(["ext"], Words.Completions("test echo --t", host));
        Assert.Equal(["s", "ah"], Words.Completions("test echo --text ye", host));
        Assert.Empty(Words.Completions("nothing here ", host));
    }

    [Fact]
    public void Lines_are_edited_recalled_and_completed()
    {
        var editor = new LineEditor(new Typed(
            "helo", ConsoleKey.LeftArrow, "l", ConsoleKey.Enter,
            ConsoleKey.UpArrow, ConsoleKey.Backspace, "p", ConsoleKey.Enter,
            ConsoleKey.UpArrow, ConsoleKey.UpArrow, ConsoleKey.DownArrow, ConsoleKey.Home, ConsoleKey.Delete, "H",
            ConsoleKey.Enter,
            "x", ConsoleKey.Tab, ConsoleKey.Enter));
        var none = (string _) => (IReadOnlyList<string>)[];

        Assert.Equal("hello", editor.Read("> ", none));
        Assert.Equal("hellp", editor.Read("> ", none));
        Assert.Equal("Hellp", editor.Read("> ", none));
        Assert.Equal("xyz ", editor.Read("> ", typed => typed == "x" ? ["yz"] : []));
        Assert.Null(editor.Read("> ", none));
    }

    /// <summary>Keys, and Ctrl-D at their end.</summary>
    private sealed class Typed(params object[] keys) : Terminal
    {
        private readonly Queue<ConsoleKeyInfo> _keys = new(keys.SelectMany(key => key is string text
            ? text.Select(letter => new ConsoleKeyInfo(letter, ConsoleKey.None, false, false, false))
            : [new ConsoleKeyInfo('\0', (ConsoleKey)key, false, false, false)]));

        public override ConsoleKeyInfo ReadKey() =>
            _keys.TryDequeue(out var key) ? key : new ConsoleKeyInfo('\x04', ConsoleKey.D, false, false, control: true);

        public override void Write(string text)
        {
        }
    }
}

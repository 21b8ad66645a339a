using Pbm.Wire;

namespace Pbm;

/// <summary>The program: one command, the lines of standard input, or a prompt.</summary>
/// <param name="output">Answers.</param>
/// <param name="error">Errors and remarks.</param>
/// <param name="input">Commands, where none is given and nobody sits there.</param>
/// <param name="line">Reads a line from a terminal; null where there is none.</param>
internal sealed class PbmShell(TextWriter output, TextWriter error, TextReader input, LineEditor? line)
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Unreachable = 6;

    private const string Help = """
        Usage: pbm [HOST:PORT] [PALETTE COMMAND [SWITCH VALUE]...]

        Without a command: a prompt, or the commands that standard input holds, one a line. HOST:PORT is 127.0.0.1:9110 when absent.
        `pbm help`, `pbm help PALETTE` and `pbm help PALETTE COMMAND` show what the host can do.
        Exit codes: 0 done, 1 the host answered with an error, 2 usage, 6 no host answers.
        """;

    public async Task<int> Run(IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        if (arguments is ["--help" or "-h"])
        {
            output.WriteLine(Help);
            return Done;
        }
        var given = arguments.Count > 0 ? Address.Parse(arguments[0]) : null;
        var words = given is null ? arguments : [.. arguments.Skip(1)];
        var (host, port) = given ?? Address.Usual;
        try
        {
            using var client = await Client.Connect(host, port, cancellation);
            return words.Count > 0 ? await Do(client, words, cancellation)
                : line is null ? await Script(client, cancellation)
                : await Prompt(client, $"[{host}:{port}] pbm> ", line, cancellation);
        }
        catch (HostException failure)
        {
            error.WriteLine(Printable(failure.Message));
            return Unreachable;
        }
    }

    private async Task<int> Prompt(Client client, string prompt, LineEditor editor, CancellationToken cancellation)
    {
        output.WriteLine(
            $"Connected to {Printable(client.Welcome.System)}. `help` lists the commands, Tab completes them, `exit` "
                + "ends.");
        while (editor.Read(prompt, typed => Words.Completions(typed, client.Welcome)) is { } typed)
        {
            if (Words.Split(typed) is not { Count: > 0 } words) continue;
            if (words is ["exit" or "quit"]) break;
            await Do(client, words, cancellation);
        }
        return Done;
    }

    /// <returns>The worst code of all lines.</returns>
    private async Task<int> Script(Client client, CancellationToken cancellation)
    {
        var worst = Done;
        while (await input.ReadLineAsync(cancellation) is { } typed)
            if (Words.Split(typed) is { Count: > 0 } words)
                worst = Math.Max(worst, await Do(client, words, cancellation));
        return worst;
    }

    private async Task<int> Do(Client client, IReadOnlyList<string> words, CancellationToken cancellation)
    {
        if (words[0] == "help") return ShowHelp(client.Welcome, [.. words.Skip(1)]);
        if (words.Count == 1)
        {
            ShowHelp(client.Welcome, words);
            return Usage;
        }
        var known =
            client.Welcome.Palettes.FirstOrDefault(each => each.Name == words[0])?.Commands
                .FirstOrDefault(each => each.Name == words[1]);
        var done = await client.Run(words[0], words[1], Words.Arguments([.. words.Skip(2)], known), Say, cancellation);
        return done ? Done : Failed;
    }

    private void Say(Answer answer)
    {
        if (answer.Text.Length > 0) (answer.IsError ? error : output).WriteLine(Printable(answer.Text));
    }

    private int ShowHelp(Welcome host, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            output.WriteLine(
                $"{Printable(host.System)} has these palettes; `help PALETTE` and `help PALETTE COMMAND` tell more.");
            foreach (var each in host.Palettes)
                output.WriteLine(
                    Printable($"  {each.Name,-18} {string.Join(", ", each.Commands.Select(one => one.Name))}"));
            return Done;
        }
        var palette = host.Palettes.FirstOrDefault(each => each.Name == words[0]);
        var commands = palette?.Commands.Where(each => words.Count == 1 || each.Name == words[1]).ToList() ?? [];
        if (commands.Count == 0) error.WriteLine($"There is no {string.Join(" ", words)}; `help` lists what there is.");
        foreach (var command in commands)
        {
            output.WriteLine(Printable($"{palette!.Name} {command.Name}: {command.Description}"));
            foreach (var argument in words.Count == 1 ? [] : command.Arguments)
                output.WriteLine(
                    Printable(
                        $"  {string.Join(", ", argument.Switches),-22} "
                            + $"{(argument.Mandatory ? "Must be given. " : "")}{argument.Description}"));
        }
        return commands.Count == 0 ? Usage : Done;
    }

    // What a host says must not drive the terminal.
    private static string Printable(
        string text) => string.Concat(text.Where(letter => letter is '\n' or '\t' || !char.IsControl(letter)));
}

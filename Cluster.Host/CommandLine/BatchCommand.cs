using System.CommandLine;
using System.CommandLine.Parsing;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>Stands before the replies of a line of `backup batch --json`.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="Command">The line.</param>
internal sealed record BatchLineBegun(int Line, string Command);

/// <summary>Stands behind the replies of a line.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="ExitCode">How it ended.</param>
internal sealed record BatchLineEnded(int Line, int ExitCode);

/// <summary>Runs command lines from a file, one after another.</summary>
internal sealed class BatchCommand
{
    /// <summary>They do not end by themselves, or begin a system of their own.</summary>
    private static readonly string[] NotHere = ["node", "demo", "local-cluster", "batch"];

    private readonly BackupCommand _program;
    private readonly Argument<string> _file = new("file")
    {
        Description = "Command lines as behind `backup`, one each; empty lines and those that begin with # are left "
            + "out. Default, or -: standard input.",
        DefaultValueFactory = _ => "-",
    };

    private readonly Option<bool> _keepGoing = new("--keep-going", "-k")
    {
        Description = "Also run the lines behind one that fails.",
    };

    private BatchCommand(BackupCommand program) => _program = program;

    private Screen Screen => _program.Context.Screen;

    public static IEnumerable<Command> All(BackupCommand program)
    {
        var batch = new BatchCommand(program);
        var command = new ExampledCommand(
            "batch", "Runs command lines from a file. All of them are read first: where one is wrong, none is run.",
            "backup batch nightly.txt", "backup batch --keep-going --json") { batch._file, batch._keepGoing };
        program.Does(command, batch.Run);
        return [command];
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        var lines = Read(parsed);
        var json = Screen.Json;
        var worst = ExitCode.Complete;
        foreach (var line in lines)
        {
            Screen.Reply(new BatchLineBegun(line.Number, line.Text));
            var code = await _program.Run(line.Words, cancellation);
            Screen.Json = json; // as the line would have it
            Screen.Reply(new BatchLineEnded(line.Number, code));
            worst = Math.Max(worst, code);
            if (code is ExitCode.Complete or ExitCode.CompleteWithExceptions) continue;
            if (code != ExitCode.Interrupted && parsed.GetValue(_keepGoing)) continue;
            if (line != lines[^1]) Screen.Note($"{line.Place} ended with {code}; what stands below it was not run.");
            break;
        }
        return worst;
    }

    /// <summary>All lines, each of which can be run as far as its words say.</summary>
    /// <exception cref="CommandFailure">Some cannot; all mistakes are named.</exception>
    private List<Line> Read(ParseResult batch)
    {
        var file = batch.GetRequiredValue(_file);
        var text = file == "-" ? Screen.Input.ReadToEnd() : File.ReadAllText(file);
        var (lines, mistakes) = (new List<Line>(), new List<string>());
        foreach (var (number, written) in text.Split('\n').Select((line, at) => (at + 1, line.Trim())))
        {
            if (written.Length == 0 || written[0] == '#') continue;
            var line = new Line(
                $"{(file == "-" ? "standard input" : file)}:{number}", number, written, WordsOf(batch, written));
            lines.Add(line);
            if (MistakeOf(line) is { } mistake) mistakes.Add($"{line.Place}: {mistake}");
        }
        return mistakes.Count == 0 ? lines : throw CommandFailure.Usage(string.Join('\n', mistakes));
    }

    /// <summary>The batch's own configuration and form of output are those of its lines.</summary>
    private string[] WordsOf(ParseResult batch, string line)
    {
        var words = CommandLineParser.SplitCommandLine(line).ToList();
        if (words is ["backup", ..]) words.RemoveAt(0);
        var own = _program.Parse(words);
        if (batch.GetValue(CommandContext.ConfigOption) is { } file
            && own.GetResult(CommandContext.ConfigOption) is null) words.InsertRange(0, ["--config", file]);
        if (Screen.Json && !own.GetValue(CommandContext.JsonOption))
            words.Insert(0, "--json");
        return [.. words];
    }

    private string? MistakeOf(Line line)
    {
        var parsed = _program.Parse(line.Words);
        if (_program.MistakeOf(parsed) is { } mistake) return mistake;
        var command = parsed.CommandResult.Command.Name;
        return NotHere.Contains(command) ? $"`backup {command}` cannot stand in a batch." : null;
    }

    private sealed record Line(string Place, int Number, string Text, string[] Words);
}

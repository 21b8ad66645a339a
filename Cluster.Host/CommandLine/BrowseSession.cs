using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO.Enumeration;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>
/// `backup browse`: walks through an image as through a file system, marks what is wanted, and restores it. Lines come
/// from the terminal, or from a script, which ends at its first mistake.
/// </summary>
internal sealed class BrowseSession(BackupCommand program, ParseResult parsed, string word)
{
    private const int PageItems = 10_000;

    private static readonly (string Form, string Meaning)[] Words =
    [
        ("ls [PATH]", "what a directory holds; + is marked"),
        ("cd [PATH]", "go there; without a path: to the root"),
        ("find NAME", "items of the image by a part of the name, or a pattern"),
        ("mark PATH…", "take an item, a directory with all below it, or what a pattern as *.conf names here"),
        ("unmark PATH…", "leave it out; `unmark /` forgets everything"),
        ("marked", "what is marked"),
        ("size", "how many files and bytes that is, and on which volumes"),
        ("restore DIR [RULE]", "restore it below DIR; RULE: never, always, newer, older or changed"),
        ("quit", "end; so does the end of the input"),
    ];

    private readonly MarkedPaths _marked = new();
    private string _image = word;
    private string _directory = "/";
    private int _code = ExitCode.Complete;

    private Screen Screen => program.Context.Screen;

    public static Command Create(BackupCommand program)
    {
        var image = new Argument<string>("image")
        {
            Description = "An image id or its unique beginning (4 digits or more), a job number, or `latest`.",
        };
        var command = new ExampledCommand(
            "browse",
            "Walks through an image: ls, cd, find, mark, unmark, marked, size, restore. `help` lists the words.",
            "backup browse latest", "backup browse 5f1c09b2e8aa --config node.conf")
        { image };
        program.Does(command, (parsed, cancellation) =>
            new BrowseSession(program, parsed, parsed.GetRequiredValue(image)).Run(cancellation));
        return command;
    }

    private async Task<int> Run(CancellationToken cancellation)
    {
        // `latest` stays what it is now; one that is not there ends it here
        _image = (await Ask<FileList>(new ListFiles(_image, Limit: 1), cancellation)).Image.ToString();
        if (Screen.IsInteractive) Screen.Note($"Image {_image}. `help` lists the words.");
        while (true)
        {
            if (Screen.IsInteractive) Screen.Output.Write($"{_directory}> ");
            if (await Screen.Input.ReadLineAsync(cancellation) is not { } line) return _code;
            var words = CommandLineParser.SplitCommandLine(line).ToList();
            if (words.Count == 0 || words[0].StartsWith('#')) continue;
            if (words[0] is "quit" or "exit" or "q") return _code;
            try
            {
                await Do(words, cancellation);
            }
            catch (CommandFailure failure) when (Screen.IsInteractive)
            {
                Screen.Refuse(failure.Refusal);
            }
        }
    }

    private Task Do(List<string> words, CancellationToken cancellation) => (words[0], words.Count) switch
    {
        ("ls", <= 2) => Ls(PathOf(words.ElementAtOrDefault(1) ?? "."), cancellation),
        ("cd", <= 2) => Cd(PathOf(words.ElementAtOrDefault(1) ?? "/"), cancellation),
        ("find", 2) => Find(words[1], cancellation),
        ("mark", >= 2) => Mark(words[1..], cancellation),
        ("unmark", >= 2) => Unmark(words[1..], cancellation),
        ("marked", 1) => Marked(),
        ("size", 1) => Size(cancellation),
        ("restore", 2 or 3) => Restore(words[1], words.ElementAtOrDefault(2) ?? "never", cancellation),
        ("help" or "?", _) => Help(),
        _ => throw CommandFailure.Usage(
            $"Expected {string.Join("; ", Words.Select(word => word.Form))}, found \"{string.Join(' ', words)}\"."),
    };

    private string PathOf(string word) => MarkedPaths.Resolve(_directory, word);

    private Task Help()
    {
        foreach (var (form, meaning) in Words) Screen.Line($"  {form,-20} {meaning}");
        return Task.CompletedTask;
    }

    private async Task Ls(string path, CancellationToken cancellation)
    {
        foreach (var file in await List(path, cancellation))
        {
            Screen.Reply(file);
            Screen.Line($"{(_marked.Holds(file.Path) ? '+' : ' ')} {FileText.Long(file)}");
        }
    }

    private async Task Cd(string path, CancellationToken cancellation)
    {
        if (await List(path, cancellation) is [{ Kind: not "directory" } file] && file.Path == path)
            throw CommandFailure.Usage($"Expected a directory, found {path}, which is a {file.Kind}.");
        _directory = path;
    }

    private async Task Find(string pattern, CancellationToken cancellation)
    {
        var found = await Ask<FoundFiles>(new FindFiles(pattern, _image), cancellation);
        foreach (var file in found.Files.Select(each => each.File))
        {
            Screen.Reply(file);
            Screen.Line($"{(_marked.Holds(file.Path) ? '+' : ' ')} {FileText.Long(file)}");
        }
        if (found.More) Screen.Note($"There are more than {found.Files.Count}. A narrower name shows others.");
        if (found.Files.Count == 0) Screen.Note($"Nothing is called {pattern}.");
    }

    private async Task Mark(IEnumerable<string> words, CancellationToken cancellation)
    {
        foreach (var word in words)
            foreach (var path in await Meant(word, cancellation)) _marked.Mark(path);
        await Marked();
    }

    private async Task Unmark(IEnumerable<string> words, CancellationToken cancellation)
    {
        foreach (var word in words)
            foreach (var path in await Meant(word, cancellation))
                if (!await _marked.Unmark(
                    path, async directory => [.. (await List(directory, cancellation)).Select(file => file.Path)]))
                    Screen.Note($"{path} is not marked.");
        await Marked();
    }

    /// <summary>The paths of a word, which may be a pattern in its last component.</summary>
    private async Task<IReadOnlyList<string>> Meant(string word, CancellationToken cancellation)
    {
        var path = PathOf(word);
        var name = NameOf(path);
        if (name.AsSpan().ContainsAny('*', '?'))
        {
            var among = await List(MarkedPaths.ParentOf(path), cancellation);
            var matching = among.Select(file => file.Path)
                .Where(each => FileSystemName.MatchesSimpleExpression(name, NameOf(each), ignoreCase: false)).ToList();
            return matching.Count > 0 ? matching : throw CommandFailure.Usage($"Nothing here is called {word}.");
        }
        await List(path, cancellation);
        return [path];
    }

    private static string NameOf(string path) => path.Split('/')[^1];

    private Task Marked()
    {
        foreach (var path in _marked.All) Screen.Line($"+ {path}");
        if (_marked.All.Count == 0) Screen.Note("Nothing is marked.");
        return Task.CompletedTask;
    }

    private async Task Size(CancellationToken cancellation)
    {
        var plan = await Ask<RestorePlan>(Wanted("/", ReplaceRule.Never) with { DryRun = true }, cancellation);
        Screen.Reply(plan);
        Screen.Line($"{Quantity.Count(plan.Files.Values.Sum(), "item")}, {Quantity.Bytes(plan.Bytes)}; to read "
            + $"{Quantity.Bytes(plan.ReadBytes)} from "
            + $"{(plan.Volumes.Count == 0 ? "no volume" : string.Join(", ", plan.Volumes))}");
    }

    private async Task Restore(string target, string rule, CancellationToken cancellation)
    {
        if (!Enum.TryParse<ReplaceRule>(rule, ignoreCase: true, out var replace) || !rule.All(char.IsAsciiLetter))
            throw CommandFailure.Usage($"Expected never, always, newer, older or changed, found \"{rule}\".");
        var request = Wanted(Path.GetFullPath(target), replace);
        _code = Math.Max(_code, await JobCommands.StartAndFollow(
            program, parsed, async node => await CommandContext.Ask<JobsStarted>(node, request, cancellation),
            cancellation));
    }

    private RestoreFiles Wanted(string target, ReplaceRule replace) => _marked.All.Count == 0
        ? throw CommandFailure.Usage("Nothing is marked. `mark PATH` first; `mark /` takes everything.")
        : new RestoreFiles(
            RequestId.New(), _image, _marked.All.Contains("/") ? [] : [.. _marked.All], target, replace);

    private async Task<IReadOnlyList<ListedFile>> List(string path, CancellationToken cancellation)
    {
        var files = new List<ListedFile>();
        var request = new ListFiles(_image, path == "/" ? "" : path, Limit: PageItems);
        do
        {
            var page = await Ask<FileList>(request, cancellation);
            files.AddRange(page.Files);
            request = request with { After = page.Next };
        }
        while (request.After is not null);
        return files;
    }

    private async Task<T> Ask<T>(IRequest request, CancellationToken cancellation)
        where T : IReply
    {
        // Not kept open: a restore may need to be a node of its own
        await using var door = await program.Context.Door.ForReading(program.Context.Settings(parsed), cancellation);
        return await CommandContext.Ask<T>(door.Node, request, cancellation);
    }
}

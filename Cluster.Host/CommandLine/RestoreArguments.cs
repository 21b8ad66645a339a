using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Backup.Host.Configuration;
using Backup.Host.Extract;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What `backup restore` takes, and the request that it means.</summary>
internal sealed class RestoreArguments
{
    private const int ImagesMax = 10_000;

    private readonly Argument<string?> _image = new("image")
    {
        Description = "An image id or its unique beginning, a job number, or `latest`; several with commas between, as "
            + "12,14: a job for each. With --file-set or --all-file-sets: the first path.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string[]> _paths = new("path")
    {
        Description = "Files and directories as `backup ls` shows them. Default: everything.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _to = new("--to")
    {
        Description = "The directory to restore into; paths are kept below it.",
        HelpName = "dir",
        Required = true,
    };

    private readonly Option<string?> _asOf = new("--as-of")
    {
        Description = "With --client and --file-set: the state of a moment, as 2026-11-20T06:00 (to the end of that "
            + "minute; local time, or with +01:00 or Z behind). Default: the newest.",
        HelpName = "moment",
    };

    private readonly Option<string?> _client = new("--client")
    {
        Description = "With --file-set: whose state. Else as --to-client.",
        HelpName = "client",
    };

    private readonly Option<string?> _fileSet = new("--file-set")
    {
        Description = "Instead of an image: the newest of this file set and of --client.",
        HelpName = "file-set",
    };

    private readonly Option<bool> _allFileSets = new("--all-file-sets")
    {
        Description = "With --client: the newest image of each of its file sets, or with --as-of that of the moment; a "
            + "job for each.",
    };

    private readonly Option<string?> _toClient = new("--to-client")
    {
        Description = "The client to restore on. Default: the image's own.",
        HelpName = "client",
    };

    private readonly Option<int> _strip = new("--strip")
    {
        Description = "Components that each path loses at its beginning.",
        HelpName = "count",
    };

    private readonly Option<string?> _prefix = new("--prefix")
    {
        Description = "A relative path put before each path, below the directory.",
        HelpName = "path",
    };

    private readonly Option<string[]> _rename = new("--rename")
    {
        Description = "Changes paths, before anything is stripped, as `s/pattern/replacement/`, with g for every match "
            + "and i for either case. May be repeated.",
        HelpName = "s/pattern/replacement/",
    };

    private readonly Option<string?> _suffix = new("--suffix")
    {
        Description = "Put behind each name but those of directories, as `.old`.",
        HelpName = "text",
    };

    private readonly Option<string?> _filesFrom = new("--files-from")
    {
        Description = "More paths: a file, one a line, `-` for standard input; # begins a remark.",
        HelpName = "file",
    };

    private readonly Option<string?> _fromTable = new("--from-table")
    {
        Description = "Instead of an image and paths: rows of them, as a query of a database prints them (CSV, or tabs "
            + "between), `-` for standard input. A job for each image.",
        HelpName = "file",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be done." };

    private readonly Option<bool> _devices = new("--devices") { Description = "Also make device nodes (needs root)." };

    private readonly Option<bool> _setId = new("--set-id")
    {
        Description = "Also set the set-user-id, set-group-id and sticky bits.",
    };

    private readonly Option<DeleteRule> _delete = new("--delete")
    {
        Description = "When all is restored, also remove what the image does not have below the restored directories. "
            + "`--delete=all`: even if that is more than half of what is there.",
        HelpName = "all",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result =>
        {
            if (result.Tokens.Count == 0) return DeleteRule.Extra;
            if (result.Tokens[0].Value == "all") return DeleteRule.All;
            result.AddError(
                $"Expected --delete or --delete=all, found \"{result.Tokens[0].Value}\" behind it. Put --delete last.");
            return default;
        },
    };

    public IEnumerable<Symbol> Symbols =>
    [
        _image, _paths, _filesFrom, _fromTable, _to, _asOf, _client, _fileSet, _allFileSets, _toClient,
        RestoreCommands.Replace, _rename, _strip, _prefix, _suffix, _delete, _dryRun, _devices, _setId,
    ];

    public void Validate(CommandResult result)
    {
        var (client, fileSet, moment) = (result.GetValue(_client), result.GetValue(_fileSet), result.GetValue(_asOf));
        var all = result.GetValue(_allFileSets);
        var isTable = result.GetValue(_fromTable) is not null;
        if (isTable && (result.GetValue(_image) is not null || fileSet is not null || all || moment is not null
            || result.GetValue(_filesFrom) is not null))
            result.AddError("--from-table says images and paths: leave out the image, paths, --files-from, --file-set, "
                + "--all-file-sets and --as-of.");
        if (!isTable && fileSet is null && !all && result.GetValue(_image) is null && moment is null)
            result.AddError("Expected an image, or --client and --file-set.");
        if (fileSet is not null && client is null) result.AddError("--file-set needs --client.");
        if (all && client is null) result.AddError("--all-file-sets needs --client.");
        if (all && fileSet is not null) result.AddError("Expected --file-set or --all-file-sets, found both.");
        if (moment is null) return;
        if (fileSet is null && !all) result.AddError("--as-of needs --client and --file-set, or --all-file-sets.");
        if (!TryMoment(moment, out _))
            result.AddError($"Expected --as-of with a moment such as 2026-11-20T06:00, found \"{moment}\".");
    }

    /// <summary>The requests, one for each image.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="node">Who knows which file sets there are.</param>
    /// <param name="cancellation">Ends the question.</param>
    public async Task<IReadOnlyList<RestoreFiles>> Requests(
        ParseResult parsed, INodeConnection node, CancellationToken cancellation)
    {
        var request = Request(parsed);
        IReadOnlyList<RestoreFiles> each = parsed.GetValue(_fromTable) is { } table
            ? [.. Table(table).Select(row => request with
                {
                    Request = RequestId.New(),
                    Image = row.Image,
                    Paths = row.Paths,
                })]
            : parsed.GetValue(_allFileSets)
            ? [.. (await FileSetsOf(request.Source!.Value, node, cancellation)).Select(fileSet => request with
                {
                    Request = RequestId.New(),
                    FileSet = fileSet,
                })]
            : [.. request.Image.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Distinct().Select(image => request with { Request = RequestId.New(), Image = image })];
        if (each.Count > 1 && request.Delete != DeleteRule.None)
            throw CommandFailure.Usage(
                "--delete goes with one image: what the others restore would be deleted again. Restore them one by "
                    + "one, or leave --delete out.");
        return each;
    }

    /// <summary>Of what has been saved; what a user chose out of a set, and the catalog's own, is none.</summary>
    private static async Task<IReadOnlyList<FileSetName>> FileSetsOf(
        ClientName client, INodeConnection node, CancellationToken cancellation)
    {
        var images = await CommandContext.Ask<ImageList>(node, new ListImages(ImagesMax, client), cancellation);
        FileSetName[] found = [.. images.Images
            .Where(image => image.State == "sealed" && !image.FileSet.Value.Contains(':')
                && image.Policy != CatalogPolicy.Policy)
            .Select(image => image.FileSet).Distinct().OrderBy(set => set.Value, StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new CommandFailure(new Refused(
            RefusalCode.NotFound,
            $"There is no sealed image of client {client}. `backup images` lists what there is."));
    }

    private RestoreFiles Request(ParseResult parsed)
    {
        var words = parsed.GetValue(_paths) ?? [];
        var client = Client(parsed.GetValue(_client));
        var fileSet = parsed.GetValue(_fileSet);
        var isNewest = fileSet is not null || parsed.GetValue(_allFileSets);
        if (isNewest && parsed.GetValue(_image) is { } first) words = [first, .. words];
        if (parsed.GetValue(_filesFrom) is { } list) words = [.. words, .. Listed(list)];
        return new RestoreFiles(
            RequestId.New(),
            isNewest ? "latest" : parsed.GetValue(_image) ?? "",
            words,
            Path.GetFullPath(parsed.GetRequiredValue(_to)),
            parsed.GetValue(RestoreCommands.Replace),
            Client(parsed.GetValue(_toClient)) ?? (isNewest ? null : client),
            parsed.GetValue(_dryRun),
            parsed.GetValue(_devices),
            parsed.GetValue(_setId),
            isNewest ? client : null,
            fileSet is null ? null : new FileSetName(fileSet),
            TryMoment(parsed.GetValue(_asOf), out var moment) ? moment : null,
            parsed.GetValue(_strip),
            parsed.GetValue(_prefix),
            parsed.GetValue(_rename) is { Length: > 0 } renames ? renames : null,
            parsed.GetValue(_suffix),
            parsed.GetValue(_delete));
    }

    /// <summary>A list that names nothing must not mean everything.</summary>
    private static IReadOnlyList<string> Listed(string file)
    {
        var paths = PatternFile.Read(file == "-" ? "/dev/stdin" : file);
        return paths.Count > 0
            ? paths
            : throw new CommandFailure(new Refused(
                RefusalCode.BadRequest, $"Expected paths in {(file == "-" ? "standard input" : file)}, found none."));
    }

    private static IReadOnlyList<(string Image, IReadOnlyList<string> Paths)> Table(string file)
    {
        var name = file == "-" ? "standard input" : file;
        try
        {
            using var text = new StreamReader(
                file == "-" ? Console.OpenStandardInput() : File.OpenRead(file),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            return RestoreTable.Read(text.ReadToEnd());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(new Refused(RefusalCode.BadRequest, $"{name} cannot be read: {failure.Message}"));
        }
        catch (Exception nonsense) when (nonsense is FormatException or DecoderFallbackException)
        {
            throw new CommandFailure(new Refused(
                RefusalCode.BadRequest, $"The table in {name} cannot be restored: {nonsense.Message}"));
        }
    }

    private static ClientName? Client(string? name) => name is null ? null : new ClientName(name);

    /// <summary>
    /// ISO 8601, in local time where it says no other. A day, a minute and a second are meant to their end: what began
    /// within the minute that a list shows is of that minute.
    /// </summary>
    internal static bool TryMoment(string? text, out DateTimeOffset moment)
    {
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out moment))
            return false;
        var time = text.AsSpan(text!.IndexOfAny('T', ' ') + 1);
        var zone = time.IndexOfAny('+', '-', 'Z');
        var said = zone < 0 ? time : time[..zone];
        moment = (!said.Contains(':') ? NextDay(moment, zone < 0 ? TimeZoneInfo.Local : null)
            : said.Count(':') == 1 ? moment.AddMinutes(1)
            : said.Contains('.') ? moment.AddTicks(1)
            : moment.AddSeconds(1)).AddTicks(-1);
        return true;
    }

    /// <summary>Days on which clocks are set have 23 or 25 hours.</summary>
    internal static DateTimeOffset NextDay(DateTimeOffset day, TimeZoneInfo? zone)
    {
        var next = day.DateTime.AddDays(1);
        return new DateTimeOffset(next, zone?.GetUtcOffset(next) ?? day.Offset);
    }
}

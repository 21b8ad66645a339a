using System.Text.Json;
using Backup.Host.Operations;

namespace Backup.Host.Pbm;

/// <summary>An argument of a command.</summary>
/// <param name="Name">The property of the request in JSON.</param>
/// <param name="Letter">Its short switch.</param>
/// <param name="Type">As in <see cref="OperationArgument.Type"/>.</param>
/// <param name="IsMandatory">True when the command makes no sense without.</param>
/// <param name="Description">For the help.</param>
internal sealed record PbmArgument(string Name, string Letter, string Type, bool IsMandatory, string Description)
{
    private const string ListType = "list of texts";

    /// <summary>The letter and the meaning of each argument; the same wherever it occurs.</summary>
    private static readonly Dictionary<string, (string Letter, string Meaning)> Meanings = new()
    {
        ["after"] = ("-a", "Goes on after this name, as the list before it says."),
        ["against"] = ("-a", "What the catalog is verified against: the volumes or the client's disk."),
        ["client"] = ("-c", "One client only."),
        ["content"] = ("-c", "With the disk: also reads every file."),
        ["devices"] = ("-D", "Also makes device nodes (needs root)."),
        ["drive"] = ("-d", "A drive, as LIBRARY/NUMBER."),
        ["dryRun"] = ("-d", "Only says what would be done."),
        ["image"] = ("-i", "An image id or its unique beginning (4 digits or more), a job number, or latest."),
        ["job"] = ("-j", "A job number."),
        ["library"] = ("-l", "A library of the configuration."),
        ["limit"] = ("-n", "Most entries, 1 to 10,000."),
        ["logAfter"] = ("-a", "Only log lines with a greater number."),
        ["logLimit"] = ("-l", "Most log lines, 0 to 10,000."),
        ["overwrite"] = ("-o", "Also a volume that has a label, if it holds no image."),
        ["path"] = ("-p", "A directory or file in the image; the roots when absent."),
        ["paths"] = ("-p", "What to restore, as `catalog ls` shows it; may be given several times; all when absent."),
        ["pattern"] = ("-p", "A part of a name, or a pattern such as *.conf or /etc/**/hosts*."),
        ["policy"] = ("-p", "A policy of the configuration."),
        ["pool"] = ("-p", "A pool of the configuration."),
        ["recursive"] = ("-r", "All below, not only the directory's own."),
        ["replace"] = ("-r", "What happens to an item that exists at the target."),
        ["runningOnly"] = ("-r", "Only jobs that have not ended."),
        ["setId"] = ("-s", "Also sets the set-user-id, set-group-id and sticky bits."),
        ["target"] = ("-t", "An absolute directory on the client; paths are kept below it."),
        ["volume"] = ("-v", "A volume's name."),
    };

    /// <summary>Its long switch.</summary>
    public string Switch => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(Name)}";

    public bool IsList => Type == ListType;

    /// <summary>Values to propose; where it is one of a few words, all of them.</summary>
    public IReadOnlyList<string> Choices =>
        Type == "switch" ? ["on", "off"]
        : Type.Contains(", ", StringComparison.Ordinal) ? Type.Split(", ")
        : [];

    public static PbmArgument Of(OperationArgument argument)
    {
        var (letter, meaning) = Meanings[argument.Name];
        var isMandatory = argument.Default is null && argument.Type != ListType;
        var made = new PbmArgument(argument.Name, letter, argument.Type, isMandatory, meaning);
        var choices = made.Choices.Count > 0 ? $" One of {string.Join(", ", made.Choices)}." : "";
        var otherwise = argument.Default is null or "null" or "\"\"" ? "" : $" {Said(argument.Default)} when absent.";
        return made with { Description = meaning + choices + otherwise };
    }

    private static string Said(string json) => json switch { "true" => "on", "false" => "off", _ => json.Trim('"') };
}

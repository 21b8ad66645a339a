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
        ["acceptClock"] = ("-k", "The clock is right, although it is far ahead of what is known."),
        ["agreed"] = ("-g", "How many images may be condemned at once, although they are much of what there is."),
        ["after"] = ("-a", "Goes on after this name, as the list before it says."),
        ["allowEmpty"] = ("-e", "Also records a root as empty below which the base has items."),
        ["asOf"] = ("-o", "A moment (ISO 8601); of a restore, with the image latest: none that begins later."),
        ["against"] = ("-a", "What the catalog is verified against: the volumes or the client's disk."),
        ["barCodes"] = ("-b", "What is blank, each by its bar code, or its directory's name."),
        ["copyTo"] = ("-T", "Promises a copy in this pool; several times where wanted; the policy's when absent."),
        ["count"] = ("-n", "How many by the template, 1 to 100."),
        ["template"] = ("-t", "Names for new volumes: %04d is the number, %p pool, %l library, %y%m the month."),
        ["change"] = ("-c", "What is said of it."),
        ["client"] = ("-c", "One client only."),
        ["content"] = ("-C", "With the disk: also reads every file."),
        ["days"] = ("-d", "How many days to look ahead and back, 1 to 400."),
        ["delete"] = ("-X", "What goes at the target that the image does not have: extra stops at half of it."),
        ["devices"] = ("-D", "Also makes device nodes (needs root)."),
        ["drive"] = ("-d", "A drive, as LIBRARY/NUMBER."),
        ["due"] = ("-d", "Only where it is time for it by the configuration."),
        ["dryRun"] = ("-d", "Only says what would be done."),
        ["eventsMax"] = ("-n", "Most events, 0 to 100."),
        ["eraseForeign"] = ("-E", "Also the volume that is named where another program wrote to it: that is gone."),
        ["fileSet"] = ("-f", "One file set only."),
        ["from"] = ("-f", "An image, as --image of other commands."),
        ["fromSlot"] = ("-f", "A slot's number, as media inventory says."),
        ["toSlot"] = ("-t", "The number of an empty slot."),
        ["readLabels"] = ("-r", "Also of real tapes that nobody has looked at yet: minutes for each."),
        ["fromOldest"] = ("-o", "In the order in which the volumes were labelled, not by their names."),
        ["image"] = ("-i", "An image id or its unique beginning (4 digits or more), a job number, or latest."),
        ["job"] = ("-j", "A job number."),
        ["kind"] = ("-k", "What is asked."),
        ["level"] = ("-l", "The level: full, differential, incremental or 0 to 9; as the policy says when absent."),
        ["library"] = ("-l", "A library of the configuration."),
        ["limit"] = ("-n", "Most entries, 1 to 10,000."),
        ["logAfter"] = ("-a", "Only log lines with a greater number."),
        ["logLimit"] = ("-l", "Most log lines, 0 to 10,000."),
        ["name"] = ("-N", "Its name; of a job its number, of a drive LIBRARY/NUMBER."),
        ["noRecord"] = ("-N", "The images are never a base of others."),
        ["only"] = ("-O", "Of one client only this path, with all below; may be given several times."),
        ["order"] = ("-o", "What the next backup does; none takes an order back."),
        ["note"] = ("-n", "What is said to the person, up to 500 characters."),
        ["of"] = ("-o", "Only what was asked of this person."),
        ["overwrite"] = ("-o", "Also a volume that has a label, if it holds no image."),
        ["page"] = ("-g", "Of a walk: 0 begins it; then the number of the page before and one more."),
        ["path"] = ("-p", "A directory or file in the image; the roots when absent."),
        ["paths"] = ("-p", "What to restore, as `catalog ls` shows it; may be given several times; all when absent."),
        ["pattern"] = ("-p", "A part of a name, or a pattern such as *.conf or /etc/**/hosts*."),
        ["person"] = ("-p", "Who is to do it; nobody any more when absent."),
        ["plan"] = ("-p", "A plan of the configuration; all when absent."),
        ["policy"] = ("-p", "A policy of the configuration."),
        ["pool"] = ("-p", "A pool of the configuration."),
        ["prefix"] = ("-P", "A relative path put before each path, below the target."),
        ["priority"] = ("-y", "Of jobs that wait the greater goes before, 0 to 1000; the policy's when absent."),
        ["sizes"] = ("-z", "Adds up what lies below each directory."),
        ["replay"] = ("-r", "How many days that have passed are planned again, 0 to 400."),
        ["reason"] = ("-r", "Why, for whoever reads the list."),
        ["recursive"] = ("-r", "All below, not only the directory's own."),
        ["rename"] = ("-R", "Changes paths before anything is stripped, as s/pattern/replacement/; several times."),
        ["repair"] = ("-r", "Mends what loses nothing; all else is only named."),
        ["replace"] = ("-r", "What happens to an item that exists at the target."),
        ["runningOnly"] = ("-r", "Only jobs that have not ended."),
        ["scheduled"] = ("-s", "As its schedule does: by the rule that this has for backups that have not ended."),
        ["messages"] = ("-M", "Who is told of the jobs' ends, by name, or none; as the policy says when absent."),
        ["spool"] = ("-S", "Whether they go to the spool first, where there is one; as the pool says when absent."),
        ["selectBy"] = ("-b", "How an incremental knows what changed; as the policy says when absent."),
        ["setId"] = ("-s", "Also sets the set-user-id, set-group-id and sticky bits."),
        ["source"] = ("-S", "With the image latest: the newest of this client."),
        ["strip"] = ("-x", "Components that each path loses at its beginning."),
        ["suffix"] = ("-u", "Put behind each name but those of directories."),
        ["state"] = ("-s", "What a volume may be used for; or a state of the disks, in place of images."),
        ["target"] = ("-t", "An absolute directory on the client; paths are kept below it."),
        ["text"] = ("-t", "The tag; or why it is held."),
        ["to"] = ("-t", "Another image."),
        ["toPool"] = ("-t", "Volumes of this pool take it; of a backup the policy's when absent."),
        ["fromPool"] = ("-f", "Only what lies in this pool."),
        ["olderDays"] = ("-o", "Only what was sealed so many days ago or more."),
        ["uncopied"] = ("-u", "Only what has no second copy."),
        ["match"] = ("-m", "Only where this regular expression matches policy, client, file set or a volume."),
        ["by"] = ("-b", "Of a migration: what is taken. Of volumes and drives: who did it."),
        ["highBytes"] = ("-H", "By occupancy: only when the pool holds more bytes."),
        ["lowBytes"] = ("-L", "By occupancy: until it holds no more bytes."),
        ["place"] = ("-P", "Where the volumes are; back in their libraries when absent."),
        ["walk"] = ("-w", "A name for a walk, which shows the items: letters, digits and dashes."),
        ["use"] = ("-u", "What a drive may be used for."),
        ["volume"] = ("-v", "A volume's name."),
        ["volumes"] = ("-v", "A volume; may be given several times. Of a scan or import: all when absent."),
        ["why"] = ("-w", "Also what each holds, and why it cannot be used again."),
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

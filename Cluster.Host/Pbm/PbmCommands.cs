using Backup.Host.Operations;
using Petabridge.Cmd;

namespace Backup.Host.Pbm;

/// <summary>All commands of our palettes. A test holds them and the table of operations together.</summary>
internal static class PbmCommands
{
    private const string Backup = "backup";
    private const string Media = "media";
    private const string Catalog = "catalog";

    /// <summary>The command that says only why a job waits.</summary>
    public const string Why = "why";

    public static IReadOnlyList<PbmCommand> All { get; } =
    [
        Of(Backup, "run", "run-policy", "Starts a backup job for each client of a policy. What is saved stays.",
            "dueAt"),
        Of(Backup, "preview", "preview-run",
            "Says what a run would do, and with a walk which items it would save. Changes nothing."),
        Of(Backup, "rerun", "rerun-job",
            "Does what a job that has ended did once more, as a new job. What the old one made stays."),
        Of(Backup, "cancel", "cancel-job", "Cancels a job that waits or runs. What it has sealed stays."),
        Of(Backup, "jobs", "list-jobs", "Lists jobs, newest first. Changes nothing."),
        Of(Backup, "job", "show-job", "Shows a job: state, progress, log and report. Changes nothing."),
        Of(Backup, "exceptions", "list-exceptions", "Lists all exceptions of a job, in pages. Changes nothing."),
        Of(Backup, Why, "show-job", "Says why a job waits. Changes nothing.", "logAfter", "logLimit"),
        Of(Backup, "restore", "restore-files",
            "Starts a job that writes items of an image below a directory. What is there stays, unless told."),
        Of(Backup, "verify", "verify-image",
            "Starts a job that reads an image's volumes again, or its client's disk, and compares. Changes no data."),
        Of(Backup, "verify-policy", "verify-policy",
            "Starts jobs that compare the disks of a policy's clients with their newest images. Changes no data."),
        Of(Backup, "merge", "merge-image",
            "Starts a job that makes a full image of an incremental and its bases. These stay as they are."),
        Of(Backup, "copy", "copy-images",
            "Starts jobs that write images once more, to another pool. What there is stays."),
        Of(Backup, "migrate", "migrate-images",
            "Starts jobs that move images to another pool. Until a copy is whole and recorded, all stays."),
        Of(Backup, "heal", "heal-copies",
            "Starts jobs that write damaged fragments once more, from their other copies. What is damaged stays."),
        Of(Backup, "flush", "flush-spool",
            "Starts jobs that take what waits on spools to volumes. Until a copy is whole and recorded, all stays."),
        Of(Backup, "clients", "list-clients", "Lists clients with their newest image. Changes nothing."),
        Of(Backup, "schedule", "show-schedule",
            "Says what starts by itself and when, and what was missed and will be caught up. Changes nothing."),
        Of(Backup, "estimate", "estimate-policy",
            "Starts jobs that measure what backups of a policy would hold. Changes no data.", "levels"),
        Of(Backup, "sizes", "show-estimate", "Says what backups of a policy would hold. Changes nothing."),
        Of(Backup, "plan", "show-plan",
            "Says what the planner does in the next run, and in those of further days. Changes nothing.", "whatIf"),
        Of(Backup, "order", "order-plan",
            "Orders once what the next backups of a planned policy do. What there is stays."),
        Of(Backup, "retention", "show-retention",
            "Says which images the rules of their policies keep, which not, and by which rule. Changes nothing."),
        Of(Backup, "retain", "run-retention",
            "Condemns images that no rule keeps, and removes those whose grace time is over. What a rule keeps stays."),
        Of(Backup, "mark", "mark-image", "Holds, releases, tags or reprieves an image. What is on volumes stays."),
        Of(Backup, "show", "show-object",
            "Asks a job, drive, library, client, file set or policy how it is. Changes nothing."),
        Of(Backup, "status", "show-status", "Says how the node is and what its drives do. Changes nothing."),
        Of(Backup, "reload", "reload-configuration",
            "Makes the node read its configuration again. Where it has a mistake, the one before stays."),
        Of(Media, "volumes", "list-volumes", "Lists volumes: state and what is on them. Changes nothing."),
        Of(Media, "scan", "scan-library",
            "Starts a job that rebuilds a lost catalog from volumes, or adds what it lacks. They stay as they are."),
        Of(Media, "scrub", "scrub-media",
            "Starts jobs that read volumes again and compare each block with its digest. Changes no data."),
        Of(Media, "vault", "vault-volumes",
            "Notes that volumes are at a place, or without one that they are back. Changes no data."),
        Of(Media, "places", "show-vault",
            "Says which volumes are at another place, what should go there next, and what was moved. Changes nothing."),
        Of(Media, "label", "label-volume",
            "Labels a blank or new volume for a pool. What holds an image stays as it is, whatever is said."),
        Of(Media, "labels", "label-volumes",
            "Labels many volumes for a pool. What has a label, or holds anything, stays as it is."),
        Of(Media, "mount", "mount-volume",
            "Puts a volume into a drive: that of a job which waits for it, or an idle one. Changes no data."),
        Of(Media, "unmount", "unmount-drive",
            "Takes the volume out of a drive that no job uses. Changes no data."),
        Of(Media, "drive", "set-drive",
            "Takes a drive out of use, or into it again. What works with it stays at work to its end."),
        Of(Media, "clean", "clean-drive",
            "Cleans a drive that no job uses, with a cleaning cartridge of its library. Changes no data."),
        Of(Media, "volume", "update-volume", "Says what a volume may be used for. What is on it stays."),
        Of(Media, "inventory", "take-inventory",
            "Looks and says what is where in libraries: slots, drives, import/export slots. Changes no data."),
        Of(Media, "import", "import-volumes",
            "Takes volumes from the import/export slots of a library into empty ones. Changes no data."),
        Of(Media, "export", "export-volumes",
            "Puts volumes into import/export slots; refused while a job uses one of them. Changes no data."),
        Of(Media, "move", "move-volume",
            "Moves what is in a slot into an empty one; refused while a job uses it. Changes no data."),
        Of(Media, "requests", "list-requests",
            "Lists what jobs ask of people: volumes to bring, and who was asked to. Changes nothing."),
        Of(Media, "assign", "assign-request",
            "Says who is to do what a job asks of a person; without a person: nobody any more. Changes no data."),
        Of(Catalog, "check", "check-catalog",
            "Says what should not be in the catalog, and mends what loses nothing. All else stays as it is."),
        Of(Catalog, "images", "list-images", "Lists images, newest first. Changes nothing."),
        Of(Catalog, "ls", "list-files", "Lists a directory of an image, in pages. Changes nothing."),
        Of(Catalog, "find", "find-files", "Finds items by name in images. Changes nothing."),
        Of(Catalog, "versions", "list-versions", "Lists the states of one item over all images. Changes nothing."),
        Of(Catalog, "diff", "diff-images", "Says what differs between two images, in pages. Changes nothing."),
    ];

    /// <summary>The palettes, as `pbm` shows them.</summary>
    public static IReadOnlyList<CommandPalette> Palettes { get; } = [.. All
        .GroupBy(command => command.Palette)
        .Select(group => new CommandPalette(group.Key, group.Select(command => command.Definition()).ToList()))];

    public static IEnumerable<PbmCommand> Of(CommandPalette palette) =>
        All.Where(command => command.Palette == palette.ModuleName);

    private static PbmCommand Of(
        string palette, string name, string operation, string effect, params string[] without) =>
        new(palette, name, OperationTable.Find(operation)!, effect, without);
}

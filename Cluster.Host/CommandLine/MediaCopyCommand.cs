using System.CommandLine;
using Backup.Host.Extract;
using Backup.Messages;

namespace Backup.Host.CommandLine;

/// <summary>Copies volumes with no catalog, no node and no configuration.</summary>
internal static class MediaCopyCommand
{
    private const int VolumeMibUsual = 10 * 1024;

    public static IEnumerable<Command> All(BackupCommand program) =>
        [new Command("media", "Copies what is on volumes, without a node.") { Copy(program) }];

    public static void Print(Screen screen, MediaCopied copied)
    {
        screen.Line(
            $"{Quantity.Count(copied.Images, "image")} whole in {copied.Library}: "
                + $"{Quantity.Count(copied.Fragments, "fragment")} of {Quantity.Bytes(copied.Bytes)} written to "
                + $"{(copied.Volumes.Count == 0 ? "no volume" : string.Join(", ", copied.Volumes))}"
                + (copied.Known > 0 ? $"; {Quantity.Count(copied.Known)} lay there already." : "."));
        screen.Line("`backup scan` takes them into a catalog.");
    }

    private static ExampledCommand Copy(BackupCommand program)
    {
        var from = new Argument<string[]>("from")
        {
            Description = "Directories of volumes of virtual tapes, or of libraries of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var to = new Option<string>("--to")
        {
            Description = "The directory of a library that no node has open, or a new one.",
            HelpName = "dir",
            Required = true,
        };
        var pool = new Option<string>("--pool")
        {
            Description = "The pool that the labels of the new volumes name.",
            HelpName = "pool",
            Required = true,
        };
        var prefix = new Option<string?>("--label-prefix")
        {
            Description = "What the names of the new volumes begin with; a number follows. Else the pool and -copy-.",
            HelpName = "prefix",
        };
        var images = new Option<string[]>("--image")
        {
            Description = "Only this image, by the beginning of its id. May be repeated.",
            HelpName = "image",
        };
        var size = new Option<int>("--volume-mib")
        {
            Description = "What a new volume takes, in MiB, 2 to 16,777,216.",
            HelpName = "number",
            DefaultValueFactory = _ => VolumeMibUsual,
        };
        var command = new ExampledCommand(
            "copy", "Writes whole images to new volumes, from other volumes alone: compared block by block, cut anew.",
            "backup media copy /srv/tapes --to /mnt/vault --pool vault",
            "backup media copy /srv/tapes/disk-0001 /srv/tapes/disk-0002 --to /mnt/usb --pool vault --volume-mib 4096")
        { from, to, pool, prefix, images, size };
        size.Within(2, 1 << 24);
        program.Does(command, (parsed, cancellation) => Task.Run(
            () =>
            {
                var name = new PoolName(parsed.GetRequiredValue(pool));
                return Run(
                    program.Context.Screen, parsed.GetRequiredValue(from), parsed.GetRequiredValue(to), name,
                    parsed.GetValue(prefix) ?? $"{name}-copy-", parsed.GetValue(images) ?? [],
                    (long)parsed.GetValue(size) << 20, cancellation);
            }, cancellation));
        return command;
    }

    private static int Run(
        Screen screen, string[] from, string to, PoolName pool, string prefix, string[] images, long volumeBytes,
        CancellationToken cancellation)
    {
        var remarks = new List<string>();
        using var target = MediaTarget.Open(to, pool, prefix, volumeBytes);
        using var before = target.IsEmpty ? null : MediaSources.Open([to], cancellation);
        using var sources = MediaSources.Open(from, cancellation);
        foreach (var said in sources.Remarks) Remark(said);
        foreach (var broken in sources.Found.Broken)
            Remark($"Image {broken.Header.Image} is left out: fragment {broken.MissingFragment} was not given.");
        var copying = new MediaCopying(sources, target, before?.Found, Remark);
        copying.Run(
            image => images.Length == 0 || Array.Exists(
                images, each => image.Header.Image.ToString().StartsWith(each, StringComparison.OrdinalIgnoreCase)),
            cancellation);
        var copied = new MediaCopied(
            Path.GetFullPath(to), copying.Images, copying.Fragments, copying.Bytes, copying.Known,
            [.. target.Written.Select(volume => volume.Value)], remarks);
        screen.Reply(copied);
        if (!screen.Json) Print(screen, copied);
        return remarks.Count > 0 ? ExitCode.CompleteWithExceptions
            : copied.Images == 0 ? ExitCode.NothingFound : ExitCode.Complete;

        void Remark(string sentence)
        {
            remarks.Add(sentence);
            if (!screen.Json) screen.Note(sentence);
        }
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>What a run would do, without it being done.</summary>
internal static class RunPreviewing
{
    private const int ItemsAtOnce = 500;

    /// <summary>Says it, and with a list of all items as they come: no page is kept.</summary>
    /// <param name="program">The program.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="asked">The question, without a walk.</param>
    /// <param name="lists">Every item.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>3 where an item could not be looked at, 1 where a backup would make no image, else 0.</returns>
    public static async Task<int> Show(
        BackupCommand program, ParseResult parsed, PreviewRun asked, bool lists, CancellationToken cancellation)
    {
        var screen = program.Context.Screen;
        await using var door = await program.Context.Door.ForWork(
            program.Context.Settings(parsed), cancellation);
        var preview = await CommandContext.Ask<RunPreview>(door.Node, asked, cancellation);
        screen.Reply(preview);
        screen.Line("Nothing is recorded, and no volume is touched. The run would:");
        var worst = ExitCode.Complete;
        foreach (var job in preview.Jobs)
        {
            Print(screen, job);
            if (job.Level is null) continue;
            var last = await Walk(
                screen, door, asked with { Client = job.Client }, lists ? ItemsAtOnce : 0, cancellation);
            Print(screen, last);
            worst = Math.Max(worst, last.Failure is not null ? ExitCode.Failed
                : last.Exceptions > 0 ? ExitCode.CompleteWithExceptions : ExitCode.Complete);
        }
        return worst;
    }

    /// <summary>For a console, which shows one answer.</summary>
    public static void Print(Screen screen, RunPreview preview)
    {
        foreach (var job in preview.Jobs) Print(screen, job);
        if (preview.Page is not { } page) return;
        foreach (var item in page.Items) screen.Line(Line(item));
        Print(screen, page);
        if (!page.Done) screen.Line($"There is more: the same with --page {page.Number + 1}");
    }

    private static async Task<PreviewPage> Walk(
        Screen screen, OpenDoor door, PreviewRun asked, int limit, CancellationToken cancellation)
    {
        var walk = RequestId.New().ToString();
        for (var number = 0; ; number++)
        {
            var page = (await CommandContext.Ask<RunPreview>(
                door.Node, asked with { Walk = walk, Page = number, Limit = limit }, cancellation)).Page
                ?? throw new NodeUnreachableException("Expected a page of a walk from the node, found none.");
            if (limit > 0 || page.Done) screen.Reply(new RunPreview([], page));
            foreach (var item in page.Items) screen.Line(Line(item));
            if (page.Done) return page;
        }
    }

    private static void Print(Screen screen, PreviewedJob job)
    {
        screen.Line(job.Level is { } level
            ? $"client {job.Client}, file set {job.FileSet}: level {level}"
            : $"client {job.Client}, file set {job.FileSet}: nothing");
        screen.Line($"  why        {job.Why}");
        foreach (var note in job.Notes) screen.Line($"  note       {note}");
        if (job.Level is null) return;
        var volumes = job.Volumes.Count == 0
            ? "no volume of it takes data now: a new one is used" : $"first {string.Join(", ", job.Volumes)}";
        screen.Line($"  write to   pool {job.Pool} in library {job.Library}; {volumes}");
        if (job.Base is { } known)
            screen.Line($"  build on   image {FileText.Short(known)}"
                + (job.Since is { } since ? $" of {Quantity.Moment(since)}" : ""));
    }

    private static void Print(Screen screen, PreviewPage page)
    {
        screen.Line($"  save       {Quantity.Count(page.Files, "item")}, {Quantity.Bytes(page.Bytes)} of content, "
            + $"{Quantity.Bytes(page.ArchiveBytes)} of archive before compression");
        if (page.Deleted > 0) screen.Line($"  note       {Quantity.Count(page.Deleted, "item")} as gone");
        if (page.Exceptions > 0) screen.Line($"  not read   {Quantity.Count(page.Exceptions, "item")}");
        if (page.Failure is { } failure) screen.Line($"  but        {failure}");
    }

    private static string Line(PreviewedItem item)
    {
        var why = item.Why.ToString().ToLowerInvariant();
        return item.Detail is { } detail
            ? $"{why,-9} {detail}"
            : $"{why,-9} {item.Kind,-9} {Quantity.Bytes(item.Bytes),10} {item.Path}";
    }
}

using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Host.Extract;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.Demo;

/// <summary>The answer of `backup demo`.</summary>
/// <param name="Source">What was saved.</param>
/// <param name="Backup">How the backup ended.</param>
/// <param name="Restore">How the restore ended.</param>
/// <param name="Compared">Items that were on both sides.</param>
/// <param name="Differences">Differences, named on standard error.</param>
/// <param name="Image">The image.</param>
/// <param name="RestoreCommand">The shell line that restores it without this program.</param>
/// <param name="Directory">Where tapes, catalog and restored files are; null when they were removed.</param>
internal sealed record DemoReport(
    string Source, JobOutcome Backup, JobOutcome Restore, long Compared, long Differences, string Image,
    string RestoreCommand, string? Directory);

/// <summary>One run of the demonstration, in a directory of its own.</summary>
internal sealed class Demonstration(BackupCommand program, string? folder, bool keep)
{
    private const int DifferencesShown = 50;
    private const string ByHand = "by-hand";
    private readonly Screen _screen = program.Context.Screen;

    public async Task<int> Run(CancellationToken cancellation)
    {
        var place = Directory.CreateTempSubdirectory("backup-demo-").FullName;
        try
        {
            return await Run(place, Source(place), cancellation);
        }
        finally
        {
            if (keep) _screen.Note($"Everything is kept in {place}; `rm -rf {place}` removes it.");
            else Remove(place);
        }
    }

    private string Source(string place)
    {
        if (folder is null) return Generate(Path.Combine(place, "source"));
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!Directory.Exists(full))
            throw new CommandFailure(new Refused(RefusalCode.NotFound, $"There is no folder {full}."));
        if (full == "/" || place.StartsWith(full + "/", StringComparison.Ordinal))
            throw CommandFailure.Usage(
                $"The folder {full} holds the demonstration's own directory {place}. Set TMPDIR to a place outside "
                    + "of it.");
        return full;
    }

    private string Generate(string directory)
    {
        var leftOut = SampleTree.Create(directory);
        _screen.Line($"A tree of everything that is hard to save: {directory}");
        foreach (var sentence in leftOut) _screen.Line($"  left out: {sentence}");
        return directory;
    }

    private async Task<int> Run(string place, string source, CancellationToken cancellation)
    {
        var configuration = Path.Combine(place, "demo.conf");
        await File.WriteAllTextAsync(
            configuration, DemoConfiguration.For(place, source, isSample: folder is null), cancellation);
        var (settings, problems) = SettingsReader.Read(configuration);
        if (settings is null)
            throw new CommandFailure(
                ExitCode.Failed, new Refused(RefusalCode.BadRequest, SettingProblems.Render(problems)));
        await using var door = await program.Context.Door.Solo(settings, cancellation);
        _screen.Line($"A node runs, with catalog and virtual tapes in {place}");

        _screen.Line();
        _screen.Line($"Backup of {source}");
        var saved = await Job(door, new RunPolicy(RequestId.New(), DemoConfiguration.Policy), cancellation);
        if (saved is null) return ExitCode.Interrupted;
        if (saved.Report is not { Image: { } image } backup) return ExitCode.Failed;
        if (saved.Job.Outcome is not (JobOutcome.Complete or JobOutcome.CompleteWithExceptions))
            return ExitCode.For(backup.Outcome);

        Directory.CreateDirectory(Path.Combine(place, ByHand));
        var target = Path.Combine(place, "restored");
        _screen.Line();
        _screen.Line($"Restore to {target}");
        var restored = await Job(door, new RestoreFiles(
            RequestId.New(), image.ToString(), [], target, ReplaceRule.Never, Devices: Environment.IsPrivilegedProcess,
            SetId: true), cancellation);
        if (restored is null) return ExitCode.Interrupted;
        if (restored.Report is not { } restore) return ExitCode.Failed;

        var (compared, differences) = Compare(source, target + source);
        var command = ShellLine(place, image);
        _screen.Reply(new DemoReport(source, backup.Outcome, restore.Outcome, compared, differences, image.ToString(),
            command, keep ? place : null));
        PrintEnd(compared, differences, command);
        return differences == 0 && compared > 0 ? ExitCode.Complete
            : backup.Outcome == JobOutcome.CompleteWithExceptions ? ExitCode.CompleteWithExceptions
            : ExitCode.Failed;
    }

    private async Task<JobDetails?> Job(OpenDoor door, IRequest request, CancellationToken cancellation)
    {
        var started = await CommandContext.Ask<JobsStarted>(door.Node, request, cancellation);
        var follower = new JobFollower(program.Context, door, program.Pace);
        if (await follower.Follow(started.Jobs[0], cancellation) == ExitCode.Interrupted) return null;
        return await CommandContext.Ask<JobDetails>(door.Node, new ShowJob(started.Jobs[0], LogLimit: 0), cancellation);
    }

    private (long Compared, long Differences) Compare(string source, string copy)
    {
        _screen.Line();
        _screen.Line($"Comparison of {source} with {copy}");
        long shown = 0;
        // Only root can give files to others.
        var options = new CompareOptions { Owner = Environment.IsPrivilegedProcess };
        if (!options.Owner) _screen.Line("  Owners are not compared: only root can give files to others.");
        var comparer = new TreeComparer(options, difference =>
        {
            if (shown++ < DifferencesShown) _screen.Note($"  /{PathText.Escape(difference.Path)}: {difference.Detail}");
        });
        comparer.CompareTrees(source, copy);
        if (shown > DifferencesShown) _screen.Note($"  and {shown - DifferencesShown} more.");
        return (comparer.Compared, comparer.Differences);
    }

    /// <summary>From the tapes alone, as `backup extract` finds it.</summary>
    private static string ShellLine(string place, ImageId image)
    {
        var tapes = Path.Combine(place, "tapes");
        var parts = FragmentShelf.Open([tapes])
            .Choose(image.ToString()).Fragments.SelectMany(fragment => fragment.Parts);
        return RestoreCommand.For(
            [.. parts.Select(part => part.Header.Location)], library: tapes, target: Path.Combine(place, ByHand));
    }

    private void PrintEnd(long compared, long differences, string command)
    {
        _screen.Line(differences == 0
            ? $"  {Quantity.Count(compared, "item")} compared, all equal: content, names, links, modes, times, "
                + "attributes."
            : $"  {Quantity.Count(compared, "item")} compared, {Quantity.Count(differences, "difference")}, named "
                + "above.");
        _screen.Line();
        _screen.Line(
            $"The same restore without this program{(keep ? "" : " (after `demo --keep`, which leaves the tapes)")}:");
        _screen.Line($"  {command}");
        if (folder is null)
            _screen.Line(
                "  (GNU tar itself makes no path longer than 4,096 bytes: the bottom of deep/ is beyond its reach, "
                    + "and it says so.)");
    }

    private static void Remove(string place) => TreeRemover.Remove(place);
}

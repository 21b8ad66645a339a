using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>
/// A run of paths that a user chose. Its image is of a file set of its own: whatever looks for the newest state of the
/// whole (restore, plan, retention, levels, verification) must not find a part of it.
/// </summary>
internal static class ChosenFiles
{
    /// <summary>No name in a configuration has such an end.</summary>
    private const string Mark = ":chosen";

    private const int PathsMax = 1000;

    private const int CharactersMax = 64 * 1024;

    /// <summary>The file set of what is chosen of another.</summary>
    public static FileSetName NameOf(FileSetName whole) => new(whole.Value + Mark);

    /// <summary>The name of the file set of which a file set is; that itself where nothing is chosen.</summary>
    public static string WholeOf(string fileSet) => IsOf(new FileSetName(fileSet)) ? fileSet[..^Mark.Length] : fileSet;

    /// <summary>True for such a file set.</summary>
    public static bool IsOf(FileSetName? fileSet) => fileSet?.Value?.EndsWith(Mark, StringComparison.Ordinal) == true;

    /// <summary>The paths of such a backup; null for any other.</summary>
    public static IReadOnlyList<string>? In(BackupSpec spec) => IsOf(spec.FileSet.Name)
        ? [.. spec.FileSet.Operations.SelectMany(operation => operation.Only ?? [])] : null;

    /// <summary>What is wrong with the paths; null: nothing.</summary>
    public static Refused? Refuse(RunPolicy run, PolicyDefinition policy, IReadOnlyList<ClientName> clients)
    {
        if (run.Only is not { Count: > 0 and <= PathsMax } paths || paths.Sum(path => path.Length) > CharactersMax)
            return Bad(
                $"Expected 1 to {PathsMax:N0} paths of {CharactersMax:N0} characters in all at most, found "
                    + $"{run.Only?.Count:N0}. Name directories instead of all that is in them.");
        if (clients.Count > 1)
            return Bad(
                $"Expected one client with chosen paths, found {clients.Count} of policy {policy.Name}. Name one: "
                    + $"--client {clients[0]}");
        if (run.Level is not (null or "full" or "0"))
            return Bad($"Expected no level with chosen paths, found \"{run.Level}\": they are saved whole.");
        var roots = policy.SpecFor(clients[0]).FileSet.Operations.SelectMany(operation => operation.Roots).ToList();
        foreach (var path in paths)
        {
            if (Read(path, out var wrong) is not { } chosen) return Bad(wrong);
            if (!roots.Exists(root => chosen.IsWithin(RootOf(root))))
                return Bad(
                    $"Expected a path within the roots of policy {policy.Name} ({string.Join(", ", roots)}), found "
                        + $"\"{path}\".");
        }
        return null;
    }

    /// <summary>The definition of the job.</summary>
    /// <param name="spec">As the policy says.</param>
    /// <param name="run">What is asked for.</param>
    /// <param name="paths">Paths that are not refused.</param>
    public static BackupSpec Of(BackupSpec spec, RunPolicy run, IReadOnlyList<string> paths)
    {
        var operations = spec.FileSet.Operations
            .Select(operation => operation with
            {
                Only = [.. paths.Where(path => operation.Roots.Any(root => RootOf(path).IsWithin(RootOf(root))))],
            })
            .Where(operation => operation.Only!.Count > 0);
        return spec with
        {
            FileSet = new FileSet(NameOf(spec.FileSet.Name), [.. operations]),
            LevelReason = "a user chose what is saved",
            Rule = new LevelRule(LevelWord.Full),
            Level = 0,
            NoRecord = true,
            AllowEmpty = run.AllowEmpty,
            Clones = null,
            Reference = null,
            Queue = (spec.Queue ?? new QueueRule()) with { Priority = run.Priority ?? JobClaim.PriorityOfUsers },
        };
    }

    private static FilePath RootOf(string text) =>
        TreeWalker.RootsOf(new FileSet(default, [new SaveOperation([text], [])])).Single();

    private static FilePath? Read(string text, out string wrong)
    {
        wrong = "";
        try
        {
            return RootOf(text);
        }
        catch (Exception bad) when (bad is ArgumentException or FormatException)
        {
            wrong = $"Expected an absolute path without `..`, found \"{text}\".";
            return null;
        }
    }

    private static Refused Bad(string sentence) => new(RefusalCode.BadRequest, sentence);
}

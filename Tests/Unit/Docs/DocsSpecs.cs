using System.Reflection;
using System.Text.RegularExpressions;
using Backup.Actors.Jobs;
using Backup.Host.Node;
using Backup.Host.Operations;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Journal;
using Xunit;

namespace Backup.Tests.Unit.Docs;

/// <summary>The pages say what the code is: nothing is missing there, and nothing is there that is gone.</summary>
public sealed partial class DocsSpecs
{
    private static readonly Assembly[] Products =
        [typeof(JobId).Assembly, typeof(FileEntry).Assembly, typeof(IJobEvent).Assembly, typeof(JobSaga).Assembly,
            typeof(BackupNode).Assembly];

    /// <summary>Words in backticks that look like ours and are the platform's or another program's.</summary>
    private static readonly HashSet<string> Foreign = new(StringComparer.Ordinal)
    {
        "Akka", "GraphStage", "SelectAsync", "UnfoldAsync", "ForEachAsync", "TaskCanceledException", "FileStream",
        "RandomAccess", "Path",
        "Directory", "File", "AkkaFrom", "SessionOutbox", "SqlPersistence", "ActorSystem", "ConfigurationFactory",
        "CronExpression",
    };

    private static string Protocol { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "protocol.md"));

    [Fact]
    public void Every_message_that_crosses_a_border_is_described() => AllDescribed(
        Products.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsInterface: false, IsAbstract: false }
                && type.IsAssignableTo(typeof(IWireMessage))).Select(NameOf));

    [Fact]
    public void Every_event_of_the_journal_is_described() => AllDescribed(
        typeof(IJobEvent).Assembly.GetTypes()
            .Where(type => !type.IsInterface && type.IsAssignableTo(typeof(IJobEvent))).Select(NameOf));

    [Fact]
    public void Every_step_outcome_and_failure_of_a_job_is_described() => AllDescribed(
        Enum.GetNames<JobStep>().Concat(Enum.GetNames<JobOutcome>())
            .Concat(typeof(JobFailure).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(JobFailure)))
                .Select(type => type.Name)));

    [Fact]
    public void Every_manifest_of_the_journal_is_named() =>
        Assert.Equal(
            "", string.Join(
                '\n',
                JournalCodec.Manifests.Where(manifest =>
                    !Protocol.Contains($"`{manifest}`", StringComparison.Ordinal))));

    [Fact]
    public void Nothing_is_named_that_is_gone()
    {
        var known = Known();
        var gone = Repository.Pages.SelectMany(page => Code().Matches(File.ReadAllText(page))
            .Select(match => match.Groups[1].Value)
            .Where(name => !Repository.Products.Contains(name) && !Foreign.Contains(name.Split('.')[0])
                && !name.Split('.').All(known.Contains))
            .Select(name => $"{Repository.Name(page)}: {name}"));

        Assert.Equal("", string.Join('\n', gone.Distinct()));
    }

    [Fact]
    public void Every_link_between_pages_and_every_page_named_in_the_code_is_there()
    {
        var dead = Repository.Pages.SelectMany(page => Link().Matches(File.ReadAllText(page))
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal)
                && !File.Exists(Path.Combine(Path.GetDirectoryName(page)!, target)))
            .Select(target => $"{Repository.Name(page)}: {target}"));
        var unwritten = Repository.Sources.SelectMany(file => Page().Matches(File.ReadAllText(file))
            .Select(match => match.Value)
            .Where(target => target != "docs/operations.md" && !File.Exists(Path.Combine(Repository.Root, target)))
            .Select(target => $"{Repository.Name(file)}: {target}"));

        Assert.Equal("", string.Join('\n', dead.Concat(unwritten).Distinct()));
    }

    /// <summary>The page of the operations comes with the command line; where it is, it holds all of them.</summary>
    [Fact]
    public void Every_operation_has_its_place_in_the_page_of_operations()
    {
        var file = Path.Combine(Repository.Root, "docs", "operations.md");
        if (!File.Exists(file)) return;
        var page = File.ReadAllText(file);

        Assert.Equal(
            "", string.Join('\n', OperationTable.All.Select(one => one.Name)
                .Where(name => !page.Contains(name, StringComparison.Ordinal))));
    }

    private static void AllDescribed(IEnumerable<string> names) =>
        Assert.Equal("", string.Join('\n', names.Where(name => !IsDescribed(name)).Order()));

    /// <summary>A row of a table that begins with the name and ends with a sentence.</summary>
    private static bool IsDescribed(string name) =>
        Regex.IsMatch(Protocol, $@"^\| `{Regex.Escape(name)}` \|.*\w.*\|$",
            RegexOptions.Multiline | RegexOptions.CultureInvariant);

    private static string NameOf(Type type) =>
        type.DeclaringType is { } outer ? $"{outer.Name}.{type.Name}" : type.Name;

    private static HashSet<string> Known()
    {
        var types = Products.SelectMany(assembly => assembly.GetTypes()).ToList();
        var members = types.SelectMany(type => type.GetMembers(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
                | BindingFlags.DeclaredOnly));
        var tests =
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "Tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Repository.IsBuilt(file)).Select(file => Path.GetFileNameWithoutExtension(file));
        return [.. types.Select(type => type.Name.Split('`')[0]), .. members.Select(member => member.Name), .. tests,
            .. Repository.Products];
    }

    /// <summary>`Name`, `Name.Member` or `Name(…)` in backticks, with at least one small letter.</summary>
    [GeneratedRegex(@"`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]+)*)(?:\([^`]*\))?`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"docs/[a-z/-]+\.md")]
    private static partial Regex Page();
}

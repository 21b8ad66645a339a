using System.Text.RegularExpressions;
using System.Xml.Linq;
using Backup.Tests.Unit.Docs;
using Xunit;

namespace Backup.Tests.Unit.Architecture;

/// <summary>What the design says of the repository's shape, read from its files.</summary>
public sealed class TidySpecs
{
    private const int FileLinesMax = 400;
    private const int StandinLinesMax = 12_000;
    private const int LineColumnsMax = 120;

    /// <summary>Lines in it are lines of a header on the medium, of which golden bytes exist.</summary>
    private const string LongLinesExcept = "Media/Fragments/HeaderProse.cs";

    /// <summary>What each project may refer to, directly.</summary>
    private static readonly Dictionary<string, string[]> MayReferTo = new()
    {
        ["Messages"] = [],
        ["Media"] = ["Messages"],
        ["Persistence"] = ["Messages"],
        ["Actors"] = ["Messages", "Media", "Persistence"],
        ["Cluster.Host"] = ["Messages", "Media", "Persistence", "Actors"],
    };

    /// <summary>Calls that are banned, why, and the files that have a reason to name them.</summary>
    private static readonly (string Pattern, string Why, string[] Except)[] Banned =
    [
        (@"\.Flush\(true\)|[Ff]lushToDisk", "loses the error of fsync; use Durable", ["Media/Posix/Durable.cs"]),
        (@"\bDateTime(Offset)?\.(Utc)?Now\b", "is not the clock that tests move", ["Cluster.Host/Node/BackupNode.cs"]),
        (@"\bThread\.Sleep\b", "blocks a thread",
            ["Media/Tape/VirtualTapeDrive.cs", "Media/Tape/StTapeDrive.cs", "Media/Tape/TapeLibrary.cs"]),
        (@"\bTODO\b|\bFIXME\b|NotImplementedException", "is not done", []),
        (@"\basync void\b", "loses its exception", []),
        (@"^\s*#region\b", "hides code", []),
        (@"\bdynamic\s+\w+\s*[=;,)]", "has no type", []),
    ];

    [Fact]
    public void References_between_projects_run_one_way()
    {
        var wrong = MayReferTo.SelectMany(project =>
            XDocument.Load(Path.Combine(Repository.Root, project.Key, $"{project.Key}.csproj"))
            .Descendants("ProjectReference")
            .Select(
                reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Except(project.Value)
            .Select(reference => $"{project.Key} refers to {reference}"));

        Assert.Equal("", string.Join('\n', wrong));
    }

    /// <summary>The serializer of the messages is the one exception: it is what another actor system takes.</summary>
    [Fact]
    public void Messages_know_of_Akka_for_their_serializer_alone()
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, "Messages", "Messages.csproj"));

        Assert.Equal(["Akka", "Akka.Serialization.Hyperion"],
            file.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value));
        Assert.Equal("", Found(Repository.SourcesOf("Messages").Where(source =>
            !Repository.Name(source).StartsWith("Messages/Serialization/", StringComparison.Ordinal)), @"\bAkka\."));
    }

    [Theory]
    [InlineData("Media")]
    [InlineData("Persistence")]
    public void Only_actors_and_host_know_of_Akka(string project)
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj"));

        Assert.DoesNotContain(
            file.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value),
            package => package.StartsWith("Akka", StringComparison.Ordinal));
        Assert.Equal("", Found(Repository.SourcesOf(project), @"^using Akka\b"));
    }

    [Fact]
    public void Nothing_banned_is_called() =>
        Assert.Equal("", string.Join('\n', Banned.Select(banned => (
                banned.Why,
                Where: Found(
                    Repository.Sources.Where(file => !banned.Except.Contains(Repository.Name(file))), banned.Pattern)))
            .Where(found => found.Where.Length > 0).Select(found => $"{found.Where} ({found.Why})")));

    [Fact]
    public void No_actor_blocks_its_thread() =>
        Assert.Equal(
            "", Found(Repository.SourcesOf("Actors"),
                @"\.Wait\(\s*\)|\.GetAwaiter\(\)\s*\.GetResult\(|\bTask\b.*\.Result\b"));

    /// <summary>S2-40: what plans must not depend on what is backed up, nor on how.</summary>
    [Fact]
    public void The_planner_knows_neither_clients_nor_media() =>
        Assert.Equal("", Found(
            Repository.SourcesOf("Actors").Where(file =>
                Path.GetFileName(Path.GetDirectoryName(file)) == "Planning" && Path.GetFileName(file) != "SetPast.cs"),
            @"Backup\.(Media|Actors\.(Clients|Storage)|Messages\.(Clients|Storage|Files)|Persistence)"));

    [Fact]
    public void Folders_are_nouns_of_the_glossary()
    {
        string[] empty = ["Utils", "Util", "Helpers", "Helper", "Common", "Misc", "Shared", "Models", "Services",
            "Interfaces", "Manager", "Managers"];

        var folders = Repository.Products
            .SelectMany(
                project => Directory.EnumerateDirectories(
                    Path.Combine(Repository.Root, project), "*", SearchOption.AllDirectories))
            .Where(folder => !Repository.IsBuilt(folder) && empty.Contains(Path.GetFileName(folder)));

        Assert.Empty(folders.Select(Repository.Name));
    }

    [Fact]
    public void No_file_is_longer_than_it_may_be() =>
        Assert.Empty(Repository.Sources.Where(file => File.ReadLines(file).Count() > FileLinesMax)
            .Select(Repository.Name));

    /// <summary>If a promise of Akka.NET costs too much there, the product is to use less of it.</summary>
    [Fact]
    public void The_stand_in_stays_small() => Assert.InRange(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "Akka.Standin"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Repository.IsBuilt(file))
            .Sum(file => File.ReadLines(file).Count(line => line.TrimStart() is { Length: > 0 } code
                && !code.StartsWith("//", StringComparison.Ordinal))),
        1, StandinLinesMax);

    [Fact]
    public void No_line_is_too_long()
    {
        var longLines = Repository.Sources.Where(file => Repository.Name(file) != LongLinesExcept)
            .SelectMany(file => File.ReadLines(file)
            .Select((line, at) => (Place: $"{Repository.Name(file)}:{at + 1}", line.Length))
            .Where(line => line.Length > LineColumnsMax)).ToList();

        Assert.Equal("", string.Join('\n', longLines));
    }

    private static string Found(IEnumerable<string> files, string pattern)
    {
        var banned = new Regex(pattern, RegexOptions.CultureInvariant);
        return string.Join('\n', files.SelectMany(file => File.ReadLines(file)
            .Select((line, at) => (line, at))
            .Where(found => banned.IsMatch(found.line))
            .Select(found => $"{Repository.Name(file)}:{found.at + 1}: {found.line.Trim()}")));
    }
}

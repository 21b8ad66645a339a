using System.Reflection;
using Akka.Actor;
using Xunit;

namespace Conformance;

/// <summary>
/// Nothing is public in the stand-in that Akka.NET does not have: each type and member is looked up in the lists of
/// the real assemblies' surface, in Akka.Standin/api.
/// </summary>
public class ApiSubsetSpecs
{
    /// <summary>Real Akka.NET has no reader of ours inside.</summary>
    internal static bool IsStandin { get; } =
        typeof(ActorSystem).Assembly.GetType("Backup.Hocon.HoconParser") is not null;

    public sealed class OnStandinAttribute : TheoryAttribute
    {
        public OnStandinAttribute()
        {
            if (!IsStandin) Skip = "Akka.NET comes from packages here, and is a subset of itself.";
        }
    }

    public static TheoryData<string> Assemblies => [.. Directory.GetFiles(AppContext.BaseDirectory, "Akka*.dll")
        .Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [OnStandin]
    [MemberData(nameof(Assemblies))]
    public void Every_public_type_and_member_is_one_of_the_real_assembly(string name)
    {
        var list = ListOf(name);
        var offending = ApiSurface.VisibleTypes(Assembly.Load(name)).SelectMany(type => Offending(type, list)).ToList();
        Assert.True(offending.Count == 0, $"{name} has {offending.Count} public types or members that Akka.NET lacks:\n"
            + string.Join('\n', offending));
    }

    [Fact]
    public void What_is_not_in_a_list_is_found_out()
    {
        var list = new ApiList(["T Conformance.ApiSubsetSpecs class",
            "M Conformance.ApiSubsetSpecs.Other():System.Void"]);

        var offending = Offending(typeof(ApiSubsetSpecs), list).ToList();

        Assert.Contains(offending, line => line.Contains("What_is_not_in_a_list_is_found_out",
            StringComparison.Ordinal));
    }

    /// <summary>The list of the assembly, and those of all others, for what it inherits.</summary>
    private static ApiList ListOf(string name)
    {
        var own = typeof(ApiSubsetSpecs).Assembly;
        Assert.Contains(own.GetManifestResourceNames(), resource => resource == name);
        return new ApiList(own.GetManifestResourceNames().Where(each =>
            each.StartsWith("Akka", StringComparison.Ordinal))
            .SelectMany(resource => Lines(own, resource)));
    }

    private static IEnumerable<string> Lines(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static IEnumerable<string> Offending(Type type, ApiList list)
    {
        var mine = ApiSurface.TypeLine(type);
        var name = ApiSurface.Name(type);
        var real = list.Find(name);
        var kind = ApiList.ParseType(mine).Kind;
        if (real is null || real.Kind != kind)
        {
            yield return $"{mine} (real: {real?.Kind ?? "no such type"})";
            yield break;
        }
        var ancestors = list.AncestorsOf(name).ToHashSet();
        foreach (var missing in ApiSurface.BasesOf(type).Where(each => !ancestors.Contains(each)))
            yield return $"{mine} : {missing} (real: not of that type)";
        var members = list.MembersOf(name).ToLookup(member => member.Signature);
        foreach (var line in ApiSurface.MemberLines(type))
        {
            var member = ApiList.ParseMember(line);
            var found = members[member.Signature].ToList();
            if (found.Count == 0) yield return line;
            else if (!found.Any(each => Covers(each,
                member))) yield return $"{line} (real: {found[0].Accessors} abstract: {found[0].IsAbstract})";
        }
    }

    /// <summary>The real one has every accessor of ours, and is abstract where ours is.</summary>
    private static bool Covers(ApiList.MemberLine real, ApiList.MemberLine mine) =>
        (real.IsAbstract || !mine.IsAbstract)
        && Accessors(mine).All(accessor => Accessors(real).Contains(accessor));

    private static string[] Accessors(ApiList.MemberLine member) =>
        member.Accessors.Trim('{', '}').Split(';', StringSplitOptions.RemoveEmptyEntries);
}

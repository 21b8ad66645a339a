namespace Backup.Tests.Unit.Docs;

/// <summary>The files of the repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static IReadOnlyList<string> Products { get; } = ["Messages", "Media", "Persistence", "Actors",
        "Cluster.Host"];

    public static IEnumerable<string> Pages =>
        Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories);

    /// <summary>The product's own source files.</summary>
    public static IEnumerable<string> Sources => Products.SelectMany(SourcesOf);

    public static IEnumerable<string> SourcesOf(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
            .Where(file => !IsBuilt(file));

    public static string Name(string file) => Path.GetRelativePath(Root, file);

    public static bool IsBuilt(string path) =>
        Name(path).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");

    private static string Find(DirectoryInfo? from)
    {
        for (var at = from; at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Backup.sln"))) return at.FullName;
        throw new InvalidOperationException($"No folder above {from?.FullName} holds Backup.sln.");
    }
}

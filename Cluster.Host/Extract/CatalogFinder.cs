using Backup.Actors.Catalog;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Media.Fragments;
using Backup.Messages.Files;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog.Sqlite;

namespace Backup.Host.Extract;

/// <summary>Finds the newest copy of a catalog, in a directory of copies or on volumes.</summary>
/// <param name="say">Told of what cannot be used, and why.</param>
internal sealed class CatalogFinder(Action<string> say)
{
    private static readonly string[] Copied =
        [SelfBackup.CatalogFile, SelfBackup.ConfigurationFile, "bootstrap.txt", "README.txt"];

    /// <summary>The catalog of a node that was killed has its newest part beside it; a copy has none.</summary>
    private const string Log = SelfBackup.CatalogFile + SqliteCatalog.LogEnd;

    /// <summary>Puts the files of the newest copy that is whole into a directory.</summary>
    /// <param name="from">Directories of copies, of volumes or of a library, or data files.</param>
    /// <param name="bootstrap">Says where on volumes; null: all of them is looked through.</param>
    /// <param name="into">An empty directory that exists.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Where it was found.</returns>
    /// <exception cref="CommandFailure">There is none that is whole.</exception>
    public string Find(
        IReadOnlyList<string> from, Bootstrap? bootstrap, string into, CancellationToken cancellation)
    {
        if (FolderOf(from) is { } folder)
        {
            foreach (var name in Copied.Append(Log).Where(name => File.Exists(Path.Combine(folder, name))))
                File.Copy(Path.Combine(folder, name), Path.Combine(into, name));
            return folder;
        }
        var shelf = FragmentShelf.Open(from, bootstrap);
        foreach (var remark in shelf.Remarks) say(remark);
        var images = shelf.Parts.Select(part => part.Header.Image)
            .Where(image => image.Policy == CatalogPolicy.Policy).DistinctBy(image => image.Image)
            .OrderByDescending(image => image.Since).ToList();
        foreach (var image in images)
        {
            if (Extract(shelf, image, into, cancellation)) return $"image {image.Image} of {image.Since:u}";
            say($"Image {image.Image} of {image.Since:u} is not whole; the one before is tried.");
        }
        throw new CommandFailure(new Refused(
            RefusalCode.NotFound,
            images.Count == 0
                ? $"Expected an image of policy {CatalogPolicy.Policy} or a directory with {SelfBackup.CatalogFile}, "
                    + "found none. Without one, `backup scan LIBRARY` rebuilds the catalog."
                : "No image of the catalog is whole. `backup scan LIBRARY` rebuilds the catalog."));
    }

    /// <summary>The directory itself, or the newest copy of those below it.</summary>
    private static string? FolderOf(IReadOnlyList<string> from) => from.Where(Directory.Exists)
        .SelectMany(directory => Directory.GetDirectories(directory, "catalog-*")
            .Where(copy => !copy.EndsWith(".new", StringComparison.Ordinal))
            .OrderDescending(StringComparer.Ordinal).Prepend(directory))
        .FirstOrDefault(directory => File.Exists(Path.Combine(directory, SelfBackup.CatalogFile)));

    private bool Extract(FragmentShelf shelf, ImageHeader image, string into, CancellationToken cancellation)
    {
        var below = Directory.CreateDirectory(Path.Combine(into, "extracted")).FullName;
        try
        {
            var extraction = new Extraction(
                new Selection(Copied.Select(name => $"**/{name}").ToList(), []), ReplaceRule.Always, keepGoing: false,
                say);
            var report = extraction.Run(shelf.Choose(image.Image.ToString()), below, cancellation);
            var found = Directory.GetFiles(below, SelfBackup.CatalogFile, SearchOption.AllDirectories);
            if (report.Failure is { } failure) say(failure);
            if (report.Failure is not null || report.Exceptions > 0 || found.Length != 1) return false;
            foreach (var file in Directory.GetFiles(Path.GetDirectoryName(found[0])!))
                File.Move(file, Path.Combine(into, Path.GetFileName(file)), overwrite: true);
            return true;
        }
        finally
        {
            Directory.Delete(below, recursive: true);
        }
    }
}

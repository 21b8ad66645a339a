using System.Text;
using Backup.Media.Posix;

namespace Backup.Actors.Catalog;

/// <summary>
/// The directory to which copies of the catalog go. The first copy leaves a file in it by which the node knows it from
/// then on: where that is missing the file system is not mounted, and a copy would fill the disk below it, where nobody
/// looks for one. All calls block.
/// </summary>
/// <param name="directory">The directory.</param>
/// <param name="folder">On the node's own disk: what it knows stands here.</param>
internal sealed class CopiesDirectory(string directory, string folder)
{
    private const string MarkerFile = ".backup-catalog-copies";
    private const string KnownFile = ".copies-in";

    /// <summary>Makes a directory that this node has not seen; one that it has seen must be there.</summary>
    /// <exception cref="IOException">It is not there: nothing was written.</exception>
    /// <exception cref="PosixException">It cannot be written.</exception>
    public void Open()
    {
        var (marker, known) = (Path.Combine(directory, MarkerFile), Path.Combine(folder, KnownFile));
        var found = File.Exists(marker) ? File.ReadAllText(marker).Trim() : null;
        var kept = File.Exists(known) ? File.ReadAllText(known).Split('\n') : [];
        if (kept is [var expected, var place, ..] && place == directory)
        {
            if (found == expected) return;
            throw new IOException(
                $"Expected the file {MarkerFile} with {expected} in {directory}, to which catalogs were copied before, "
                    + $"found {(found is null ? "none" : $"one with {found}")}: its file system is not mounted, or it "
                    + $"is another one. Mount it; or, to begin anew there, remove {known}.");
        }
        Directory.CreateDirectory(directory);
        if (found is null)
        {
            found = Guid.NewGuid().ToString("N");
            Durable.WriteAtomically(marker, Encoding.UTF8.GetBytes($"{found}\n"));
        }
        Directory.CreateDirectory(folder);
        Durable.WriteAtomically(known, Encoding.UTF8.GetBytes($"{found}\n{directory}\n"));
    }
}

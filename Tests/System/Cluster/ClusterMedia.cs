using System.Globalization;
using Backup.Media.Fragments;
using Backup.Messages;
using Xunit;
using DiagnosticProcess = global::System.Diagnostics.Process;
using ProcessStartInfo = global::System.Diagnostics.ProcessStartInfo;

namespace Backup.Tests.System.Cluster;

/// <summary>What a cluster left on its media, read with plain tools and without any node.</summary>
internal static class ClusterMedia
{
    /// <summary>
    /// The fragments of an image, one behind the other, are one archive in which each path of the source stands once.
    /// </summary>
    public static async Task EachPathOnce(string library, ImageId image, string source)
    {
        var found = Assert.Single(Tapes.Assemble(library).Images, each => each.Header.Image == image);
        var files = found.Fragments.SelectMany(fragment => fragment.Parts)
            .Select(part => DataFile(library, part.Location.Volume.Name, part.Location.File));
        var listing = await Lines("sh", "-c",
            $"for part in {string.Join(' ', files.Select(file => $"'{file}'"))}; do tail -c +32769 \"$part\"; done "
                + "| zstd -dc | tar -tf - --quoting-style=escape");
        var paths = listing.Select(path => "/" + path.TrimStart('/').TrimEnd('/')).ToList();
        Assert.Empty(paths.GroupBy(path => path).Where(same => same.Count() > 1).Select(same => same.Key));
        var missing = Directory.EnumerateFileSystemEntries(source, "*", SearchOption.AllDirectories).Except(paths);
        Assert.Empty(missing);
    }

    /// <summary>
    /// Fragments and parts that lie on the media beside the images: an open fragment of each attempt that was cut off.
    /// </summary>
    public static void AtMostSentAgain(string library, int fragments, string because)
    {
        var found = Tapes.Assemble(library);
        var again = found.Unfinished.Select(header => (header.Image.Image, header.Start.Fragment, header.Epoch))
            .Concat(found.Abandoned.Select(fragment => (fragment.Image, fragment.Fragment, fragment.Epoch)))
            .Distinct().ToList();
        Assert.True(again.Count <= fragments,
            $"{because}: at most {fragments} fragments may be sent again, but {again.Count} were: "
                + string.Join(", ", again));
        Assert.Empty(found.Broken);
        Assert.Empty(found.MissingParts);
    }

    /// <summary>
    /// What the one drive of a library wrote for one attempt lies, by the clock of the file system, before or behind
    /// what it wrote for any other.
    /// </summary>
    public static void OneAtATime(string library)
    {
        var parts = Tapes.Files(library).Select(each => (each.Volume, Part: each.File as ScannedFile.Data))
            .Where(each => each.Part is not null)
            .Select(each => (each.Part!.Header, File: DataFile(library, each.Volume, each.Part.File)));
        var attempts = parts.GroupBy(each => (each.Header.Image.Image, each.Header.Epoch), each => each.File)
            .Select(files => (Attempt: files.Key, From: files.Min(File.GetCreationTimeUtc),
                Until: files.Max(File.GetLastWriteTimeUtc)))
            .OrderBy(attempt => attempt.From).ToList();
        Assert.NotEmpty(attempts);
        foreach (var (before, next) in attempts.Zip(attempts.Skip(1)))
            Assert.True(before.Until <= next.From, $"Two write in {library}: {before} and {next}.");
    }

    private static string DataFile(string library, VolumeName volume, int file) => Path.Combine(
        library, volume.Value, file.ToString("00000", CultureInfo.InvariantCulture) + ".data");

    private static async Task<string[]> Lines(string program, params string[] arguments)
    {
        using var process = DiagnosticProcess.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

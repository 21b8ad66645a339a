using System.Globalization;
using System.Text;

namespace Backup.Benchmark;

/// <summary>
/// Trees that are the same on every machine: half of each file is text-like and shrinks to about a third, half is
/// random.
/// </summary>
internal static class Trees
{
    private const int TextBytes = 16 << 20;
    private const int FilesInDirectory = 100;
    private const int DirectoriesInGroup = 10;
    private const int Pool = 4096;

    /// <summary>
    /// Small files: four of five have 1 to 8 KiB, the others 8 to 64 KiB; 1000 in each top directory.
    /// </summary>
    public static void Small(string root, int files)
    {
        var random = new Random(1);
        var text = Text(random);
        var content = new byte[64 << 10];
        for (var number = 0; number < files; number++)
        {
            var directory = Path.Combine(root, Group(number), $"d{number / FilesInDirectory % DirectoriesInGroup}");
            if (number % FilesInDirectory == 0) Directory.CreateDirectory(directory);
            var length = random.Next(5) < 4 ? random.Next(1 << 10, 8 << 10) : random.Next(8 << 10, 64 << 10);
            text.AsSpan(random.Next(text.Length - length), length / 2).CopyTo(content);
            random.NextBytes(content.AsSpan(length / 2, length - (length / 2)));
            using var file = File.Create(
                Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"file-{number:000000}.dat")), 0);
            file.Write(content, 0, length);
        }
    }

    /// <summary>The first of the small tree's top directories that hold so many files.</summary>
    public static string[] Groups(string root, int files) =>
        [.. Enumerable.Range(0, files / (FilesInDirectory * DirectoriesInGroup))
            .Select(group => Path.Combine(root, Group(group * FilesInDirectory * DirectoriesInGroup)))];

    /// <summary>A large file; text and random take turns every 4 MiB.</summary>
    public static void Large(string file, long bytes, int seed)
    {
        var random = new Random(seed);
        var text = Text(random);
        var noise = new byte[4 << 20];
        using var stream = File.Create(file, 0);
        for (long done = 0; done < bytes; done += noise.Length)
        {
            var count = (int)Math.Min(noise.Length, bytes - done);
            if (done / noise.Length % 2 == 0)
            {
                stream.Write(text.AsSpan(random.Next(text.Length - count), count));
                continue;
            }
            random.NextBytes(noise);
            stream.Write(noise, 0, count);
        }
    }

    /// <summary>Four large files in a folder.</summary>
    /// <returns>The folder.</returns>
    public static string LargeOnes(string folder, long bytes)
    {
        Directory.CreateDirectory(folder);
        for (var file = 0; file < 4; file++)
            Large(Path.Combine(folder, $"large-{file}.dat"), bytes, seed: 10 + file);
        return folder;
    }

    private static string Group(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"g{number / (FilesInDirectory * DirectoriesInGroup):000}");

    /// <summary>Words of a vocabulary, common ones more often.</summary>
    private static byte[] Text(Random random)
    {
        var words = new byte[Pool][];
        for (var word = 0; word < words.Length; word++)
            words[word] =
                Encoding.ASCII.GetBytes(
                    string.Concat(Enumerable.Range(0, random.Next(2, 11))
                        .Select(_ => (char)random.Next('a', 'z' + 1))) + " ");
        var text = new byte[TextBytes];
        for (var used = 0; ;)
        {
            var word = words[Math.Min(random.Next(Pool), random.Next(Pool))];
            if (used + word.Length > text.Length) return text;
            word.CopyTo(text, used);
            used += word.Length;
        }
    }
}

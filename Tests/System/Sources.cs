namespace Backup.Tests.System;

/// <summary>Trees to save.</summary>
internal static class Sources
{
    /// <summary>
    /// About 5 MiB that do not compress: small files in folders, and some larger than a fragment of 1 MiB.
    /// </summary>
    public static void Fill(string directory, int seed)
    {
        var random = new Random(seed);
        for (var folder = 0; folder < 4; folder++)
        {
            var path = Directory.CreateDirectory(Path.Combine(directory, $"folder-{folder}")).FullName;
            for (var file = 0; file < 20;
                file++) File.WriteAllBytes(Path.Combine(path, $"file-{file:00}"), Bytes(random, random.Next(10_000)));
            File.WriteAllBytes(Path.Combine(path, "large"), Bytes(random, 900_000 + random.Next(600_000)));
        }
    }

    public static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}

using System.Security.Cryptography;
using System.Text;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages.Files;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class MemberExtractorSpecs
{
    [Fact]
    public void Another_bit_is_another_digest()
    {
        var content = Scratch.Bytes(1000);
        var entry = Entry(content, size: 1000, sparse: false);
        content[999] ^= 1;

        Assert.Equal(ContentDefectKind.WrongDigest, Extract(entry, content).Defect!.Kind);
    }

    [Fact]
    public void Fewer_or_more_bytes_than_announced_are_a_defect()
    {
        var content = Scratch.Bytes(1000);
        var entry = Entry(content, size: 1000, sparse: false);

        Assert.Equal(ContentDefectKind.WrongLength, Extract(entry, content[..999]).Defect!.Kind);
        Assert.Equal(ContentDefectKind.WrongLength, Extract(entry, [.. content, 0]).Defect!.Kind);
        Assert.Equal(
            ContentDefectKind.WrongLength, Extract(Entry(content, size: 999, sparse: false), content).Defect!.Kind);
    }

    [Fact]
    public void A_map_puts_the_data_where_they_were()
    {
        var content = Sparse("2\n3\n4\n100\n1\n", "abcdX");

        var (file, defect) = Extract(Entry(content, size: 200, sparse: true), content);

        Assert.Null(defect);
        Assert.Equal("abcd", Encoding.ASCII.GetString(file, 3, 4));
        Assert.Equal((byte)'X', file[100]);
        Assert.Equal(195, file.Count(value => value == 0));
    }

    [Theory]
    [InlineData("2\n3\n4\n5\n1\n", "abcdX")] // overlap
    [InlineData("1\n198\n5\n", "abcdX")] // beyond the file
    [InlineData("1\n0\n4\n", "abcdX")] // another sum
    [InlineData("1\n0\n999999999999999999999\n", "abcdX")]
    [InlineData("99999999\n0\n5\n", "abcdX")]
    [InlineData("-1\n", "abcdX")]
    [InlineData("\n\n", "abcdX")]
    [InlineData("1\n0\n5\nx", "abcdX")]
    [InlineData("3\n0\n1\n", "abcdX")] // numbers are missing
    public void A_map_that_does_not_fit_is_a_defect(string map, string data)
    {
        var content = Sparse(map, data);

        Assert.Equal(ContentDefectKind.BadMap, Extract(Entry(content, size: 200, sparse: true), content).Defect!.Kind);
    }

    [Fact]
    public void A_file_of_holes_alone_has_a_map_alone()
    {
        var content = ArchivedMap.Format([], fileBytes: 200);

        var (file, defect) = Extract(Entry(content, size: 200, sparse: true), content);

        Assert.Null(defect);
        Assert.Equal("1\n200\n0\n", Encoding.ASCII.GetString(content).TrimEnd('\0'));
        Assert.Equal(new byte[200], file);
    }

    private static byte[] Sparse(string map, string data) =>
        Encoding.ASCII.GetBytes(map.PadRight((map.Length + 511) / 512 * 512, '\0') + data);

    private static FileEntry Entry(byte[] content, long size, bool sparse) => new()
    {
        Path = FilePath.FromText("f"),
        Kind = FileKind.Regular,
        Size = size,
        Sparse = sparse,
        Digest = new ContentDigest(DigestAlgorithm.Sha256, SHA256.HashData(content)),
        Position = new ContentPosition(Scratch.Image, 0, 0, content.Length),
    };

    private static (byte[] File, ContentDefect? Defect) Extract(FileEntry entry, byte[] content)
    {
        var file = new byte[entry.Size];
        var extractor = new MemberExtractor(entry, (offset, data) =>
        {
            if (offset + data.Length <= file.Length) data.CopyTo(file.AsSpan((int)offset));
        });
        foreach (var piece in content.Chunk(7)) extractor.Push(piece);
        return (file, extractor.Finish());
    }
}

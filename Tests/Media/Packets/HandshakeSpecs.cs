using Backup.Media.Packets;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;

namespace Backup.Tests.Media.Packets;

public sealed class HandshakeSpecs
{
    private static readonly byte[] Token = [.. Enumerable.Range(1, Handshake.SecretSize).Select(value => (byte)value)];
    private static readonly byte[] Nonce = [.. Token.Reverse()];

    private static Hello Hello { get; } = new(
        1, 2, ConnectionPurpose.Restore, new JobId(12), TimeSpan.FromSeconds(5), new WindowBody(3, 9, 4096),
        Token, Nonce, "web1");

    private static Welcome Welcome { get; } = new(
        1, TimeSpan.FromSeconds(5), new WindowBody(0, 16, 4096), "store1");

    private static Refusal Refusal { get; } = new(
        RefusalReason.OldEpoch, 1, 1, new Epoch(4), "Attempt 4 has taken over.");

    [Fact]
    public void The_handshake_has_the_bytes_of_the_format_page()
    {
        const string token = "0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20";
        const string nonce = "201F1E1D1C1B1A191817161514131211100F0E0D0C0B0A090807060504030201";
        Assert.Equal(
            "01000200" + "02000000" + "0C00000000000000" + "88130000" + "0300000000000000" + "0900000000000000"
                + "0010000000000000" + token + nonce + "0400" + "77656231",
            Convert.ToHexString(Hello.ToBytes()));
        Assert.Equal(
            "01000000" + "88130000" + "0000000000000000" + "1000000000000000" + "0010000000000000" + "0600"
                + "73746F726531",
            Convert.ToHexString(Welcome.ToBytes()));
        Assert.Equal(
            "04000100" + "01000000" + "0400000000000000" + "1900" + Convert.ToHexString("Attempt 4 has taken over."u8),
            Convert.ToHexString(Refusal.ToBytes()));
    }

    [Fact]
    public void Each_comes_back_from_its_bytes()
    {
        Assert.Equivalent(Hello, Backup.Media.Packets.Hello.Read(Hello.ToBytes()), strict: true);
        Assert.Equivalent(Welcome, Backup.Media.Packets.Welcome.Read(Welcome.ToBytes()), strict: true);
        Assert.Equal(Refusal, Backup.Media.Packets.Refusal.Read(Refusal.ToBytes()));
    }

    [Fact]
    public void No_cut_is_taken_and_no_bytes_do_harm()
    {
        foreach (var (whole, read) in new (byte[], Func<byte[], object?>)[]
        {
            (Hello.ToBytes(), bytes => Backup.Media.Packets.Hello.Read(bytes)),
            (Welcome.ToBytes(), bytes => Backup.Media.Packets.Welcome.Read(bytes)),
            (Refusal.ToBytes(), bytes => Backup.Media.Packets.Refusal.Read(bytes)),
        })
        {
            for (var length = 0; length < whole.Length; length++) Assert.Null(read(whole[..length]));
            for (var bit = 0; bit < 8 * whole.Length; bit++)
            {
                var flipped = whole.ToArray();
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                read(flipped);
            }
        }
    }

    [Fact]
    public void Texts_that_are_too_long_are_cut()
    {
        Assert.Equal(
            1024,
            Backup.Media.Packets.Refusal.Read(
                (Refusal with { Sentence = new string('x', 5000) }).ToBytes())!.Sentence.Length);
        Assert.Equal(
            255, Backup.Media.Packets.Hello.Read((Hello with { Node = new string('x', 5000) }).ToBytes())!.Node.Length);
    }

    [Fact]
    public void Versions_are_found_in_a_hello_and_a_welcome_of_another_form()
    {
        Assert.Equal((7, 9), Backup.Media.Packets.Hello.Versions([7, 0, 9, 0, 255, 255, 255]));
        Assert.Equal(9, Backup.Media.Packets.Welcome.VersionOf([9, 0, 255]));
        Assert.Null(Backup.Media.Packets.Welcome.VersionOf([9]));
    }

    [Fact]
    public void Windows_ends_and_seals_come_back_and_cannot_be_nonsense()
    {
        var root = Sha256Digest.Of("root"u8);
        Assert.Equal(new WindowBody(1, 2, 3), WindowBody.Read(Bytes(WindowBody.Size, new WindowBody(1, 2, 3).WriteTo)));
        Assert.Equal(new EndBody(1, 2), EndBody.Read(Bytes(EndBody.Size, new EndBody(1, 2).WriteTo)));
        Assert.Equal(new SealedBody(1, root), SealedBody.Read(Bytes(SealedBody.Size, new SealedBody(1, root).WriteTo)));
        Assert.Null(WindowBody.Read(Bytes(WindowBody.Size, new WindowBody(3, 2, 3).WriteTo)));
        Assert.Null(EndBody.Read(Bytes(EndBody.Size, new EndBody(-1, 2).WriteTo)));
        Assert.Null(SealedBody.Read(Bytes(SealedBody.Size, new SealedBody(-1, root).WriteTo)));
        Assert.Null(SealedBody.Read([]));
    }

    [Fact]
    public void A_failure_crosses_with_all_that_it_says()
    {
        JobFailure[] failures =
        [
            new JobFailure.VolumeError(new VolumeName("D-1"), "write", "No space left"),
            new JobFailure.TooManyAttempts(3, new JobFailure.Fenced(new Epoch(1), new Epoch(2))),
            new JobFailure.ImageMissing(new ImageId(new UInt128(ulong.MaxValue, 7))),
            new JobFailure.SourceMissing(new ClientName("web1"), ["/a", "/b"]),
            new JobFailure.NodeStopped(),
        ];

        Assert.All(
            failures, failure => Assert.Equivalent(failure, AbortBody.Read(AbortBody.Write(failure)), strict: true));
        Assert.Equal(
            """{"failure":"storage-lost","library":{"value":"tapes"},"detail":"gone"}""",
            System.Text.Encoding.UTF8.GetString(
                AbortBody.Write(new JobFailure.StorageLost(new LibraryName("tapes"), "gone"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"failure":"flood"}""")]
    [InlineData("""{"failure":"cancelled"}""")]
    public void What_is_no_failure_is_none(string text) =>
        Assert.Null(AbortBody.Read(System.Text.Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void A_failure_that_is_too_long_is_still_told() =>
        Assert.IsType<JobFailure.Internal>(
            AbortBody.Read(AbortBody.Write(new JobFailure.CatalogError(new string('x', PacketHeader.AbortMax)))));

    private delegate void Writing(Span<byte> target);

    private static byte[] Bytes(int size, Writing write)
    {
        var bytes = new byte[size];
        write(bytes);
        return bytes;
    }
}

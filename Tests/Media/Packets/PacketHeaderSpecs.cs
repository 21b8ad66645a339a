using System.Text;
using Backup.Media.Packets;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Packets;

public sealed class PacketHeaderSpecs
{
    private static readonly byte[] Payload = Encoding.ASCII.GetBytes("123456789");

    private static byte[] Packet()
    {
        var header = PacketHeader.For(PacketKind.Information, PacketFlags.More, new Epoch(3), 7, Payload);
        var bytes = new byte[PacketHeader.Size + Payload.Length];
        header.WriteTo(bytes);
        Payload.CopyTo(bytes, PacketHeader.Size);
        return bytes;
    }

    [Fact]
    public void A_packet_has_the_bytes_of_the_format_page() => Assert.Equal(
        "424B4450040100000300000000000000070000000000000009000000839206E328A87234313233343536373839",
        Convert.ToHexString(Packet()));

    /// <summary>The check value that every description of CRC-32C gives for these nine characters.</summary>
    [Fact]
    public void The_checksum_is_CRC_32C() => Assert.Equal(0xE3069283u, Crc32C.Of(Payload));

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(6143)]
    [InlineData(6144)]
    [InlineData(6153)]
    [InlineData(1_048_577)]
    public void The_checksum_of_any_length_is_that_of_its_bits(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var expected = uint.MaxValue;
        foreach (var one in bytes)
        {
            expected ^= one;
            for (var bit = 0; bit < 8; bit++) expected = (expected >> 1) ^ ((expected & 1) * 0x82F63B78u);
        }
        Assert.Equal(~expected, Crc32C.Of(bytes));
        // Of pieces as a socket gives them
        var (sum, cut) = (uint.MaxValue, new Random(length));
        for (var at = 0; at < length;)
        {
            var piece = Math.Min(length - at, cut.Next(1, 20_000));
            sum = PacketHeader.Sum(sum, bytes.AsSpan(at, piece));
            at += piece;
        }
        Assert.Equal(expected, sum);
    }

    [Fact]
    public void A_packet_comes_back_from_its_bytes()
    {
        var packet = Packet();

        Assert.Equal(PacketDefect.None, PacketHeader.Read(packet, out var header));

        Assert.Equal(
            new PacketHeader(PacketKind.Information, PacketFlags.More, new Epoch(3), 7, 9, 0xE3069283), header);
        Assert.Equal(PacketDefect.None, header.Check(packet.AsSpan(PacketHeader.Size)));
    }

    [Fact]
    public void Every_flipped_bit_is_found()
    {
        for (var bit = 0; bit < 8 * Packet().Length; bit++)
        {
            var packet = Packet();
            packet[bit / 8] ^= (byte)(1 << (bit % 8));

            var defect = PacketHeader.Read(packet, out var header);
            var payload = packet.AsSpan(PacketHeader.Size);
            if (defect == PacketDefect.None)
            {
                defect = header.Check(payload);
                Assert.Equal(defect, header.CheckSum(PacketHeader.Sum(uint.MaxValue, payload)));
            }

            Assert.True(defect is not PacketDefect.None, $"bit {bit} flipped and nothing noticed");
        }
    }

    [Fact]
    public void Every_cut_is_found()
    {
        var packet = Packet();
        for (var length = 0; length < PacketHeader.Size; length++)
            Assert.Equal(PacketDefect.Cut, PacketHeader.Read(packet.AsSpan(0, length), out _));
        PacketHeader.Read(packet, out var header);
        for (var length = PacketHeader.Size; length < packet.Length; length++)
            Assert.Equal(PacketDefect.Cut, header.Check(packet.AsSpan(PacketHeader.Size..length)));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: backup\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    [InlineData("B")]
    [InlineData("BKDQ")]
    public void What_is_no_packet_is_known_at_its_first_bytes(string text) => Assert.Equal(
        text == "B" ? PacketDefect.Cut : PacketDefect.NotAPacket,
        PacketHeader.Read(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void No_kind_may_announce_more_than_it_may_have() => Assert.All(Enum.GetValues<PacketKind>(), kind =>
    {
        Assert.Equal(PacketDefect.None,
            Read(new PacketHeader(kind, PacketFlags.None, default, 0, PacketHeader.PayloadMax(kind), 0)));
        Assert.Equal(PacketDefect.TooLong,
            Read(new PacketHeader(kind, PacketFlags.None, default, 0, PacketHeader.PayloadMax(kind) + 1, 0)));
    });

    [Fact]
    public void What_cannot_be_is_refused_though_its_checksum_is_right()
    {
        Assert.Equal(PacketDefect.UnknownKind, Read(new PacketHeader(0, PacketFlags.None, default, 0, 0, 0)));
        Assert.Equal(
            PacketDefect.UnknownKind, Read(new PacketHeader(PacketKind.Spared + 1, PacketFlags.None, default, 0, 0, 0)));
        Assert.Equal(PacketDefect.Malformed, Read(new PacketHeader(PacketKind.Done, (PacketFlags)2, default, 0, 0, 0)));
        Assert.Equal(
            PacketDefect.Malformed, Read(new PacketHeader(PacketKind.Done, PacketFlags.None, new Epoch(-1), 0, 0, 0)));
        Assert.Equal(
            PacketDefect.Malformed, Read(new PacketHeader(PacketKind.Done, PacketFlags.None, default, -1, 0, 0)));
        Assert.Equal(
            PacketDefect.Malformed, Read(new PacketHeader(PacketKind.Done, PacketFlags.None, default, 0, -1, 0)));
    }

    private static PacketDefect Read(PacketHeader header)
    {
        var bytes = new byte[PacketHeader.Size];
        header.WriteTo(bytes);
        return PacketHeader.Read(bytes, out _);
    }
}

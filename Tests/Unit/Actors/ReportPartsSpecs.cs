using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Storage;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class ReportPartsSpecs
{
    private static readonly JobId Job = new(7);
    private static readonly Epoch Epoch = new(3);

    [Fact]
    public void Items_with_the_longest_names_go_in_parts_that_a_message_holds_in_order()
    {
        var items = Enumerable.Range(0, 500).Select(at => new FileException(
            [.. BitConverter.GetBytes(at), .. new byte[4092]], FileExceptionKind.Unreadable, "openat", 13,
            new string('x', 4096))).ToList();

        var parts = ReportParts.Of(new ClientProtocol.Excepted(Job, Epoch, items, 7)).Cast<ClientProtocol.Excepted>()
            .ToList();

        Assert.Equal(items, parts.SelectMany(part => part.Exceptions));
        Assert.InRange(parts.Count, 2, 50);
        Assert.Equal(
            parts.Select((_, at) => 7L + parts.Take(at).Sum(part => part.Exceptions.Count)),
            parts.Select(part => part.First!.Value));
        Assert.All(parts, part =>
        {
            Assert.Equal((Job, Epoch), (part.Job, part.Epoch));
            Assert.InRange(part.Exceptions.Sum(item => item.Path.Length + (2 * item.Detail.Length)), 1,
                ReportParts.BytesMax);
        });
    }

    [Fact]
    public void What_fits_goes_as_it_is()
    {
        var one = new FileException([1], FileExceptionKind.Vanished, "", 0, "gone");
        var excepted = new StorageProtocol.Excepted(Job, Epoch, [one, one]);
        var begun = new ClientProtocol.Begun(Job, Epoch);

        Assert.Equal([one, one], Assert.IsType<StorageProtocol.Excepted>(Assert.Single(ReportParts.Of(excepted)))
            .Exceptions);
        Assert.Same(begun, Assert.Single(ReportParts.Of(begun)));
    }
}

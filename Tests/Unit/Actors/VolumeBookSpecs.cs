using Backup.Actors.Storage;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class VolumeBookSpecs : IDisposable
{
    private static readonly PoolName Pool = new("main");
    private readonly TemporaryFolder _folder = new();

    private string BookFile => _folder.File("vault.volumes");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_known_of_a_volume_outlives_the_node_but_not_where_it_is()
    {
        var book = VolumeBook.Open(BookFile);
        var library = LibraryId.New();
        var broken = Volume("D0001", VolumeState.Error) with { Error = "EIO.", Drive = 1 };
        book.Know(library);
        book.Put(broken);

        var back = VolumeBook.Open(BookFile);

        Assert.Equal(library, back.Library);
        Assert.Equal(broken with { Drive = null }, back.Find(broken.Identity.Name));
        Assert.Null(back.InDrive(1));
    }

    [Fact]
    public void A_volume_that_proves_good_can_be_used_again()
    {
        var book = VolumeBook.Open(BookFile);
        book.Unusable(new VolumeName("D0001"), "a blank medium");
        Assert.True(book.IsBlank("D0001"));

        book.Put(Volume("D0001"));

        Assert.False(book.IsBlank("D0001"));
        Assert.Null(book.WhyUnusable(new VolumeName("D0001")));
    }

    [Fact]
    public void Putting_a_volume_into_a_drive_writes_no_file()
    {
        var book = VolumeBook.Open(BookFile);
        var volume = Volume("D0001");
        book.Put(volume);
        File.Delete(BookFile);

        book.Put(volume with { Drive = 0 });

        Assert.False(File.Exists(BookFile));
    }

    private static KnownVolume Volume(string name, VolumeState state = VolumeState.Append) =>
        new(new VolumeIdentity(new VolumeName(name), VolumeId.New()), Pool, state, JobSamples.At, null, null, null);
}

using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class VirtualLibrarySpecs : IDisposable
{
    private static readonly LibraryId Id = new(42);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_directory_without_marker_is_refused_and_stays_empty() =>
        Assert.Equal(LibraryRefusal.NoMarker, Refusal(Open(Id)));

    [Fact]
    public void A_directory_that_is_not_there_is_refused() =>
        Assert.Equal(
            LibraryRefusal.NoDirectory,
            Refusal(VirtualLibrary.Open(_folder["none"], null, 1, 1, VirtualTapeOptions.Of(1000))));

    [Fact]
    public void Another_library_than_expected_is_refused()
    {
        Assert.Null(VirtualLibrary.Create(_folder.Path, Id));

        Assert.Equal(LibraryRefusal.ForeignMarker, Refusal(Open(new LibraryId(43))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("backup library 2\nlibrary-id: 0000000000000000000000000000002a\n")]
    [InlineData("backup library 1\nlibrary-id: 0000000000000000000000000000002A\n")]
    [InlineData("backup library 1\nlibrary-id: 0000000000000000000000000000002a\nmore\n")]
    public void A_marker_of_something_else_is_refused(string content)
    {
        File.WriteAllText(_folder["backup-library"], content);

        Assert.Equal(LibraryRefusal.ForeignMarker, Refusal(Open(null)));
    }

    [Fact]
    public void A_library_is_made_in_an_empty_directory_only()
    {
        File.WriteAllText(_folder["thesis.txt"], "");

        Assert.Equal(LibraryRefusal.NotEmpty, VirtualLibrary.Create(_folder.Path, Id)?.Why);
    }

    [Fact]
    public void Volumes_that_were_taken_out_and_put_in_are_seen_when_it_looks_again()
    {
        VirtualLibrary.Create(_folder.Path, Id);
        foreach (var name in (string[])["one", "two"]) Directory.CreateDirectory(_folder[name]);
        using var library = Opened(Open(Id));
        Assert.Equal(LibraryAnswer.Done, library.Load(library.Find(new VolumeName("two"))!.Number, 0));
        var before = library.Inventory();

        Directory.Move(_folder["one"], _folder[".away"]);
        Directory.CreateDirectory(_folder["three"]);
        Assert.Equal(LibraryAnswer.Done, library.Refresh(out var added));

        Assert.Equal([new VolumeName("three")], added);
        Assert.Null(library.Find(new VolumeName("one")));
        Assert.Equal(0, library.Find(new VolumeName("two"))!.Drive);
        Assert.Equal(before.Count, library.Inventory().Count);
        File.Delete(_folder["backup-library"]);
        Directory.Delete(_folder["three"]);
        Assert.Equal(LibraryAnswer.LibraryGone, library.Refresh(out added));
        Assert.Empty(added);
        Assert.NotNull(library.Find(new VolumeName("three")));
    }

    [Fact]
    public void A_volume_in_its_slot_is_erased_and_one_in_a_drive_is_not()
    {
        VirtualLibrary.Create(_folder.Path, Id);
        Directory.CreateDirectory(_folder["one"]);
        foreach (var file in (string[])["00000.label", "00001.data"]) File.WriteAllText(_folder[$"one/{file}"], "x");
        using var library = Opened(Open(Id));
        var slot = library.Find(new VolumeName("one"))!.Number;
        library.Load(slot, 0);
        Assert.Equal(LibraryAnswer.Occupied, library.Erase(slot));
        library.Unload(0);

        Assert.Equal(LibraryAnswer.Done, library.Erase(slot));

        Assert.Empty(Directory.GetFileSystemEntries(_folder["one"]));
        Assert.Equal(LibraryAnswer.Empty, library.Erase(slot + 1));
    }

    [Fact]
    public void A_second_opening_for_writing_is_refused_until_the_first_is_closed()
    {
        VirtualLibrary.Create(_folder.Path, Id);
        var first = Opened(Open(Id));

        Assert.Equal(LibraryRefusal.InUse, Refusal(Open(Id)));
        Opened(VirtualLibrary.OpenForReading(_folder.Path)).Dispose();
        first.Dispose();

        Opened(Open(Id)).Dispose();
    }

    [Fact]
    public void Blank_volumes_fill_the_slots_and_are_found_again()
    {
        VirtualLibrary.Create(_folder.Path, Id);
        using (var library = Opened(Open(Id)))
        {
            Assert.Equal(LibraryAnswer.Done, library.AddBlank(new VolumeName("B"), out _));
            Assert.Equal(LibraryAnswer.NameTaken, library.AddBlank(new VolumeName("B"), out _));
            Assert.Equal(LibraryAnswer.BadName, library.AddBlank(new VolumeName("../up"), out _));
            Assert.Equal(LibraryAnswer.BadName, library.AddBlank(new VolumeName(".."), out _));
            Assert.Equal(LibraryAnswer.BadName, library.AddBlank(new VolumeName("-rf"), out _));
            Assert.Equal(LibraryAnswer.Done, library.AddBlank(new VolumeName("A"), out _));
            Assert.Equal(LibraryAnswer.Full, library.AddBlank(new VolumeName("C"), out _));
        }

        using var again = Opened(Open(Id));

        Assert.Equal(["A", "B"], again.Inventory().Select(slot => slot.VolumeName));
        Assert.Equal(1, again.Find(new VolumeName("B"))?.Number);
    }

    [Fact]
    public void A_volume_is_in_one_drive_at_a_time()
    {
        VirtualLibrary.Create(_folder.Path, Id);
        using var library = Opened(VirtualLibrary.Open(_folder.Path, Id, 3, 2, VirtualTapeOptions.Of(1 << 30)));
        library.AddBlank(new VolumeName("A"), out _);
        library.AddBlank(new VolumeName("B"), out _);

        Assert.Equal(LibraryAnswer.Done, library.Load(0, 0));
        Assert.Equal(LibraryAnswer.Occupied, library.Load(0, 1));
        Assert.Equal(LibraryAnswer.Occupied, library.Load(1, 0));
        Assert.Equal(LibraryAnswer.Empty, library.Load(2, 1));
        Assert.Equal(LibraryAnswer.NoSuchPlace, library.Load(3, 1));
        Assert.Equal(0, library.Inventory()[0].Drive);
        Assert.Equal(LibraryAnswer.Done, library.Unload(0));
        Assert.Equal(LibraryAnswer.Empty, library.Unload(0));
        Assert.Equal(LibraryAnswer.Done, library.Load(0, 1));
    }

    [Fact]
    public void A_library_whose_file_system_was_unmounted_is_not_written()
    {
        VirtualLibrary.Create(_folder.Path, Id);
        using var library = Opened(Open(Id));
        library.AddBlank(new VolumeName("A"), out _);
        File.Delete(_folder["backup-library"]);

        Assert.Equal(LibraryAnswer.LibraryGone, library.Load(0, 0));
        Assert.Equal(LibraryAnswer.LibraryGone, library.AddBlank(new VolumeName("B"), out _));
        Assert.False(Directory.Exists(_folder["B"]));
    }

    private LibraryOpening Open(LibraryId? expected) =>
        VirtualLibrary.Open(_folder.Path, expected, slots: 2, drives: 1, VirtualTapeOptions.Of(1 << 30));

    private static VirtualLibrary Opened(LibraryOpening opening) =>
        Assert.IsType<LibraryOpening.Opened>(opening).Library;

    private static LibraryRefusal Refusal(LibraryOpening opening) => Assert.IsType<LibraryOpening.Refused>(opening).Why;
}

using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class SessionStoreSpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Session => _folder.File("job-7");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sealed_fragment_comes_back_with_every_field()
    {
        var written = SealedSamples.Write(_folder.Path, 2);
        var store = SessionStore.Open(Session);
        foreach (var fragment in written) store.Add(fragment, null);

        var back = SessionStore.Open(Session);

        Assert.Equivalent(store.Fragments, back.Fragments, strict: true);
        Assert.Equal(2, back.NextFragment);
        Assert.Equal(written[1].Root, back.Last!.Summary.Root);
        Assert.Equal(written[1].IndexLocation, back.Last.Index);
        Assert.Equal(SealedSamples.Epoch, back.Last.Epoch);
        Assert.Null(back.Last.Open);
        Assert.Null(back.Last.Cut);
        Assert.Equal(new(2, null), back.Last.Resume);
    }

    [Fact]
    public void A_member_that_is_cut_comes_back_with_all_that_the_next_attempt_needs()
    {
        var written = SealedSamples.WriteCut(_folder.Path);
        var cut = new MemberCut(Entry(), 40_960, [.. Enumerable.Range(0, 32).Select(at => (byte)at)]);
        var store = SessionStore.Open(Session);
        store.Add(written[0], cut);

        var back = SessionStore.Open(Session).Last!;

        Assert.NotNull(written[0].Index.Open);
        AssertSame(written[0].Index.Open!.Entry, back.Open!.Entry);
        Assert.Equal(written[0].Index.Open!.ArchivedBytes, back.Open.ArchivedBytes);
        Assert.Equal(written[0].Index.Open!.PrefixDigest, back.Open.PrefixDigest);
        AssertSame(cut.Entry, back.Cut!.Entry);
        Assert.Equal(cut.MemberBytes, back.Cut.MemberBytes);
        Assert.Equal(cut.HashState, back.Cut.HashState);
        Assert.Equal((1, 40_960L), (back.Resume.NextFragment, back.Resume.Cut!.MemberBytes));
        Assert.Equal(cut.HashState, back.Resume.Cut.HashState);
        Assert.Equal(EntryBlockDefect.None, EntryBlockReader.Read(back.Resume.Cut.Entry, out var entries));
        AssertSame(cut.Entry, Assert.Single(entries));
    }

    [Fact]
    public void A_member_without_a_digest_has_an_empty_state_of_it_and_not_none()
    {
        var written = SealedSamples.WriteCut(_folder.Path);
        SessionStore.Open(Session).Add(written[0], new MemberCut(Entry(), 512, []));

        Assert.Equal([], SessionStore.Open(Session).Last!.Cut!.HashState);
    }

    [Fact]
    public void An_index_stays_until_the_next_one_is_delivered()
    {
        var written = SealedSamples.Write(_folder.Path, 2);
        var store = SessionStore.Open(Session);
        foreach (var fragment in written) store.Add(fragment, null);
        store.Delivered(0);

        var back = SessionStore.Open(Session);

        Assert.Equal(written[0].Root, back.Undelivered(back.Fragments[0])!.Root);
        back.Delivered(1);
        back.Delivered(1);
        Assert.Null(back.Undelivered(back.Fragments[0]));
        Assert.Equal(2, back.NextFragment);
    }

    [Fact]
    public void Epochs_only_rise_also_over_a_restart()
    {
        var store = SessionStore.Open(Session);
        Assert.True(store.Raise(new Epoch(4)));
        Assert.True(store.Raise(new Epoch(4)));

        var back = SessionStore.Open(Session);

        Assert.Equal(new Epoch(4), back.Epoch);
        Assert.False(back.Raise(new Epoch(3)));
        Assert.True(back.Raise(new Epoch(5)));
        Assert.Equal(new Epoch(5), SessionStore.Open(Session).Epoch);
    }

    [Fact]
    public void What_a_crash_left_of_a_fragment_is_sent_again()
    {
        var written = SealedSamples.Write(_folder.Path, 2);
        SessionStore.Open(Session).Add(written[0], null);
        // The index was written, its fragment was not; and a file that was being written when the power went.
        File.WriteAllBytes(Path.Combine(Session, "000001.index"), written[1].IndexBytes.ToArray());
        File.WriteAllText(Path.Combine(Session, "000001.fragment.tmp"), "{\"Fra");

        var back = SessionStore.Open(Session);

        Assert.Equal(1, back.NextFragment);
        back.Add(written[1], null);
        Assert.Equal(written[1].Root, SessionStore.Open(Session).Last!.Summary.Root);
    }

    [Fact]
    public void A_damaged_index_is_said_and_not_delivered()
    {
        var written = SealedSamples.Write(_folder.Path, 1);
        var store = SessionStore.Open(Session);
        store.Add(written[0], null);
        var file = Path.Combine(Session, "000000.index");
        var bytes = File.ReadAllBytes(file);
        bytes[^40] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Contains(
            "000000.index", Assert.Throws<InvalidDataException>(() => store.Undelivered(store.Last!)).Message);
    }

    [Fact]
    public void A_deleted_session_begins_anew()
    {
        SessionStore.Open(Session).Add(SealedSamples.Write(_folder.Path, 1)[0], null);
        Directory.CreateDirectory(_folder.File("job-x"));
        Directory.CreateDirectory(_folder.File("job-0"));

        var shelf = new SessionShelf(_folder.Path);
        Assert.Equal([JobSamples.Job], shelf.Jobs());
        shelf.Remove(JobSamples.Job);
        shelf.Remove(JobSamples.Job);

        Assert.Empty(shelf.Jobs());
        Assert.False(Directory.Exists(Session));
        Assert.Equal(0, SessionStore.Open(Session).NextFragment);
    }

    /// <summary>All fields of an entry are in its block.</summary>
    private static void AssertSame(FileEntry expected, FileEntry found) =>
        Assert.Equal(SealedSummary.EntryBytes(expected), SealedSummary.EntryBytes(found));

    private static FileEntry Entry() => new()
    {
        Path = new FilePath([0xFF, (byte)'/', (byte)'l']),
        Kind = FileKind.Regular,
        Mode = 0x1a4,
        UserId = 1000,
        GroupId = 100,
        Size = 100_000,
        Modified = new UnixTime(-1, 999_999_999),
        Changed = new UnixTime(1_700_000_000, 1),
        Device = 5,
        Inode = 77,
        LinkCount = 2,
        Attributes = [new ExtendedAttribute("user.comment"u8.ToArray(), [0, 1, 2])],
        Position = new ContentPosition(JobSamples.Image, 0, 1024, 100_000),
    };
}

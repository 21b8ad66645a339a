using Akka.Actor;
using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class AnswerSizeSpecs : ActorKit
{
    private const int Many = 10_000;

    public AnswerSizeSpecs() : base(MessagesConfig.Default)
    {
    }

    [Fact]
    public void A_list_of_files_that_a_message_does_not_hold_is_cut_where_the_next_question_goes_on()
    {
        var all = Files();

        var sent = Assert.IsType<FileList>(new AnswerSize(Sys).Fit(new FileList(default, all, null)));

        Assert.InRange(sent.Files.Count, 100, Many - 1);
        Assert.Equal(all.Take(sent.Files.Count), sent.Files);
        Assert.Equal(sent.Files[^1].Path, sent.Next);
    }

    [Fact]
    public void Files_found_are_cut_and_it_is_said_that_there_are_more()
    {
        var sent = Assert.IsType<FoundFiles>(new AnswerSize(Sys).Fit(
            new FoundFiles([.. Files().Select(file => new FoundFile(default, file))], More: false)));

        Assert.InRange(sent.Files.Count, 100, Many - 1);
        Assert.True(sent.More);
    }

    [Fact]
    public void A_list_that_cannot_be_gone_on_with_is_refused_with_what_to_do()
    {
        var volume = new VolumeSummary(new VolumeName("D1"), new LibraryName("l"), null, "error", 1, null, 1, null,
            new string('x', 1000));

        var refused = Assert.IsType<Refused>(new AnswerSize(Sys).Fit(
            new VolumeList([.. Enumerable.Repeat(volume, Many).Select((one, at) => one with { Bytes = at })])));

        Assert.Contains("Ask for less", refused.Sentence);
        Assert.Contains("1,048,576", refused.Sentence);
    }

    [Fact]
    public void What_fits_is_sent_as_it_is()
    {
        var answer = new FileList(default, Files()[..10], "/next");

        Assert.Same(answer, new AnswerSize(Sys).Fit(answer));
    }

    [Fact]
    public async Task An_asker_of_this_process_gets_all()
    {
        var gateway = Sys.ActorOf(GatewayActor.Props(
            _ => Task.FromResult<IReply>(new FileList(default, Files(), null)), FollowPace.Usual));
        gateway.Tell(new ListFiles("latest"), TestActor); // a system actor, as a receptionist's tunnel

        var here = await gateway.Ask<FileList>(new ListFiles("latest"), TimeSpan.FromMinutes(2));
        var elsewhere = await ExpectMsgAsync<FileList>(TimeSpan.FromMinutes(2));

        Assert.Equal(Many, here.Files.Count);
        Assert.InRange(elsewhere.Files.Count, 1, Many - 1);
    }

    private static ListedFile[] Files() => [.. Enumerable.Range(0, Many).Select(at => new ListedFile(
        $"/srv/data/some/directory/file-{at:D6}", "regular", 420, 0, 0, at, default, null,
        "sha256:" + new string('a', 64), 0, []))];
}

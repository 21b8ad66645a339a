using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class JobFollowerSpecs : ActorKit
{
    private static readonly FollowPace Pace = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    private static readonly JobId Job = new(7);
    private readonly ScriptedJob _job = new(Job);
    private readonly RequestId _request = new("subscription");
    private readonly IActorRef _gateway;

    public JobFollowerSpecs() : base(
        ConfigurationFactory.ParseString(TestScheduled).WithFallback(MessagesConfig.Default)) =>
        _gateway = Sys.ActorOf(GatewayActor.Props(_job.Answer, Pace));

    [Fact]
    public async Task Lines_of_the_log_come_as_they_are_written_and_once()
    {
        _job.Log(2);
        Follow();
        Assert.Equal([1, 2], Lines(await News()));

        _job.Log();
        Advance(Pace.Look);

        var news = await News();
        Assert.Equal(2, news.LogAfter);
        Assert.Equal([3], Lines(news));
        Assert.Equal(_request, news.Request);
    }

    [Fact]
    public async Task A_long_log_comes_in_several_news_at_once_and_in_order()
    {
        _job.Log(450);

        Follow();

        Assert.Equal(Enumerable.Range(1, 450).Select(number => (long)number),
            Lines(await News()).Concat(Lines(await News())).Concat(Lines(await News())));
    }

    [Fact]
    public async Task A_sign_of_life_comes_although_nothing_is_new()
    {
        Follow();
        await News();

        object? heard = null;
        var looks = 0;
        for (; heard is null && looks < 30; looks++)
        {
            Advance(Pace.Look);
            heard = await ReceiveOneAsync(TimeSpan.FromMilliseconds(200));
        }

        Assert.Empty(Lines(Assert.IsType<JobNews>(heard)));
        Assert.InRange(looks, Pace.QuietMax / Pace.Look, 29);
    }

    [Fact]
    public async Task Sent_again_it_goes_on_for_whoever_sent_it_from_where_that_one_is()
    {
        _job.Log(3);
        Follow();
        Assert.Equal([1, 2, 3], Lines(await News()));

        var other = CreateTestProbe();
        _gateway.Tell(new FollowJob(_request, Job, 1, TimeSpan.FromMinutes(1)), other);

        Assert.Equal([2, 3], Lines(await other.ExpectMsgAsync<JobNews>()));
        _job.Log();
        Advance(Pace.Look);
        Assert.Equal([4], Lines(await other.ExpectMsgAsync<JobNews>()));
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task It_ends_by_itself_when_its_time_is_over()
    {
        Follow();
        await News();
        Watch(LastSender);

        Advance(TimeSpan.FromMinutes(1));

        await ExpectTerminatedAsync(LastSender);
    }

    [Fact]
    public async Task The_last_news_has_the_report_and_can_be_had_again()
    {
        _job.Log();
        Follow();
        Assert.Null((await News()).Now.Report);
        var follower = LastSender;
        Watch(follower);

        _job.End();
        Advance(Pace.Look);

        Assert.NotNull((await News()).Now.Report);
        await ExpectTerminatedAsync(follower);
        Follow(logAfter: 1);
        Assert.NotNull((await News()).Now.Report);
    }

    [Fact]
    public async Task Without_a_time_there_is_one_answer()
    {
        _gateway.Tell(new FollowJob(_request, Job, 0, TimeSpan.Zero), TestActor);

        await News();
        Watch(LastSender);

        await ExpectTerminatedAsync(LastSender);
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_refused()
    {
        _gateway.Tell(new FollowJob(_request, new JobId(99), 0, TimeSpan.FromMinutes(1)), TestActor);

        Assert.Equal(RefusalCode.NotFound, (await ExpectMsgAsync<Refused>()).Code);
    }

    private void Follow(long logAfter = 0) =>
        _gateway.Tell(new FollowJob(_request, Job, logAfter, TimeSpan.FromMinutes(1)), TestActor);

    private async Task<JobNews> News() => await ExpectMsgAsync<JobNews>();

    private void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);

    private static List<long> Lines(JobNews news) => [.. news.Now.Log.Select(line => line.Number)];
}

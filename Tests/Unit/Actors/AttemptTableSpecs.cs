using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class AttemptTableSpecs : ActorKit
{
    private readonly List<IAttemptMessage> _told = [];
    private readonly List<IActorRef> _ended = [];
    private readonly AttemptTable _attempts;
    private readonly TestProbe _session;

    public AttemptTableSpecs()
    {
        _session = CreateTestProbe();
        _attempts = new AttemptTable(
            new AttemptWords(
                (job, epoch) => new ClientProtocol.Unknown(job, epoch),
                (job, epoch) => new ClientProtocol.Stopped(job, epoch),
                (job, epoch, failure) => new ClientProtocol.Failed(job, epoch, failure),
                report => report is ClientProtocol.Finished or ClientProtocol.Failed,
                report => report is ClientProtocol.Finished or ClientProtocol.Failed,
                "Silence."),
            _told.Add,
            _ended.Add);
    }

    [Fact]
    public void An_order_is_begun_once_and_its_repeat_is_answered_with_the_last_word()
    {
        Begin(2);

        Assert.False(_attempts.Admits(Order(2)));
        _attempts.Take(ClientDone(2));
        _attempts.Answer(new ClientProtocol.Query(Job, new Epoch(2)));

        Assert.Equal([typeof(ClientProtocol.Begun), typeof(ClientProtocol.Begun), typeof(ClientProtocol.Finished),
            typeof(ClientProtocol.Finished)], Told());
    }

    [Fact]
    public void Items_are_numbered_and_told_again_from_the_one_that_is_missing_until_the_job_stops_the_attempt()
    {
        Begin(2);
        var items = Enumerable.Range(0, 1200).Select(number => new FileException(
            BitConverter.GetBytes(number), FileExceptionKind.Differs, "", 0, "")).ToList();
        foreach (var some in items.Chunk(400)) _attempts.Take(new ClientProtocol.Excepted(Job, new Epoch(2), some));
        Assert.Equal([0, 400, 800], _told.OfType<ClientProtocol.Excepted>().Select(told => told.First!.Value));
        _attempts.Take(ClientDone(2, exceptions: 1200));
        _told.Clear();

        _attempts.Answer(new ClientProtocol.Query(Job, new Epoch(2), ItemsFrom: 399));

        var again = _told.OfType<ClientProtocol.Excepted>().ToList();
        Assert.Equal(399, again[0].First);
        Assert.Equal(items.Skip(399), again.SelectMany(told => told.Exceptions));
        Assert.All(again.Zip(again.Skip(1)), pair =>
            Assert.Equal(pair.First.First + pair.First.Exceptions.Count, pair.Second.First));
        Assert.IsType<ClientProtocol.Finished>(_told[^1]);
    }

    [Fact]
    public void An_older_order_is_refused_and_a_newer_one_waits_for_the_end_of_the_session()
    {
        Begin(2);

        Assert.False(_attempts.Admits(Order(1)));
        Assert.IsType<JobFailure.Fenced>(Assert.IsType<ClientProtocol.Failed>(_told[^1]).Failure);
        Assert.False(_attempts.Admits(Order(3)));
        Assert.Equal([_session.Ref], _ended);
        _attempts.Ended(_session.Ref);

        Assert.True(_attempts.Admits(Order(3)));
    }

    [Fact]
    public void Reports_of_an_older_attempt_go_nowhere()
    {
        Begin(2);

        _attempts.Take(ClientDone(1));

        Assert.Equal([typeof(ClientProtocol.Begun)], Told());
    }

    [Fact]
    public void A_session_that_ends_without_a_word_loses_the_attempt()
    {
        Begin(2);

        _attempts.Ended(_session.Ref);
        _attempts.Answer(new ClientProtocol.Query(Job, new Epoch(2)));

        Assert.Equal(
            [typeof(ClientProtocol.Begun), typeof(ClientProtocol.Failed), typeof(ClientProtocol.Failed)], Told());
    }

    [Fact]
    public void A_stop_is_answered_when_the_session_has_ended_and_nothing_is_kept_then()
    {
        Begin(2);
        _attempts.Stop(new ClientProtocol.Stop(Job, new Epoch(1)));
        _session.ExpectNoMsg(TimeSpan.Zero);

        _attempts.Stop(new ClientProtocol.Stop(Job, new Epoch(2)));
        _session.ExpectMsg<ClientProtocol.Stop>();
        Assert.Equal([typeof(ClientProtocol.Begun)], Told());
        _attempts.Ended(_session.Ref);

        Assert.Equal(new ClientProtocol.Stopped(Job, new Epoch(2)), _told[^1]);
        Assert.False(_attempts.Holds(Job));
        _attempts.Stop(new ClientProtocol.Stop(Job, new Epoch(2)));
        Assert.Equal(3, _told.Count);
        _attempts.Answer(new ClientProtocol.Query(Job, new Epoch(2)));
        Assert.IsType<ClientProtocol.Unknown>(_told[^1]);
    }

    private void Begin(long epoch)
    {
        Assert.True(_attempts.Admits(Order(epoch)));
        _attempts.Begin(Order(epoch), _session.Ref, new ClientProtocol.Begun(Job, new Epoch(epoch)));
        Assert.Equal(_session.Ref, _attempts.SessionOf(Job));
    }

    private static ClientProtocol.Compare Order(long epoch) => new(Job, new Epoch(epoch), VerifyDisk);

    private IEnumerable<Type> Told() => _told.Select(message => message.GetType());
}

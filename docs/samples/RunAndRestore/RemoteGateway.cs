using Akka.Actor;
using Akka.Cluster.Tools.Client;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace RunAndRestore;

/// <summary>The system said no, and why.</summary>
/// <param name="sentence">Its sentence.</param>
public sealed class RefusedException(string sentence) : Exception(sentence);

/// <summary>
/// The gateway of a backup system, seen from outside. Any message may be lost, with a node or on the way; so each is
/// sent again until it is answered. That is harmless: a command is done once, by its request id.
/// </summary>
/// <param name="system">This system.</param>
/// <param name="client">The client of the cluster.</param>
/// <param name="answerWithin">Behind this time a message counts as lost.</param>
public sealed class RemoteGateway(ActorSystem system, IActorRef client, TimeSpan answerWithin)
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(5);
    private const int TriesMax = 24;

    /// <summary>Waits five seconds for each answer.</summary>
    /// <param name="system">This system.</param>
    /// <param name="client">The client of the cluster.</param>
    public RemoteGateway(ActorSystem system, IActorRef client) : this(system, client, Usual)
    {
    }

    /// <summary>Asks until there is an answer, two minutes at most.</summary>
    /// <param name="request">A question or command.</param>
    /// <typeparam name="T">The usual answer.</typeparam>
    /// <exception cref="RefusedException">It was refused, or nobody answered.</exception>
    public async Task<T> Ask<T>(IRequest request)
        where T : class, IReply
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var reply = await Once(request);
            if (reply is T answer) return answer;
            if (reply is Refused { Code: not RefusalCode.Unavailable } refused)
                throw new RefusedException(refused.Sentence);
            if (reply is Refused) await Task.Delay(answerWithin); // it may be able to later
        }
        throw new RefusedException($"{request.GetType().Name} was not answered.");
    }

    /// <summary>Follows a job to its end, from one contact to the next.</summary>
    /// <param name="job">The job.</param>
    /// <param name="news">Is told of each; log lines come once and in order.</param>
    /// <exception cref="RefusedException">There is no such job.</exception>
    public Task<JobDetails> Follow(JobId job, Action<JobDetails> news)
    {
        var end = new TaskCompletionSource<JobDetails>(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Follower(client, job, answerWithin, news, end)));
        return end.Task;
    }

    private async Task<IReply?> Once(IRequest request)
    {
        try
        {
            return await client.Ask<IReply>(
                new ClusterClient.Send(GatewayDoor.Path, request, localAffinity: true), answerWithin);
        }
        catch (AskTimeoutException)
        {
            return null; // lost on its way there or back
        }
    }

    /// <summary>Says again and again from where on it wants news; so it does not matter which were lost.</summary>
    private sealed class Follower : ReceiveActor, IWithTimers
    {
        private readonly RequestId _subscription = RequestId.New();
        private readonly IActorRef _client;
        private readonly JobId _job;
        private readonly TimeSpan _renewEvery;
        private long _logNumber;

        public Follower(
            IActorRef client, JobId job, TimeSpan renewEvery, Action<JobDetails> told,
            TaskCompletionSource<JobDetails> end)
        {
            (_client, _job, _renewEvery) = (client, job, renewEvery);
            Receive<Renew>(_ => Ask());
            Receive<JobNews>(news => OnNews(news, told, end));
            Receive<Refused>(refused => refused.Code == RefusalCode.NotFound, refused =>
            {
                end.TrySetException(new RefusedException(refused.Sentence));
                Context.Stop(Self);
            });
            Receive<Refused>(_ => { }); // the next renewal asks again
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() =>
            Timers.StartPeriodicTimer(nameof(Renew), new Renew(), TimeSpan.Zero, _renewEvery);

        private void OnNews(JobNews news, Action<JobDetails> told, TaskCompletionSource<JobDetails> end)
        {
            if (news.LogAfter > _logNumber)
            {
                Ask(); // some were lost
                return;
            }
            var fresh = news.Now.Log.Where(line => line.Number > _logNumber).ToList();
            if (fresh.Count > 0) _logNumber = fresh[^1].Number;
            told(news.Now with { Log = fresh });
            if (news.Now.Job.State != "ended" || news.Now.Report is null) return;
            end.TrySetResult(news.Now);
            Context.Stop(Self);
        }

        private void Ask() => _client.Tell(new ClusterClient.Send(GatewayDoor.Path,
            new FollowJob(_subscription, _job, _logNumber, _renewEvery * 3), localAffinity: true));

        private sealed record Renew : INoSerializationVerificationNeeded;
    }
}

#nullable disable
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conformance;

/// <summary>
/// Recovery on a machine that has no time for it: something else blocks every thread of the pool, and both cores are
/// busy. Akka.NET's own plugins need the pool, so these promises are the stand-in's alone. STARVATION_ROUNDS in the
/// environment sets the number of rounds of the stress test.
/// </summary>
public sealed class PersistenceStarvationSpecs : IDisposable
{
    private const int Actors = 6;

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly string _file = Path.Combine(
        Path.GetTempPath(), "conformance-" + Guid.NewGuid().ToString("N") + ".db");

    private readonly ManualResetEventSlim _release = new();

    static PersistenceStarvationSpecs() => SQLitePCL.Batteries_V2.Init();

    public void Dispose()
    {
        _release.Set();
        SqliteConnection.ClearAllPools();
        foreach (var file in new[] { _file, _file + "-journal" }) File.Delete(file);
    }

    public sealed class OnStandinFactAttribute : FactAttribute
    {
        public OnStandinFactAttribute()
        {
            if (!ApiSubsetSpecs.IsStandin) Skip = "What Akka.NET's own SQL plugin does without the pool is its affair.";
        }
    }

    private Config Settings => ConfigurationFactory.ParseString($@"
        akka {{ loglevel = OFF, stdout-loglevel = OFF }}
        lane {{ type = ForkJoinDispatcher, throughput = 1, dedicated-thread-pool.thread-count = 1 }}
        akka.persistence {{
          journal.plugin = ""akka.persistence.journal.sql""
          snapshot-store.plugin = ""akka.persistence.snapshot-store.sql""
          journal.sql {{ connection-string = ""Data Source={_file}"", provider-name = SQLite.MS }}
          journal.sql.recovery-event-timeout = 2s
          snapshot-store.sql {{ connection-string = ""Data Source={_file}"", provider-name = SQLite.MS }}
        }}").WithFallback(SqlPersistence.DefaultConfiguration);

    private sealed class Counter : ReceivePersistentActor
    {
        private readonly string _id;
        private readonly Action _recoveryStarts;
        private int _asked;
        private readonly Action<object> _says;

        public Counter(string id, Action<object> says, Action recoveryStarts)
        {
            (_id, _says, _recoveryStarts) = (id, says, recoveryStarts);
            Recover<string>(_ => Count++);
            Recover<RecoveryCompleted>(_ => says(Count));
            Command<string>(text => Persist(text, _ => says(++Count)));
        }

        /// <summary>Read first at the start, then when the recovery begins.</summary>
        public override string PersistenceId
        {
            get
            {
                if (++_asked == 2) _recoveryStarts?.Invoke();
                return _id;
            }
        }

        public int Count { get; private set; }

        protected override void OnRecoveryFailure(Exception reason, object message = null) => _says(reason);
    }

    private static Props Of(int number, Action<object> says, Action recoveryStarts = null) =>
        Props.Create(() => new Counter("counter-" + number, says, recoveryStarts));

    /// <summary>Takes what the actors say; whoever waits for it uses a thread of its own.</summary>
    private sealed class Heard
    {
        private readonly System.Collections.Concurrent.BlockingCollection<object> _said = [];

        public void Says(object what) => _said.Add(what);

        public object Next() => _said.TryTake(out var what, Long) ? what : "nothing for " + Long;

        public void Expect(int times, object what)
        {
            for (var i = 0; i < times; i++) Assert.Equal(what, Next());
        }
    }

    /// <summary>More blocked work than the pool starts threads for before the test is over.</summary>
    private void BlockThePool()
    {
        for (var i = 0; i < 200; i++) ThreadPool.UnsafeQueueUserWorkItem(_ => _release.Wait(), null);
    }

    [OnStandinFact]
    public void Actors_with_threads_of_their_own_recover_and_persist_while_every_thread_of_the_pool_is_blocked()
    {
        var system = ActorSystem.Create("starved", Settings);
        var heard = new Heard();
        BlockThePool();

        var actors = Enumerable.Range(0, Actors)
            .Select(number => system.ActorOf(Of(number, heard.Says).WithDispatcher("lane"))).ToList();
        heard.Expect(Actors, 0);
        actors.ForEach(actor => actor.Tell("event"));
        heard.Expect(Actors, 1);

        _release.Set();
        Assert.True(system.Terminate().Wait(Long));
    }

    [OnStandinFact]
    public void An_actor_whose_own_turn_comes_late_does_not_take_that_for_a_silent_journal()
    {
        var system = ActorSystem.Create("late", Settings);
        var heard = new Heard();
        var timeouts = TimeSpan.FromSeconds(5); // two and a half times the time-out

        system.ActorOf(Of(0, heard.Says, () => _release.Wait(timeouts)).WithDispatcher("lane"));

        heard.Expect(1, 0);
        Assert.True(system.Terminate().Wait(Long));
    }

    [OnStandinFact]
    public void Recovery_never_fails_on_a_machine_that_is_busy_with_blocking_work()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("STARVATION_ROUNDS"), out var given) ? given : 4;
        using var idle = new CancellationTokenSource();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            new Thread(() => { while (!idle.IsCancellationRequested) Thread.SpinWait(1000); }) { IsBackground = true }
                .Start();
        for (var round = 0; round < rounds; round++)
        {
            using var released = new ManualResetEventSlim();
            var system = ActorSystem.Create("busy", Settings);
            var heard = new Heard();

            var actors = Enumerable.Range(0, Actors).Select(number => system.ActorOf(Of(number, heard.Says))).ToList();
            var blocked = new CountdownEvent(40);
            for (var i = 0; i < 40; i++)
                ThreadPool.UnsafeQueueUserWorkItem(_ =>
                {
                    released.Wait(TimeSpan.FromMilliseconds(250));
                    blocked.Signal();
                }, null);
            heard.Expect(Actors, round);
            actors.ForEach(actor => actor.Tell("event"));
            heard.Expect(Actors, round + 1);

            released.Set();
            Assert.True(system.Terminate().Wait(Long));
            Assert.True(blocked.Wait(Long));
        }
        idle.Cancel();
    }
}

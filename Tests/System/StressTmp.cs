using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql;
using Xunit;
namespace Backup.Tests.System;
public sealed class StressTmp
{
    private sealed class P : ReceivePersistentActor
    {
        public override string PersistenceId => "p1";
        public P(TaskCompletionSource t, TaskCompletionSource d)
        {
            Recover<RecoveryCompleted>(_ => t.TrySetResult());
            Command<string>(s => Persist(s, _ => d.TrySetResult()));
        }
    }
    [Fact]
    public async Task Loop()
    {
        for (var i = 0; i < 400; i++)
        {
            var f = Path.Combine(Path.GetTempPath(), $"st-{Guid.NewGuid():N}.db");
            var c = ConfigurationFactory.ParseString($$"""
                akka { loglevel = WARNING, coordinated-shutdown.exit-clr = off
                 persistence.journal { plugin = "akka.persistence.journal.sql", sql { connection-string = "Data Source={{f}}", provider-name = "SQLite.MS", auto-initialize = true } }
                 persistence.snapshot-store { plugin = "akka.persistence.snapshot-store.sql", sql { connection-string = "Data Source={{f}}", provider-name = "SQLite.MS", auto-initialize = true } } }
                """).WithFallback(SqlPersistence.DefaultConfiguration);
            var s = ActorSystem.Create("st", c);
            var (t, d) = (new TaskCompletionSource(), new TaskCompletionSource());
            var a = s.ActorOf(Props.Create(() => new P(t, d)));
            a.Tell("x");
            var sw = global::System.Diagnostics.Stopwatch.StartNew();
            await Task.WhenAny(d.Task, Task.Delay(8000));
            if (!d.Task.IsCompleted) throw new InvalidOperationException($"round {i}: recovered={t.Task.IsCompleted}");
            await s.Terminate();
            File.Delete(f);
        }
    }
}

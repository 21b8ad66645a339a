using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql;
using Akka.TestKit.Xunit2;
using Backup.Tests.Postgres;
using Npgsql;
using Xunit;

namespace Conformance;

/// <summary>The promises of PersistenceSqlTests and PersistenceSqlJournalTests on a real PostgreSQL server.</summary>
public sealed class PersistencePostgresTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly string? _database = PostgresServer.Missing is null ? PostgresServer.OfThisRun.Create() : null;

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        if (_database is not null) PostgresServer.OfThisRun.Drop(_database);
    }

    private static Config Settings(string connection) => ConfigurationFactory.ParseString($@"
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.persistence.journal {{
          plugin = ""akka.persistence.journal.sql""
          sql {{ connection-string = ""{connection}"", provider-name = ""PostgreSQL.15"", auto-initialize = true }}
        }}
        akka.persistence.snapshot-store {{
          plugin = ""akka.persistence.snapshot-store.sql""
          sql {{ connection-string = ""{connection}"", provider-name = ""PostgreSQL.15"", auto-initialize = true }}
        }}").WithFallback(SqlPersistence.DefaultConfiguration);

    private sealed class Kit(Config config) : TestKit(config);

    public sealed record Added(int N);

    private sealed class Account : ReceivePersistentActor
    {
        private readonly IActorRef _sink;
        private int _sum;

        public Account(string id, IActorRef sink)
        {
            (PersistenceId, _sink) = (id, sink);
            Recover<Added>(e => { _sum += e.N; sink.Tell("e" + e.N); });
            Recover<RecoveryCompleted>(_ => sink.Tell("completed at " + LastSequenceNr));
            Command<int>(n => Persist(new Added(n), e => { _sum += e.N; sink.Tell(_sum); }));
            Command<int[]>(all => PersistAll(all.Select(n => new Added(n)), e => { _sum += e.N; sink.Tell(_sum); }));
            Command<string>(s => s == "bad", _ => Persist(new Action(() => { }), _ => sink.Tell("stored an action")));
        }

        public override string PersistenceId { get; }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
            _sink.Tell($"failure {PersistenceId} @{sequenceNr}");

        protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
            _sink.Tell($"rejected @{sequenceNr}");

        protected override void OnRecoveryFailure(Exception reason, object? message = null) => _sink.Tell("not recovered");
    }

    private void Run(Action<Kit, Func<string, IActorRef>> test) =>
        Run(PostgresServer.OfThisRun.ConnectionString(_database!), test);

    private static void Run(string connection, Action<Kit, Func<string, IActorRef>> test)
    {
        using var kit = new Kit(Settings(connection));
        var sink = kit.TestActor;
        test(kit, id => kit.Sys.ActorOf(Props.Create(() => new Account(id, sink))));
        kit.Shutdown();
    }

    private List<string> Query(string sql)
    {
        using var connection = new NpgsqlConnection(PostgresServer.OfThisRun.ConnectionString(_database!) + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join("|", Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "-" : reader.GetValue(i).ToString())));
        return rows;
    }

    [PostgresFact]
    public void Events_survive_the_actor_system()
    {
        Run((k, make) =>
        {
            var a = make("acc"); k.ExpectMsg("completed at 0", Long);
            a.Tell(1); k.ExpectMsg(1); a.Tell(2); k.ExpectMsg(3);
            a.Tell(new[] { 3, 4 }); k.ExpectMsg(6); k.ExpectMsg(10);
        });
        Run((k, make) =>
        {
            make("acc");
            foreach (var s in new[] { "e1", "e2", "e3", "e4", "completed at 4" }) k.ExpectMsg(s, Long);
        });
    }

    [PostgresFact]
    public void Among_many_writers_at_the_same_time_a_second_one_of_an_id_fails_alone()
    {
        Run((kit, make) =>
        {
            var writers = Enumerable.Range(0, 30).Select(i => make("w" + i)).Append(make("w0")).ToList();
            for (var i = 0; i < writers.Count; i++) kit.ExpectMsg("completed at 0", Long);

            foreach (var writer in writers) writer.Tell(1);

            var answers = kit.ReceiveN(writers.Count, Long);
            Assert.Equal(30, answers.Count(answer => answer is 1));
            Assert.Equal(1, answers.Count(answer => answer is "failure w0 @1"));
        });
        Assert.Equal(["30"], Query("select count(*) from journal"));
    }

    [PostgresFact]
    public void Two_systems_that_start_at_the_same_moment_make_the_tables_once_and_share_them()
    {
        Parallel.Invoke([.. Enumerable.Range(0, 4).Select(i => (Action)(() => Run((k, make) =>
        {
            var a = make("acc" + i); k.ExpectMsg("completed at 0", Long);
            a.Tell(1); k.ExpectMsg(1, Long);
        })))]);

        Assert.Equal(["4"], Query("select count(*) from journal"));
    }

    [PostgresFact]
    public void The_tables_columns_and_indexes_by_default()
    {
        Run((k, make) => { var a = make("acc"); k.ExpectMsg("completed at 0", Long); a.Tell(1); k.ExpectMsg(1); });

        Assert.Equal(
        [
            "created bigint not null", "deleted boolean not null", "identifier integer", "manifest character varying(500)",
            "message bytea not null", "ordering bigint not null", "persistence_id character varying(255) not null",
            "sequence_number bigint not null", "writer_uuid character varying(128)",
        ], Columns("journal"));
        Assert.Superset(
            new HashSet<string>
            {
                "journal_created_idx", "journal_sequence_number_idx", "journal_uq",
            },
            Query("select indexname from pg_indexes where schemaname = 'public'").ToHashSet());
    }

    private List<string> Columns(string table) => Query($"""
        select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
        from pg_attribute where attrelid = '{table}'::regclass and attnum > 0 order by attname collate "C"
        """);

    [PostgresFact]
    public void What_stands_in_the_rows()
    {
        Run((k, make) =>
        {
            var a = make("acc"); k.ExpectMsg("completed at 0", Long);
            a.Tell(1); k.ExpectMsg(1);
            a.Tell(7); k.ExpectMsg(8);
        });

        Assert.Equal(["1|False||1|32|1", "2|False||1|32|2"],
            Query("select sequence_number, deleted, manifest, identifier, length(writer_uuid), ordering from journal order by ordering"));
        Assert.InRange(long.Parse(Query("select created from journal limit 1")[0]), DateTime.UtcNow.AddMinutes(-5).Ticks, DateTime.UtcNow.AddMinutes(5).Ticks);
        Run((k, make) => { make("acc"); k.ExpectMsg("e1", Long); k.ExpectMsg("e7"); k.ExpectMsg("completed at 2"); });
    }

    [PostgresFact]
    public void An_event_that_cannot_be_serialized_is_rejected_and_the_actor_goes_on() => Run((k, make) =>
    {
        var a = make("acc"); k.ExpectMsg("completed at 0", Long);
        a.Tell("bad"); a.Tell(1);
        k.ExpectMsg("rejected @1", Long);
        k.ExpectMsg(1);
    });

    [PostgresFact]
    public void A_long_journal_is_replayed_whole_and_in_order()
    {
        Run((k, make) =>
        {
            var a = make("acc"); k.ExpectMsg("completed at 0", Long);
            a.Tell(Enumerable.Range(1, 1201).ToArray());
            k.ReceiveN(1201, Long);
        });
        Run((k, make) =>
        {
            make("acc");
            Assert.Equal(Enumerable.Range(1, 1201).Select(i => "e" + i).Append("completed at 1201"), k.ReceiveN(1202, Long).Cast<string>());
        });
    }

    /// <summary>A write that fails stops its actor, whatever became of the write; what recovers afterwards is the truth.</summary>
    [PostgresFact]
    public void A_server_that_stops_fails_writers_and_serves_new_ones_when_it_is_back()
    {
        using var server = new PostgresServer();
        Run(server.ConnectionString(server.Create()), (k, make) =>
        {
            var a = make("acc"); k.ExpectMsg("completed at 0", Long);
            a.Tell(1); k.ExpectMsg(1);
            k.Watch(a);

            server.Stop();
            a.Tell(2);
            k.ExpectMsg("failure acc @2", Long);
            k.ExpectTerminated(a, Long);
            make("acc");
            k.ExpectMsg("not recovered", Long);
            server.Start();

            var again = make("acc");
            k.ExpectMsg("e1", Long); k.ExpectMsg("completed at 1");
            again.Tell(2); k.ExpectMsg(3, Long);
        });
    }
}

using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql;
using Akka.Serialization;
using Akka.TestKit.Xunit2;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Conformance;

/// <summary>What the system relies on in the SQL journal beyond PersistenceSqlTests: own serializers, many writers,
/// long journals.</summary>
public sealed class PersistenceSqlJournalTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    private readonly string _file = Path.Combine(
        Path.GetTempPath(), "conformance-" + Guid.NewGuid().ToString("N") + ".db");

    static PersistenceSqlJournalTests() => SQLitePCL.Batteries_V2.Init();

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        foreach (var file in new[] { _file, _file + "-journal", _file + "-wal", _file + "-shm" }) File.Delete(file);
    }

    private sealed class Kit(Config config) : TestKit(config);

    public sealed record Renamed(string Text);

    /// <summary>Named, versioned text: no type name in the rows.</summary>
    public sealed class Codec(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 7001;
        public override string Manifest(object o) => "renamed-1";
        public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes("text:" + ((Renamed)obj).Text);

        public override object FromBinary(byte[] bytes, string manifest) => manifest == "renamed-1"
            ? new Renamed(Encoding.UTF8.GetString(bytes)["text:".Length..])
            : throw new ArgumentException("Unknown manifest " + manifest);
    }

    private Config Settings => ConfigurationFactory.ParseString($@"
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.actor.serializers.codec = ""{typeof(Codec).AssemblyQualifiedName}""
        akka.actor.serialization-bindings {{ ""{typeof(Renamed).AssemblyQualifiedName}"" = codec }}
        akka.persistence.journal {{
          plugin = ""akka.persistence.journal.sql""
          sql {{ connection-string = ""Data Source={_file}"", provider-name = ""SQLite.MS"", auto-initialize = true }}
        }}
        akka.persistence.snapshot-store {{
          plugin = ""akka.persistence.snapshot-store.sql""
          sql {{ connection-string = ""Data Source={_file}"", provider-name = ""SQLite.MS"", auto-initialize = true }}
        }}").WithFallback(SqlPersistence.DefaultConfiguration);

    private sealed class Writer : ReceivePersistentActor
    {
        private readonly IActorRef _sink;
        public override string PersistenceId { get; }

        public Writer(string id, IActorRef sink)
        {
            (PersistenceId, _sink) = (id, sink);
            Recover<Renamed>(e => sink.Tell(e.Text));
            Recover<RecoveryCompleted>(_ => sink.Tell("completed"));
            Command<string>(text => Persist(new Renamed(text), e => sink.Tell("done " + e.Text)));
            Command<int>(n => PersistAll(
                Enumerable.Range(1, n).Select(i => new Renamed("e" + i)),
                e => { if (e.Text == "e" + n) sink.Tell("all"); }));
        }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
            _sink.Tell("failed " + PersistenceId);
    }

    private void Run(Action<Kit, Func<string, IActorRef>> test)
    {
        using var kit = new Kit(Settings);
        var sink = kit.TestActor;
        test(kit, id => kit.Sys.ActorOf(Props.Create(() => new Writer(id, sink))));
        kit.Shutdown();
    }

    private List<object> Query(string sql)
    {
        using var connection = new SqliteConnection("Data Source=" + _file);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var values = new List<object>();
        while (reader.Read())
            for (var i = 0; i < reader.FieldCount; i++)
                values.Add(reader.GetValue(i));
        return values;
    }

    [Fact]
    public void The_rows_hold_what_the_bound_serializer_writes_and_its_manifest()
    {
        Run((kit, make) =>
        {
            var a = make("a"); kit.ExpectMsg("completed", Long);
            a.Tell("x"); kit.ExpectMsg("done x");
        });
        Assert.Equal(
            ["text:x", "renamed-1", 7001L], Query("select cast(message as text), manifest, identifier from journal"));
        Run((kit, make) => { make("a"); kit.ExpectMsg("x", Long); kit.ExpectMsg("completed"); });
    }

    [Fact]
    public void Among_many_writers_at_the_same_time_a_second_one_of_an_id_fails_alone()
    {
        Run((kit, make) =>
        {
            var writers = Enumerable.Range(0, 30).Select(i => make("w" + i)).Append(make("w0")).ToList();
            for (var i = 0; i < writers.Count; i++) kit.ExpectMsg("completed", Long);

            foreach (var writer in writers) writer.Tell("x");

            var answers = kit.ReceiveN(writers.Count, Long).Cast<string>().ToList();
            Assert.Equal(30, answers.Count(answer => answer == "done x"));
            Assert.Equal(1, answers.Count(answer => answer == "failed w0"));
        });
        Assert.Equal([30L], Query("select count(*) from journal"));
    }

    [Fact]
    public void A_long_journal_is_replayed_whole_and_in_order()
    {
        Run((kit, make) =>
            { var a = make("a"); kit.ExpectMsg("completed", Long); a.Tell(1201); kit.ExpectMsg("all", Long); });
        Run((kit, make) =>
        {
            make("a");
            Assert.Equal(Enumerable.Range(1, 1201).Select(i => "e" + i).Append("completed"), kit.ReceiveN(1202, Long)
                .Cast<string>());
        });
    }

    [Fact]
    public void The_file_is_in_rollback_journal_mode()
    {
        Run((kit, make) =>
            { var a = make("a"); kit.ExpectMsg("completed", Long); a.Tell("x"); kit.ExpectMsg("done x"); });
        Assert.Equal(["delete"], Query("pragma journal_mode"));
    }
}

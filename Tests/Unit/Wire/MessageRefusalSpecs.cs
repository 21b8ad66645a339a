using System.Diagnostics;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Serialization;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Serialization;
using Xunit;

namespace Backup.Tests.Unit.Wire;

/// <summary>What must not come in or go out, and is said in words.</summary>
public sealed class MessageRefusalSpecs : IAsyncDisposable
{
    private readonly WireSystem _system = new();

    public static TheoryData<object> Hostile =>
    [
        new FileInfo("/etc/passwd"), new DirectoryInfo("/"), new Version(1, 2), new Uri("http://evil/"),
        new object[] { new Bait() }, new Dictionary<string, object> { ["a"] = new Bait() }, new Exception("boom"),
        typeof(Process), new[] { "text" }, "text", 7, new ClientName("web1"),
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_no_message_is_not_read(object hostile)
    {
        var bytes = MessagesSerializer.Seal(Open().ToBinary(hostile));

        Assert.Throws<SerializationException>(() => _system.Read(bytes));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_is_no_message_is_not_written(object hostile)
    {
        Assert.Contains("no message", Assert.Throws<SerializationException>(
            () => _system.Messages.ToBinary(hostile)).Message);
        if (hostile is string or int) return; // Akka's own, and harmless
        Assert.Contains("no message", Assert.Throws<SerializationException>(
            () => _system.Local.Serialization.Serialize(hostile)).Message);
    }

    [Fact]
    public void A_delegate_is_not_written() =>
        Assert.Throws<SerializationException>(() => _system.Local.Serialization.Serialize(new Action(() => { })));

    [Fact]
    public void A_type_that_is_not_of_the_protocol_is_refused_before_anything_is_made_of_it()
    {
        var bytes = MessagesSerializer.Seal(Renamed(Open().ToBinary(new Bait()), nameof(Bait), nameof(Trap)));

        var refused = Assert.Throws<SerializationException>(() => _system.Read(bytes));

        Assert.Contains(nameof(Trap), refused.Message);
        Assert.False(Traps.Sprung);
        _ = new Trap(); // the trap works
        Assert.True(Traps.Sprung);
    }

    [Theory]
    [InlineData(1)]     // JSON that names any type
    [InlineData(-5)]    // Hyperion without a list
    [InlineData(4712)]
    [InlineData(9999)]
    public void Bytes_of_another_serializer_are_not_read(int serializer) =>
        Assert.Throws<SerializationException>(() => _system.Local.Serialization.Deserialize(
            Encoding.UTF8.GetBytes("{\"$type\":\"System.IO.FileInfo\"}"), serializer, ""));

    [Fact]
    public async Task A_plain_object_does_not_reach_another_node_and_what_follows_does()
    {
        var (here, there) = (_system.Remoting("here"), _system.Remoting("there"));
        var got = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        there.ActorOf(Props.Create(() => new Sink(got)), "sink");
        var sink = await here.ActorSelection($"{((ExtendedActorSystem)there).Provider.DefaultAddress}/user/sink")
            .ResolveOne(TimeSpan.FromSeconds(10));

        sink.Tell(new Bait());
        sink.Tell(new ShowStatus());

        Assert.IsType<ShowStatus>(await got.Task.WaitAsync(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void Cut_and_changed_bytes_are_refused()
    {
        var random = new Random(4711);
        foreach (var bytes in MessageFiller.Messages.Select(type =>
            _system.Messages.ToBinary(new MessageFiller(2).Make(type))))
        {
            Refused(bytes[..random.Next(bytes.Length)]);
            Refused([.. bytes, 0]);
            var changed = bytes.ToArray();
            changed[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            Refused(changed);
        }

        void Refused(byte[] bytes) => Assert.Throws<SerializationException>(() => _system.Read(bytes));
    }

    [Fact]
    public void Changed_bytes_with_the_right_digest_give_a_message_or_are_refused()
    {
        var random = new Random(4712);
        foreach (var body in MessageFiller.Messages.Select(type =>
            MessagesSerializer.BodyOf(_system.Messages.ToBinary(new MessageFiller(3).Make(type)))))
            for (var time = 0; time < 30; time++)
            {
                var changed = body[..(time % 3 == 0 ? random.Next(body.Length) : body.Length)];
                if (changed.Length > 0) changed[random.Next(changed.Length)] = (byte)random.Next(256);
                var thrown = Record.Exception(() => Assert.IsAssignableFrom<IWireMessage>(
                    _system.Read(MessagesSerializer.Seal(changed))));
                Assert.True(thrown is null or SerializationException, thrown?.ToString());
            }
    }

    public static TheoryData<IWireMessage, string> Wrong => new()
    {
        { new ShowJob(new JobId(-1)), "ShowJob.Job.Value is -1" },
        { new ListJobs(-5), "ListJobs.Limit is -5" },
        { new RunPolicy(new RequestId(null!), new PolicyName("p")), "RunPolicy.Request.Value is missing" },
        { new RunPolicy(RequestId.New(), default), "RunPolicy.Policy.Value is missing" },
        { new JobsStarted(null!), "JobsStarted.Jobs is missing" },
        { new JobsStarted([new JobId(1), new JobId(-2)]), "JobsStarted.Jobs[1].Value is -2" },
        { new Refused((RefusalCode)77, "no"), "Refused.Code is 77" },
        { new CatalogProtocol.ReadManifest(default, 0, [null!]), "ReadManifest.Paths[0] is missing" },
        { new CatalogProtocol.Failed(Deep(200), false), "nested more than 64 deep" },
        { new CatalogProtocol.ManifestPage(default, [new byte[MessagesSerializer.BytesMax]], null), "at most" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_missing_or_out_of_its_range_is_neither_written_nor_read(IWireMessage message, string said)
    {
        Assert.Contains(said, Assert.Throws<SerializationException>(() => _system.Messages.ToBinary(message)).Message);

        var hostile = Record.Exception(() => _system.Read(MessagesSerializer.Seal(Open().ToBinary(message))));

        Assert.IsType<SerializationException>(hostile);
    }

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    /// <summary>What a stranger might write with.</summary>
    private HyperionSerializer Open() => new(_system.Local,
        HyperionSerializerSettings.Default.WithDisallowUnsafeType(false));

    private static byte[] Renamed(byte[] bytes, string from, string to) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(from, to, StringComparison.Ordinal));

    private static JobFailure Deep(int times) => Enumerable.Range(0, times).Aggregate(
        (JobFailure)new JobFailure.NodeStopped(), (inner, _) => new JobFailure.TooManyAttempts(1, inner));

    private sealed class Sink : ReceiveActor
    {
        public Sink(TaskCompletionSource<object> got) => ReceiveAny(message => got.TrySetResult(message));
    }

    private static class Traps
    {
        public static bool Sprung { get; set; }
    }

    private sealed class Bait
    {
        public string Text { get; } = "bait";
    }

    private sealed class Trap
    {
        static Trap() => Traps.Sprung = true;

        public string Text { get; } = "trap";
    }
}

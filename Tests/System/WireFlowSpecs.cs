using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Every message that actors of a node tell each other in jobs of every kind can travel: each goes through its bytes on
/// its way, as if its receiver were on another node.
/// </summary>
public sealed class WireFlowSpecs : IAsyncDisposable
{
    private readonly NodeFixture _node = new($$"""
        akka.actor {
          serialize-messages = on
          serializers {
            backup-messages = "{{typeof(CountingSerializer).AssemblyQualifiedName!.Split(", Version")[0]}}"
            here = "{{typeof(HereSerializer).AssemblyQualifiedName!.Split(", Version")[0]}}"
          }
          serialization-bindings {
            "Backup.Messages.IWireMessage, Messages" = backup-messages
            "System.Object" = here
          }
        }
        """);

    [Fact]
    public async Task All_that_jobs_say_can_travel()
    {
        for (var at = 0; at < 50; at++)
            await File.WriteAllTextAsync(Path.Combine(_node.Source, $"file-{at}"), new string('x', at * 1000));
        await _node.Start();

        var saved = await _node.Backup();
        var restored = await _node.Restore("latest", Path.Combine(_node.Root, "target"));
        var media = await _node.Verify("latest", VerifyTarget.Media);
        var disk = await _node.Verify("latest", VerifyTarget.Disk);

        Assert.All([saved, restored, media, disk], job => Assert.Equal(JobOutcome.Complete, job.Job.Outcome));
        Assert.Equal("", string.Join('\n', CountingSerializer.Refused));
        Assert.InRange(CountingSerializer.Travelled.Count, 20, int.MaxValue);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    /// <summary>The serializer of the messages, with what went through it and what did not.</summary>
    public sealed class CountingSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        private readonly Backup.Messages.Serialization.MessagesSerializer _messages = new(system);

        public static ConcurrentDictionary<Type, bool> Travelled { get; } = [];

        public static ConcurrentQueue<string> Refused { get; } = [];

        public override int Identifier => _messages.Identifier;

        public override bool IncludeManifest => false;

        public override byte[] ToBinary(object obj)
        {
            try
            {
                var bytes = _messages.ToBinary(obj);
                Travelled[obj.GetType()] = true;
                return bytes;
            }
            catch (SerializationException refused)
            {
                Refused.Enqueue(refused.Message);
                throw;
            }
        }

        public override object FromBinary(byte[] bytes, Type type) => _messages.FromBinary(bytes, type);
    }

    /// <summary>What stays in the process: the object itself waits for its number.</summary>
    public sealed class HereSerializer(ExtendedActorSystem system) : Serializer(system)
    {
        private readonly ConcurrentDictionary<long, object> _held = [];
        private long _next;

        public override int Identifier => 4799;

        public override bool IncludeManifest => false;

        public override byte[] ToBinary(object obj)
        {
            var number = Interlocked.Increment(ref _next);
            _held[number] = obj;
            return BitConverter.GetBytes(number);
        }

        public override object FromBinary(byte[] bytes, Type type) =>
            _held.Remove(BitConverter.ToInt64(bytes), out var held)
                ? held : throw new SerializationException("It was taken before.");
    }
}

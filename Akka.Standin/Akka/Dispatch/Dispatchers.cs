using System.Collections.Concurrent;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>Gives actors their threads.</summary>
public abstract class MessageDispatcher
{
    private protected MessageDispatcher(string id, int throughput)
    {
        Id = id;
        Throughput = throughput;
    }

    public string Id { get; protected set; }

    /// <summary>How many messages an actor handles in a row before others get their turn.</summary>
    public int Throughput { get; set; }

    internal virtual void ExecuteMailbox(Mailbox mailbox) => Execute(mailbox);

    internal abstract void Execute(IThreadPoolWorkItem work);

    internal virtual void ActorStopped(Mailbox mailbox) { }

    internal virtual void Shutdown() { }
}

/// <summary>The .NET thread pool.</summary>
internal sealed class ThreadPoolDispatcher(string id, int throughput) : MessageDispatcher(id, throughput)
{
    internal override void Execute(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, false);
}

/// <summary>A fixed number of threads of its own, for actors that block.</summary>
internal sealed class DedicatedThreadsDispatcher : MessageDispatcher
{
    private readonly DedicatedThreads _threads;

    internal DedicatedThreadsDispatcher(string id, int throughput, int threadCount) : base(id, throughput) =>
        _threads = new DedicatedThreads(id, threadCount);

    internal override void Execute(IThreadPoolWorkItem work) => _threads.Add(work);

    internal override void Shutdown() => _threads.Stop();
}

/// <summary>One thread for each actor.</summary>
internal sealed class PinnedDispatcher(string id, int throughput) : MessageDispatcher(id, throughput)
{
    private readonly ConcurrentDictionary<Mailbox, DedicatedThreads> _threads = new();

    internal override void ExecuteMailbox(Mailbox mailbox)
    {
        if (mailbox.IsClosed) Execute(mailbox); // its thread has ended, and nobody would end another
        else _threads.GetOrAdd(mailbox, static (_, id) => new DedicatedThreads(id, 1), Id).Add(mailbox);
    }

    internal override void Execute(IThreadPoolWorkItem work) => ThreadPool.UnsafeQueueUserWorkItem(work, false);

    internal override void ActorStopped(Mailbox mailbox)
    {
        if (_threads.TryRemove(mailbox, out var threads)) threads.Stop();
    }
}

internal sealed class DedicatedThreads
{
    private readonly BlockingCollection<IThreadPoolWorkItem> _work = [];

    internal DedicatedThreads(string name, int count)
    {
        for (var i = 0; i < count; i++)
            new Thread(Run) { IsBackground = true, Name = $"{name}-{i}" }.Start();
    }

    /// <summary>Work that comes after the stop is the last words of actors: the pool takes it.</summary>
    internal void Add(IThreadPoolWorkItem work)
    {
        try
        {
            _work.Add(work);
        }
        catch (InvalidOperationException)
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, false);
        }
    }

    internal void Stop() => _work.CompleteAdding();

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable()) work.Execute();
    }
}

/// <summary>The dispatchers of a system by their configuration path.</summary>
public sealed class Dispatchers
{
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";
    public const string DefaultBlockingDispatcherId = "akka.actor.default-blocking-io-dispatcher";

    private readonly ConcurrentDictionary<string, Lazy<MessageDispatcher>> _dispatchers = new();
    private readonly ActorSystem _system;

    internal Dispatchers(ActorSystem system) => _system = system;

    public MessageDispatcher Lookup(string dispatcherName) =>
        _dispatchers.GetOrAdd(dispatcherName, id => new Lazy<MessageDispatcher>(() => Build(id))).Value;

    private MessageDispatcher Build(string id)
    {
        var config = _system.Settings.Config.GetConfig(id)
            ?? throw new ConfigurationException($"Dispatcher {id} not configured.");
        var throughput = config.GetInt("throughput", 30);
        var type = config.GetString("type", "Dispatcher");
        var executor = config.GetString("executor", "default-executor");
        if (type == "PinnedDispatcher") return new PinnedDispatcher(id, throughput);
        if (type == "ForkJoinDispatcher" || executor == "fork-join-executor")
        {
            var threads = config.GetInt("dedicated-thread-pool.thread-count", Environment.ProcessorCount);
            return new DedicatedThreadsDispatcher(id, throughput, threads);
        }
        if (type is "Dispatcher" or "TaskDispatcher") return new ThreadPoolDispatcher(id, throughput);
        return Type.GetType(type) is { } other && typeof(MessageDispatcher).IsAssignableFrom(other)
            ? (MessageDispatcher)Activator.CreateInstance(other, BindingFlags.Instance | BindingFlags.NonPublic, null,
                [id], null)
            : throw new ConfigurationException($"Dispatcher {id} has the unknown type {type}.");
    }

    internal void Shutdown()
    {
        foreach (var dispatcher in _dispatchers.Values) dispatcher.Value.Shutdown();
    }
}

using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

public sealed class CoordinatedShutdownExtension : ExtensionIdProvider<CoordinatedShutdown>
{
    public override CoordinatedShutdown CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
}

/// <summary>Ends a system in phases: tasks of one phase run side by side, the phases one after another.</summary>
public sealed class CoordinatedShutdown : IExtension
{
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";
    public const string PhaseServiceUnbind = "service-unbind";
    public const string PhaseServiceRequestsDone = "service-requests-done";
    public const string PhaseServiceStop = "service-stop";
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";
    public const string PhaseClusterLeave = "cluster-leave";
    public const string PhaseClusterExiting = "cluster-exiting";
    public const string PhaseClusterExitingDone = "cluster-exiting-done";
    public const string PhaseClusterShutdown = "cluster-shutdown";
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private readonly ActorSystemImpl _system;
    private readonly IReadOnlyList<Phase> _phases;
    private readonly Lock _lock = new();
    private Task<Done> _run;

    internal CoordinatedShutdown(ActorSystemImpl system)
    {
        _system = system;
        var config = system.Settings.Config.GetConfig("akka.coordinated-shutdown");
        _phases = ReadPhases(config);
        Log = Logging.GetLogger(system, this);
        if (system.Settings.CoordinatedShutdownTerminateActorSystem)
            AddTask(PhaseActorSystemTerminate, "terminate-system", () =>
                TerminateSystem(config.GetBoolean("exit-clr")));
        if (config.GetBoolean("run-by-clr-shutdown-hook")) RunWhenProcessExits();
    }

    public Reason ShutdownReason { get; private set; }
    public TimeSpan TotalTimeout => TimeSpan.FromTicks(_phases.Sum(phase => phase.Timeout.Ticks));
    private ILoggingAdapter Log { get; }

    public static CoordinatedShutdown Get(ActorSystem sys) => new CoordinatedShutdownExtension().Apply(sys);

    public void AddTask(string phase, string taskName, Func<Task<Done>> task)
    {
        var found = Find(phase);
        lock (_lock) found.Tasks.Add((taskName, task));
    }

    /// <summary>Runs all phases, or those from the given one. A second run joins the first.</summary>
    public Task<Done> Run(Reason reason, string fromPhase = null)
    {
        var first = fromPhase is null ? 0 : _phases.ToList().IndexOf(Find(fromPhase));
        lock (_lock)
        {
            if (_run is not null) return _run;
            ShutdownReason = reason;
            return _run = Task.Run(() => RunPhases(first));
        }
    }

    private async Task<Done> RunPhases(int first)
    {
        Log.Debug("Starting CoordinatedShutdown with reason {0}", ShutdownReason);
        foreach (var phase in _phases.Skip(first))
        {
            (string Name, Func<Task<Done>> Task)[] tasks;
            lock (_lock) tasks = [.. phase.Tasks];
            if (tasks.Length == 0 || !phase.Enabled) continue;
            var running = Task.WhenAll(tasks.Select(task => RunTask(phase, task.Name, task.Task)));
            try
            {
                await running.WaitAsync(phase.Timeout).ConfigureAwait(false);
            }
            catch (TimeoutException) when (phase.Recover)
            {
                Log.Warning("Coordinated shutdown phase [{0}] timed out after {1}", phase.Name, phase.Timeout);
            }
        }
        return Done.Instance;
    }

    private async Task RunTask(Phase phase, string name, Func<Task<Done>> task)
    {
        try
        {
            await task().ConfigureAwait(false);
        }
        catch (Exception e) when (phase.Recover)
        {
            Log.Warning("Task [{0}] failed in phase [{1}]: {2}", name, phase.Name, e.Message);
        }
    }

    private async Task<Done> TerminateSystem(bool exitClr)
    {
        await _system.FinalTerminate().ConfigureAwait(false);
        if (exitClr) Environment.Exit(0);
        return Done.Instance;
    }

    private void RunWhenProcessExits()
    {
        void OnExit(object sender, EventArgs e)
        {
            try
            {
                Run(ClrExitReason.Instance).Wait(TotalTimeout);
            }
            catch (AggregateException failure)
            {
                Log.Error(failure, "CoordinatedShutdown failed");
            }
        }
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        _system.WhenTerminated.ContinueWith(
            _ => AppDomain.CurrentDomain.ProcessExit -= OnExit, TaskScheduler.Default);
    }

    private Phase Find(string name) => _phases.FirstOrDefault(phase => phase.Name == name)
        ?? throw new ConfigurationException(
            $"Unknown phase [{name}], known phases [{string.Join(", ", _phases.Select(phase => phase.Name))}]. " +
            "All phases (along with their optional dependencies) must be defined in configuration.");

    /// <summary>The phases, each behind those it depends on.</summary>
    private static List<Phase> ReadPhases(Config config)
    {
        var defaultTimeout = config.GetTimeSpan("default-phase-timeout");
        var declared = config.GetConfig("phases");
        var phases = declared.AsEnumerable().ToDictionary(member => member.Key, member =>
        {
            var phase = declared.GetConfig($"\"{member.Key}\"");
            return new Phase(member.Key, phase.GetStringList("depends-on"), phase.GetTimeSpan("timeout",
                defaultTimeout),
                phase.GetBoolean("recover", true), phase.GetBoolean("enabled", true));
        });
        var ordered = new List<Phase>();
        var visiting = new HashSet<string>();
        foreach (var phase in phases.Values) Visit(phase);
        return ordered;

        void Visit(Phase phase)
        {
            if (ordered.Contains(phase)) return;
            if (!visiting.Add(phase.Name))
                throw new ArgumentException($"Cycle detected in the phases at [{phase.Name}].");
            foreach (var before in phase.DependsOn)
            {
                if (!phases.ContainsKey(before)) phases[before] = new Phase(before, [], defaultTimeout, true, true);
                Visit(phases[before]);
            }
            ordered.Add(phase);
        }
    }

    private sealed record Phase(string Name, IList<string> DependsOn, TimeSpan Timeout, bool Recover, bool Enabled)
    {
        internal List<(string Name, Func<Task<Done>> Task)> Tasks { get; } = [];
    }

    /// <summary>Why a system is ended.</summary>
    public class Reason
    {
        protected Reason() { }
    }

    public class ActorSystemTerminateReason : Reason
    {
        public static readonly Reason Instance = new ActorSystemTerminateReason();

        private ActorSystemTerminateReason() { }
    }

    public class ClrExitReason : Reason
    {
        public static readonly Reason Instance = new ClrExitReason();

        private ClrExitReason() { }
    }

    public class ClusterDowningReason : Reason
    {
        public static readonly Reason Instance = new ClusterDowningReason();

        private ClusterDowningReason() { }
    }

    public class ClusterLeavingReason : Reason
    {
        public static readonly Reason Instance = new ClusterLeavingReason();

        private ClusterLeavingReason() { }
    }
}

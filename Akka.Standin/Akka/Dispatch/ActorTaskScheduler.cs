using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// Runs the continuations of an asynchronous handler in the turn of its actor, whose mailbox stands still until the
/// task is done.
/// </summary>
internal sealed class ActorTaskScheduler(ActorCell cell) : TaskScheduler
{
    public override int MaximumConcurrencyLevel => 1;

    protected override IEnumerable<Task> GetScheduledTasks() => null;

    protected override void QueueTask(Task task) =>
        cell.Mailbox.PostSystem(new ActorTask(() => TryExecuteTask(task)));

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && InternalCurrentActorCellKeeper.Current == cell && TryExecuteTask(task);

    internal static void RunTask(Func<Task> asyncAction)
    {
        var cell = InternalCurrentActorCellKeeper.Current
            ?? throw new InvalidOperationException("RunTask must be called from an actor context.");
        var started = new Task<Task>(asyncAction);
        started.RunSynchronously(cell.TaskScheduler);
        var running = started.GetAwaiter().GetResult();
        if (running.IsCompleted)
        {
            running.GetAwaiter().GetResult();
            return;
        }
        cell.AsyncBegins();
        running.ContinueWith(static (done, state) => ((ActorCell)state).AsyncEnds(done), cell,
            CancellationToken.None, TaskContinuationOptions.DenyChildAttach, cell.TaskScheduler);
    }
}


namespace Akka.Streams.Implementation;

/// <summary>A task that a stage waits for; its end is handled in the stage, at once where it is over already.</summary>
internal sealed class Pending<T>(StageLogic logic, Task<T> task, Action<Task<T>> handle) : Message(logic)
{
    public static void Await(StageLogic logic, Task<T> task, Action<Task<T>> handle)
    {
        if (task.IsCompleted)
        {
            handle(task);
            return;
        }
        var pending = new Pending<T>(logic, task, handle);
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => logic.Island.Post(pending));
    }

    public override void Run() => handle(task);

    // Nobody is left to see a failure; mark it as seen.
    public override void Drop() => _ = task.Exception;
}

using System.Collections.Concurrent;

namespace Backup.Actors.Storage;

/// <summary>A thread that does work which may block for long, in the order in which it was given.</summary>
internal sealed class WorkThread : IDisposable
{
    private readonly BlockingCollection<(Action Work, TaskCompletionSource Done)> _waiting = [];

    /// <summary>A thread that does not keep the process alive.</summary>
    /// <param name="name">For whoever looks at the process.</param>
    public WorkThread(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    /// <summary>Does work; the task ends as the work does, its continuations run elsewhere.</summary>
    public Task Do(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((work, done));
        return done.Task;
    }

    /// <summary>The thread ends behind what it was given; nobody waits for it.</summary>
    public void Dispose() => _waiting.CompleteAdding();

    private void Run()
    {
        foreach (var (work, done) in _waiting.GetConsumingEnumerable())
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception thrown)
            {
                done.SetException(thrown); // whoever asked judges it
            }
        _waiting.Dispose();
    }
}
